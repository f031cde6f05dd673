"""Several pieces at once in one engine process: none waits for, changes or ends another."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from serving.api.app import create_app
from serving.config import EngineSpec
from serving.engines.base import Cancelled, Request
from serving.engines.musicgen import MusicgenEngine
from tests.musicgen_home import tiny_base
from tests.serving.conftest import service_config

FACTORY = "tests.serving.stand_ins:MoodyEngine"
ASYNC = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service whose engine process makes two pieces at once."""
    engines = {"moody": EngineSpec(factory=FACTORY, warm_up=False, batch=2)}
    home = tmp_path_factory.mktemp("home")
    config = service_config(home, engines=engines, default_engine="moody")
    with TestClient(create_app(config)) as started:
        yield started


def body(seed: int, prompt: str | None = None) -> dict[str, Any]:
    return {"genre": "pop", "duration": 15, "seed": seed, "prompt": prompt}


def ended(client: TestClient, location: str) -> dict[str, Any]:
    client.get(f"{location}/events")
    status: dict[str, Any] = client.get(location).json()
    return status


def test_variations_are_made_at_once(client: TestClient) -> None:
    """Each waits for the other, inside the engine."""
    response = client.post("/generate", json={**body(1, "meet"), "variations": 2})
    assert response.status_code == 200, response.text
    assert len(response.json()["variations"]) == 2


def test_cancelling_one_leaves_the_other(client: TestClient) -> None:
    jobs = [
        client.post("/generate", json=body(3, prompt), headers=ASYNC).headers["location"]
        for prompt in ("dawdle", "nap")
    ]
    while {client.get(job).json()["state"] for job in jobs} != {"running"}:
        time.sleep(0.02)
    started = time.monotonic()
    client.delete(jobs[0])
    assert client.post("/generate", json=body(4)).status_code == 200
    assert time.monotonic() - started < 1.5
    assert ended(client, jobs[1])["state"] == "done"
    assert 'shiroa_engine_restarts{engine="moody"} 0.0' in client.get("/metrics").text


def test_a_request_that_kills_its_engine_takes_no_other_with_it(client: TestClient) -> None:
    nap = client.post("/generate", json=body(5, "nap"), headers=ASYNC).headers["location"]
    dead = client.post("/generate", json=body(6, "die"))
    assert "died 2 times over this request" in dead.json()["detail"]
    assert ended(client, nap)["state"] == "done"


def test_codes_do_not_depend_on_what_is_made_beside_them() -> None:
    """Pieces of other lengths and captions, joining and leaving; and one that is cancelled."""
    engine = MusicgenEngine(tiny_base())
    requests = [
        Request("jazz", duration_s=0.3, seed=1),
        Request("rock", prompt="slow, with many words about its guitars", duration_s=0.5, seed=2),
        Request("jazz", duration_s=0.4, seed=3),
    ]

    def codes(request: Request) -> np.ndarray:
        frames = round(request.duration_s * 50)
        return np.concatenate(list(engine.codes(request, frames, lambda: False)), axis=1)

    alone = [codes(request) for request in requests]
    assert engine.together is not None
    assert engine.together.largest == 1
    found: dict[int, np.ndarray] = {}

    def make(number: int) -> None:
        found[number] = codes(requests[number])

    def give_up() -> None:
        calls = iter([False] * 8)
        with pytest.raises(Cancelled):
            list(engine.codes(requests[0], 15, lambda: next(calls, True)))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(len(requests))]
    threads.append(threading.Thread(target=give_up))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.together.largest >= len(requests)
    for number, expected in enumerate(alone):
        assert np.array_equal(found[number], expected)
