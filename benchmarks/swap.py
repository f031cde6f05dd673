"""A model published and taken back while clients ask for music: is a request lost or misnamed?

python -m benchmarks.swap --seconds 75 --clients 24

Clients keep a request each in flight for ``musicgen``, the model in production, while ``shiroa
publish`` and ``shiroa rollback`` move the alias to and fro. Two tiny models of two steps are made
in a folder of its own; ``--home`` takes a home with two or more that pass the gate, and changes it.
At the end a few of the answers are made again by the model that each names, in another service.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loopback import Connection, Server
from data_catalog import models
from data_catalog.home import Home

KIND = "musicgen"
GENRES = ("jazz", "rock", "ambient")
TRIED_AGAIN = 6


@dataclass(frozen=True)
class Heard:
    """One answer: when it was asked for and came (seconds of the clock), and who made it."""

    asked_at: float
    came_at: float
    status: int
    model: str
    seed: int
    piece: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Swap:
    """The alias moved to ``model``: when the command ended, seconds of the clock."""

    at: float
    model: str


def body(seed: int, model: str = KIND) -> dict[str, object]:
    """The request of a seed."""
    return {"model": model, "genre": GENRES[seed % len(GENRES)], "duration": 15, "seed": seed}


async def ask_steadily(port: int, clients: int, end: asyncio.Event) -> list[Heard]:
    """Answers to ``clients`` requests at a time, each for a new piece."""
    heard: list[Heard] = []
    seeds = itertools.count(secrets.randbelow(2**30))

    async def client() -> None:
        connection = Connection(port)
        while not end.is_set():
            seed, asked_at = next(seeds), time.monotonic()
            try:
                reply = await connection.ask("POST", "/generate", body(seed))
            except (OSError, asyncio.IncompleteReadError) as error:
                heard.append(Heard(asked_at, time.monotonic(), 0, "", seed, detail=repr(error)))
                continue
            told = reply.json()
            model, piece = told.get("provenance", {}).get("model", ""), told.get("id", "")
            detail = "" if reply.status == 200 else str(told)
            heard.append(
                Heard(asked_at, time.monotonic(), reply.status, model, seed, piece, detail)
            )

    await asyncio.gather(*(client() for _ in range(clients)))
    return heard


async def shiroa(home: Home, *words: str) -> None:
    """Run a command. Raises ``RuntimeError`` with what it said when it fails."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "flows.cli", "--home", str(home.root), *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"shiroa {' '.join(words)}: {said.decode().strip()}")


async def swap_under_load(
    server: Server, home: Home, pair: tuple[str, str], clients: int, seconds: float, swaps: int
) -> tuple[list[Heard], list[Swap]]:
    """What clients heard while the alias moved ``swaps`` times within ``seconds``."""
    end = asyncio.Event()
    asking = asyncio.create_task(ask_steadily(server.port, clients, end))
    began, moved = time.monotonic(), []
    for number in range(swaps):
        await asyncio.sleep(max(0.0, began + (number + 0.5) * seconds / swaps - time.monotonic()))
        model = pair[(number + 1) % 2]
        forth = ("publish", model) if number % 2 == 0 else ("rollback", "--kind", KIND)
        await shiroa(home, *forth)
        moved.append(Swap(time.monotonic(), model))
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    end.set()
    return await asking, moved


