"""What a service forgets, and what it finds again after a crash."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from pathlib import Path

import pytest

from data_catalog.home import Home
from data_catalog.tables.store import Store
from serving.api.logs import JsonLines
from serving.piece.generate import Generated, generate
from serving.piece.references import References
from serving.runtime.cache import Cache
from serving.runtime.housekeeping import Housekeeper
from serving.runtime.jobs import JobRecord, JobStore
from serving.runtime.recorder import Recorder
from tests.serving.conftest import service_config


def grow_old(path: Path) -> None:
    os.utime(path, (0, time.time() - 3 * 86_400))


@pytest.fixture
def made(tmp_path: Path) -> list[Generated]:
    config = service_config(tmp_path)
    return [generate(config, {"genre": "pop", "duration": 15, "seed": seed}) for seed in (1, 2)]


def test_old_jobs_audio_uploads_and_leftovers_are_removed(
    tmp_path: Path, made: list[Generated]
) -> None:
    references = References.under(tmp_path)
    old, kept = (references.add(one.audio) for one in made)
    store, cache = JobStore(":memory:"), Cache(references.pieces, 2**30)
    cache.scan()
    grow_old(made[0].sidecar)
    grow_old(tmp_path / "references" / f"{old}.json")
    grow_old(references.pieces.workshop())
    config = service_config(tmp_path, keep_audio_s=86_400.0, keep_jobs=2)
    keeper = Housekeeper(config, store, cache, references, Recorder(None))

    async def tidied() -> list[bool]:
        ends = {"a": "2020-01-01", "b": "2999-01-01", "c": "2999-01-02", "d": "2999-01-03"}
        for job_id, ended in ends.items():
            record = JobRecord(job_id, "me", False, [], [], state="done", finished_at=ended)
            await store.run(store.add, record)
        await store.run(store.add, JobRecord("e", "me", False, [], [], created_at="2020-01-01"))
        await keeper.tidy()
        return [await store.run(store.get, job_id) is not None for job_id in "abcde"]

    assert asyncio.run(tidied()) == [False, False, True, True, True]
    assert [cache.has(one.piece.id) for one in made] == [False, True]
    assert [references.find(one) is not None for one in (old, kept)] == [False, True]
    assert not list(references.pieces.root.glob(".making-*"))
    store.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = service_config(tmp_path).home_layout()
    assert home is not None
    Store.open(home)
    return home


def test_generations_of_a_killed_service_are_recorded_later(
    tmp_path: Path, home: Home, made: list[Generated]
) -> None:
    recorder = Recorder(home)
    pieces = References.under(tmp_path).pieces
    assert [recorder.recover(pieces) for _ in range(2)] == [2, 0]
    recorder.close()
    assert set(Store(home).read("generations")["generation_id"]) == {one.piece.id for one in made}


def test_a_generation_is_recorded_though_the_process_that_records_dies(
    home: Home, made: list[Generated]
) -> None:
    recorder = Recorder(home)
    recorder.add(made[0].piece)
    recorder._writer._exchange("not json\n")  # type: ignore[union-attr]
    recorder._writer._process.kill()  # type: ignore[union-attr]
    recorder.close()
    assert list(Store(home).read("generations")["generation_id"]) == [made[0].piece.id]


def test_json_logs_hold_no_secret() -> None:
    record = logging.makeLogRecord(
        {"msg": "key %s", "args": ("shiroa_0a1b2c3d_verysecret",), "levelname": "INFO", "ms": 2.5}
    )
    line = JsonLines().format(record)
    assert "verysecret" not in line
    told = json.loads(line)
    assert (told["message"], told["level"], told["ms"]) == ("key shiroa_0a1b2c3d_***", "info", 2.5)
