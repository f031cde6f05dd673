"""Services with small engines, started once for each module that needs them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.api.app import create_app
from serving.config import EngineSpec, ServiceConfig

PRICE_PER_CPU_HOUR = 0.05
STAND_INS = "tests.serving.stand_ins"


def engine(name: str, **options: Any) -> EngineSpec:
    """The specification of a stand-in."""
    return EngineSpec(factory=f"{STAND_INS}:{name}", options=options, warm_up=False)


@contextmanager
def on_loopback(app: FastAPI) -> Iterator[str]:
    """The address of ``app``, served from a thread on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def service_config(home: Path, **changes: Any) -> ServiceConfig:
    """A service that clicks, in a home of its own."""
    given = {
        "home": home,
        "engines": {"clicks": engine("ClickEngine")},
        "default_engine": "clicks",
        "drain_s": 0.2,
        **changes,
    }
    return ServiceConfig(**given)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a running service whose engine does what the prompt says."""
    home = tmp_path_factory.mktemp("home")
    engines = {
        "moody": engine("MoodyEngine"),
        "absent": EngineSpec(factory="no.such.module:Engine"),
        "plain": engine("ClickEngine"),
    }
    config = service_config(
        home, engines=engines, default_engine="moody", price_per_cpu_hour=PRICE_PER_CPU_HOUR
    )
    with TestClient(create_app(config)) as started:
        yield started


@pytest.fixture(scope="module")
def piece(client: TestClient) -> dict[str, Any]:
    """The answer to one full request."""
    body = {"genre": "jazz", "tempo": 92, "key": "Fm", "duration": 15, "seed": 5, "stems": True}
    response = client.post("/generate", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer
