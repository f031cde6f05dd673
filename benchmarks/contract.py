"""Whether the service holds to its contract: no 500 for any request, one seed the same samples."""

from __future__ import annotations

import asyncio
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.loopback import Connection, Server
from data_catalog.vocabulary import GENRES

_ONLY_500 = ("--checks", "not_a_server_error", "--phases", "coverage,fuzzing")


def run_fuzz(cases: int, seed: int = 0) -> None:
    """Schemathesis against the OpenAPI document, with an engine that answers at once.

    Streams have no end and uploads are audio, so they are left to the tests.
    """
    engine = {"factory": "tests.serving.stand_ins:ClickEngine", "warm_up": False}
    changes = {"engines": {"clicks": engine}, "default_engine": "clicks", "queue_size": 2}
    with tempfile.TemporaryDirectory() as folder:
        server = Server("shiroa", Path(folder), **changes, wait_s=0.2)
        program = str(Path(sys.executable).with_name("schemathesis"))
        address = f"http://127.0.0.1:{server.port}/openapi.json"
        each = str(max(1, cases // 18))
        options = [
            "--checks",
            "not_a_server_error",
            "--exclude-path-regex",
            "^/(stream|live|references)$",
            "-n",
            each,
            "--seed",
            str(seed),
        ]
        try:
            run = subprocess.run(
                [program, "run", address, *options, *_ONLY_500],
                capture_output=True,
                text=True,
            )
        finally:
            server.kill()
    print("\n".join(run.stdout.splitlines()[-25:]))
    made = re.search(r"(\d[\d,]*) generated", run.stdout)
    print(f"cases: {made[1] if made else 'unknown'}; exit status {run.returncode}")


def run_same(pieces: int) -> None:
    """The same requests to two services in homes of their own: are the files the same?"""
    digests: list[list[str]] = []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            server = Server("shiroa", Path(folder))
            try:
                digests.append([_digest(server.port, number) for number in range(pieces)])
            finally:
                server.kill()
    same = sum(a == b for a, b in zip(*digests, strict=True))
    print(f"{same} of {pieces} pieces have the same samples in both services")


def _digest(port: int, number: int) -> str:
    body = {"genre": [*GENRES][number % len(GENRES)], "duration": 15, "seed": number}
    asked = Connection(port).ask("POST", "/generate", body, Content_Type="application/json")
    name = asyncio.run(asked).json()["id"]
    wav = asyncio.run(Connection(port).ask("GET", f"/audio/{name}.24.wav")).body
    start = wav.index(b"data") + 8
    return hashlib.sha256(wav[start:]).hexdigest()
