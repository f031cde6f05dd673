"""The whole chain as users run it."""

import json
import shutil

import pytest

from data_catalog.models import list_models, production
from tests.end_to_end.conftest import COMPOSED, KILL_AFTER_TRACKS, Run

pytestmark = pytest.mark.slow


def test_killed_run_left_work_to_do(run: Run) -> None:
    assert KILL_AFTER_TRACKS <= run.killed_at < COMPOSED


def test_run_after_the_kill_ends_with_files_in_quarantine(run: Run) -> None:
    assert run.finished.returncode == 1, run.finished.stderr


def test_no_good_file_is_lost(run: Run) -> None:
    assert run.truth().missing == ()


def test_no_track_is_there_twice(run: Run) -> None:
    assert run.ask("select track_id from catalog group by all having count(*) > 1") == []


def test_no_features_are_there_twice(run: Run) -> None:
    twice = "select track_id from features group by track_id, extractor_version having count(*) > 1"

    assert run.ask(twice) == []


def test_every_planted_copy_is_found_and_no_other(run: Run) -> None:
    truth = run.truth()

    assert (truth.copies_missed, truth.copies_false) == ((), ())


def test_every_planted_broken_file_is_in_quarantine_with_its_reason(run: Run) -> None:
    broken = run.truth().broken

    assert {name: found for name, (found, _) in broken.items()} == {
        name: expected for name, (_, expected) in broken.items()
    }


def test_tempo_and_key_are_measured_right(run: Run) -> None:
    truth = run.truth()

    assert truth.tempo.acc2 >= 0.9
    assert truth.key.mirex >= 0.8


@pytest.mark.skipif(not shutil.which("apt-get"), reason="Debian packages need apt-get")
def test_real_music_is_there_with_its_licence(run: Run) -> None:
    licences = run.ask("select distinct licence from catalog where source = 'debian'")

    assert licences == [("BSD-2-Clause",)]


def test_no_artist_is_on_two_sides(run: Run) -> None:
    leaks = "select artist from catalog where split is not null group by all"

    assert run.ask(f"{leaks} having count(distinct split) > 1") == []


def test_both_models_are_registered(run: Run) -> None:
    assert {model.kind for model in list_models(run.home)} == {"classifier", "musicgen"}


def test_model_in_production_passed_the_gate(run: Run) -> None:
    assert production(run.home, "musicgen") is not None


def test_model_keeps_its_snapshot_and_licences(run: Run) -> None:
    for model in list_models(run.home):
        meta = json.loads((run.home.models / model.model_id / "meta.json").read_text())

        assert meta["snapshot"]["digest"] == model.snapshot_digest
        assert meta["training_licences"]


def test_repeated_run_does_nothing_new(run: Run) -> None:
    assert "extract: nothing to do" in run.repeated.stdout
    assert run.repeated.stdout.count("not trained again") == 2