def print_swaps(heard: list[Heard], moved: list[Swap]) -> None:
    """What became of the requests, and how soon each swap was heard."""
    statuses = Counter(answer.status for answer in heard)
    waits = sorted(answer.came_at - answer.asked_at for answer in heard)
    print(f"{len(heard)} requests, by status {dict(statuses)}; by model:", end=" ")
    print(dict(Counter(answer.model for answer in heard)))
    print(f"wait: median {waits[len(waits) // 2]:.1f} s, longest {waits[-1]:.1f} s")
    for answer in heard:
        if answer.status != 200:
            print(f"  lost: seed {answer.seed}, HTTP {answer.status}: {answer.detail[:300]}")
    for swap, until in zip(
        moved, [*(swap.at for swap in moved[1:]), time.monotonic()], strict=True
    ):
        asked = [one for one in heard if swap.at <= one.asked_at < until]
        new = [one for one in asked if one.model.startswith(swap.model)]
        old = [one.asked_at - swap.at for one in asked if not one.model.startswith(swap.model)]
        if new:
            first = min(one.asked_at for one in new) - swap.at
            print(
                f"  to {swap.model}: takes requests from {first:.1f} s after the command on;"
                f" the last that the one before took was asked {max(old, default=0.0):.1f} s after"
            )
        else:
            print(f"  to {swap.model}: took none of {len(asked)} requests")


async def some_samples(server: Server, heard: list[Heard]) -> dict[Heard, str]:
    """Digests of the samples of a few answers."""
    made = [answer for answer in heard if answer.status == 200]
    chosen = made[:: max(1, len(made) // TRIED_AGAIN)][:TRIED_AGAIN]
    return {answer: await samples_digest(server, answer.piece) for answer in chosen}


async def same_again(server: Server, known: dict[Heard, str], names: set[str]) -> str:
    """Whether the model that each answer names makes the same samples, asked by its id."""
    same = 0
    for answer, digest in known.items():
        name = next(name for name in names if answer.model.startswith(name))
        again = await Connection(server.port).ask("POST", "/generate", body(answer.seed, name))
        same += await samples_digest(server, again.json()["id"]) == digest
    return f"{same} of {len(known)} answers have the samples that the model they name makes"


async def samples_digest(server: Server, piece: str) -> str:
    """Digest of a piece's samples, without the file's tags."""
    wav = (await Connection(server.port).ask("GET", f"/audio/{piece}.24.wav")).body
    return hashlib.sha256(wav[wav.index(b"data") + 8 :]).hexdigest()


def make_home(folder: Path) -> Home:
    """A home with a tiny base and two models of two steps."""
    from tests.musicgen_home import musicgen_home
    from training.musicgen.finetune import MusicgenConfig, finetune_musicgen

    home = musicgen_home(folder)
    for seed in (0, 1):
        finetune_musicgen(
            home, MusicgenConfig("songs", base="tiny", steps=2, batch=2, window_s=2.0, seed=seed)
        )
    return home


def ready_pair(home: Home) -> tuple[str, str]:
    """Two models that may serve: the first in production, the second no worse."""
    usable = [one for one in models.list_models(home, KIND) if one.status != "retired"][:2]
    if len(usable) < 2:
        raise SystemExit(f"--home {home.root}: holds {len(usable)} MusicGen models; 2 are needed")
    usable.sort(key=lambda one: one.metrics["loss_end"], reverse=True)
    worse, better = (one.model_id for one in usable)
    for model, status in ((better, "approved"), (worse, "production")):
        models.set_status(home, model, status, by="benchmark")
    return worse, better


def main() -> None:
    """Swap under load, and print what clients heard."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, help="a home with two models; it is changed")
    parser.add_argument("--seconds", type=float, default=75.0)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--swaps", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(given.home.resolve()) if given.home else make_home(Path(folder) / "home")
        pair = ready_pair(home)
        twin = Path(folder) / "twin"
        shutil.copytree(home.root, twin, ignore=shutil.ignore_patterns("generated", "audio"))
        server = Server("shiroa", home.root, wait_s=600.0, default_engine=KIND)
        try:
            asyncio.run(Connection(server.port).ask("POST", "/generate", body(0)))
            heard, moved = asyncio.run(
                swap_under_load(server, home, pair, given.clients, given.seconds, given.swaps)
            )
            print_swaps(heard, moved)
            print(f"engine processes at the end: {len(server.engine_pids())}", flush=True)
            known = asyncio.run(some_samples(server, heard))
        finally:
            server.stop()
        server = Server("shiroa", twin, wait_s=600.0, default_engine=KIND)
        try:
            print(asyncio.run(same_again(server, known, set(pair))))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
