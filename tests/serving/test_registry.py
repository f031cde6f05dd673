"""Published models become engines, without a restart."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from data_catalog.home import Home
from data_catalog.models import ModelRecord, register, set_status
from serving.api.app import create_app
from serving.config import ServiceConfig
from serving.engines.registry import engine_specs


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
        deadline = time.monotonic() + 30
        while "musicgen" not in names() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert "musicgen" in names()
        assert client.get("/models").json()["registry"][0]["status"] == "production"
