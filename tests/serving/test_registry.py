"""Published models become engines, without a restart."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from data_catalog.home import Home
from data_catalog.models import ModelRecord, register, set_status
from serving.api.app import create_app
from serving.config import ServiceConfig
from serving.engines.registry import engine_specs
from tests.serving.conftest import engine


def registered(home: Home, model_id: str, status: str = "candidate") -> None:
    register(home, ModelRecord(model_id, "musicgen", "s1", "d1", base="tiny"))
    if status != "candidate":
        set_status(home, model_id, status)


def test_composer_alone_where_nothing_was_trained(tmp_path: Path) -> None:
    assert list(engine_specs(Home(tmp_path))) == ["composer"]
    assert list(engine_specs(None)) == ["composer"]


def test_production_model_is_called_musicgen(tmp_path: Path) -> None:
    home = Home(tmp_path)
    registered(home, "musicgen-a", "production")
    registered(home, "musicgen-b")
    registered(home, "musicgen-c", "retired")
    specs = engine_specs(home)
    assert set(specs) == {"composer", "musicgen", "musicgen-a", "musicgen-b"}
    assert specs["musicgen"] == specs["musicgen-a"]
    assert specs["musicgen"].training_data == {
        "snapshot": "s1", "digest": "d1", "licences": {}, "base": "tiny",
    }  # fmt: skip


@pytest.mark.slow
def test_publishing_needs_no_restart(tmp_path: Path) -> None:
    home = Home(tmp_path)
    registered(home, "musicgen-a")
    with TestClient(create_app(ServiceConfig(home=tmp_path, watch_s=0.1))) as client:

        def names() -> set[str]:
            return {model["name"] for model in client.get("/models").json()["models"]}

        assert names() == {"composer", "musicgen-a"}
        set_status(home, "musicgen-a", "production")
        _until(lambda: "musicgen" in names())
        assert client.get("/models").json()["registry"][0]["status"] == "production"


def test_no_request_is_lost_or_misnamed_while_the_model_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving, seeds = ["a"], itertools.count()
    specs = {name: engine("ClickEngine", model_id=name) for name in ("a", "b")}
    monkeypatch.setattr("serving.runtime.roster.registry_stamp", lambda home: serving[-1])
    monkeypatch.setattr(
        "serving.runtime.roster.specs_of", lambda config: specs | {"musicgen": specs[serving[-1]]}
    )
    config = ServiceConfig(home=tmp_path, default_engine="musicgen", watch_s=0.02)
    told: list[dict[str, Any]] = []
    done = threading.Event()
    with TestClient(create_app(config)) as client, ThreadPoolExecutor(4) as clients:

        def ask(_: int) -> None:
            while not done.is_set():
                body = {"genre": "pop", "duration": 15, "seed": next(seeds)}
                answer = client.post("/generate", json=body)
                assert answer.status_code == 200, answer.text
                told.append(answer.json())

        asking = [clients.submit(ask, number) for number in range(4)]
        for turns in ("b", "abab", "a"):
            for name in turns:
                serving.append(name)
                time.sleep(0.05)
            _until(partial(heard_from, turns[-1], told, since=len(told)))
        done.set()
        for one in asking:
            one.result()
    assert models_of(told) == {"a", "b"}
    assert [one["model"] for one in told] == [one["provenance"]["model"] for one in told]


def heard_from(model: str, told: list[dict[str, Any]], since: int) -> bool:
    return model in models_of(told[since:])


def models_of(told: list[dict[str, Any]]) -> set[str]:
    return {one["provenance"]["model"] for one in told}


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)
