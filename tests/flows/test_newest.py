"""The newest snapshot and the newest candidate, which forms offer so that nobody types a name."""

from pathlib import Path

import pytest

from data_catalog import models
from data_catalog.home import Home
from data_catalog.models import ModelRecord
from data_catalog.snapshots.snapshot import create_snapshot
from features.errors import ShiroaError
from flows.newest import NEWEST, candidate_named, snapshot_named
from tests.data_catalog.store_fixtures import small_home


def test_newest_snapshot_is_the_last_one_made(tmp_path: Path) -> None:
    home = small_home(tmp_path)
    for name in ("spring", "autumn"):
        create_snapshot(home, name)

    assert snapshot_named(home, NEWEST) == "autumn"
    assert snapshot_named(home, "spring") == "spring"


def test_newest_candidate_still_waits_for_a_decision(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name in ("first", "second"):
        models.register(home, ModelRecord(name, "musicgen", "s1", "d1"))
    models.set_status(home, "second", "retired")

    assert candidate_named(home, NEWEST) == "first"


def test_without_any_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ShiroaError, match="run the flow `curate`"):
        snapshot_named(Home(tmp_path), NEWEST)
    with pytest.raises(ShiroaError, match="run `train-classifier` or"):
        candidate_named(Home(tmp_path), NEWEST)
