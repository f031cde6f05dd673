"""Accepted jobs when engines die, hang or starve, and when the service is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from serving.api.app import create_app
from tests.serving.conftest import engine, service_config

BODY: dict[str, Any] = {"genre": "pop", "duration": 15, "seed": 1}


@contextmanager
def service(home: Path, **changes: Any) -> Iterator[TestClient]:
    with TestClient(create_app(service_config(home, **changes))) as client:
        yield client


def test_piece_survives_the_death_of_its_engine(tmp_path: Path) -> None:
    dying = engine("DyingEngine", ledger=str(tmp_path / "deaths"), deaths=1)
    with service(tmp_path, engines={"dying": dying}, default_engine="dying") as client:
        assert client.post("/generate", json=BODY).status_code == 200
        assert 'shiroa_engine_restarts{engine="dying"} 1.0' in client.get("/metrics").text


def test_request_that_kills_every_engine_is_given_up(tmp_path: Path) -> None:
    dying = engine("DyingEngine", ledger=str(tmp_path / "deaths"), deaths=2)
    with service(tmp_path, engines={"dying": dying}, default_engine="dying") as client:
        response = client.post("/generate", json=BODY)
        assert response.status_code == 500
        assert "died 2 times over this request" in response.json()["detail"]
        assert client.post("/generate", json={**BODY, "seed": 2}).status_code == 200


def test_engine_that_hangs_is_replaced(tmp_path: Path) -> None:
    engines = {"stuck": engine("StuckEngine")}
    with service(tmp_path, engines=engines, default_engine="stuck", job_timeout_s=2.0) as client:
        stuck = client.post("/generate", json=BODY)
        assert (stuck.status_code, "longer than 2 s" in stuck.json()["detail"]) == (504, True)


def test_engine_that_takes_all_memory_is_replaced(tmp_path: Path) -> None:
    engines = {"hungry": engine("HungryEngine")}
    limit = {"engine_memory_bytes": 700 * 2**20}
    with service(tmp_path, engines=engines, default_engine="hungry", **limit) as client:
        hungry = client.post("/generate", json=BODY)
        assert "must stay below 700 MiB" in hungry.json()["detail"]


def test_cancel_frees_an_engine_that_does_not_listen(tmp_path: Path) -> None:
    engines = {"stuck": engine("StuckEngine")}
    with service(tmp_path, engines=engines, default_engine="stuck") as client:
        job = client.post("/generate", json=BODY, headers={"Prefer": "respond-async"})
        location = job.headers["location"]
        while client.get(location).json()["state"] != "running":
            time.sleep(0.05)
        started = time.monotonic()
        client.delete(location)
        while 'shiroa_engines_busy{engine="stuck"} 0.0' not in client.get("/metrics").text:
            time.sleep(0.02)
        assert time.monotonic() - started < 1.5


def test_full_queue_answers_429_with_retry_after(tmp_path: Path) -> None:
    engines = {"moody": engine("MoodyEngine")}
    with service(tmp_path, engines=engines, default_engine="moody", queue_size=1) as client:
        answers = [
            client.post(
                "/generate",
                json={**BODY, "seed": seed, "prompt": "dawdle"},
                headers={"Prefer": "respond-async"},
            )
            for seed in range(4)
        ]
        refused = answers[-1]
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["type"] == "urn:shiroa:problem:queue-full"
        many = {"requests": [{**BODY, "seed": seed} for seed in range(10, 15)]}
        never = client.post("/generate/batch", json=many)
        assert "5 pieces at once: at most 1 may wait here" in never.json()["detail"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(home: Path, port: int) -> subprocess.Popen[bytes]:
    code = (
        "from pathlib import Path; from serving.api.app import run;"
        "from tests.serving.conftest import engine, service_config;"
        f"run(service_config(Path({str(home)!r}),"
        " engines={'moody': engine('MoodyEngine')}, default_engine='moody'),"
        f" port={port})"
    )
    server = subprocess.Popen([sys.executable, "-c", code])
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=1).status_code == 200:
                return server
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the service did not become ready")


@pytest.mark.slow
def test_accepted_jobs_outlive_kill_9_of_the_service(tmp_path: Path) -> None:
    port = free_port()
    server = start_server(tmp_path, port)
    url = f"http://127.0.0.1:{port}"
    jobs = []
    for seed in range(2):
        body = {**BODY, "seed": seed}
        reply = httpx.post(f"{url}/generate", json=body, headers={"Prefer": "respond-async"})
        jobs.append(reply.headers["location"])
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    server = start_server(tmp_path, port)
    try:
        for location in jobs:
            assert "event: done" in httpx.get(f"{url}{location}/events", timeout=60).text
            result = httpx.get(url + location).json()["result"]
            assert httpx.get(result["audio_url"]).status_code == 200
    finally:
        server.terminate()
        assert server.wait(timeout=30) in (0, -signal.SIGTERM)
