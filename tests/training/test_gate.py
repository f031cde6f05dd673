import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from data_catalog import models
from data_catalog.home import Home
from data_catalog.labels import add_labels
from data_catalog.models import ModelRecord
from data_catalog.removal.takedown import take_down
from data_catalog.snapshots.snapshot import create_snapshot
from tests.training.catalog import examples, track_id, trained_home
from training.classifier.file import load_classifier, save_classifier
from training.classifier.model import Classifier
from training.gate import GateError, approve, judge, publish, rollback
from training.record import read_meta, write_meta


@pytest.fixture
def home(tmp_path):
    return Home(shutil.copytree(trained_home()[0].root, tmp_path / "home"))


def only_model(home: Home) -> ModelRecord:
    return min(models.list_models(home), key=lambda record: record.created_at)


def another(home: Home, name: str, noise: float = 0.0, **changes) -> str:
    """A copy of the first model whose weights are disturbed by ``noise``."""
    first = only_model(home)
    classifier = load_classifier(home.models / first.model_id)
    rng = np.random.default_rng(0)
    fields = {
        field: replace(
            model,
            head=replace(
                model.head,
                layers=tuple(
                    ((w + noise * w.std() * rng.normal(size=w.shape)).astype(np.float32), b)
                    for w, b in model.head.layers
                ),
            ),
        )
        for field, model in classifier.fields.items()
    }
    folder = home.models / name
    folder.mkdir()
    meta = read_meta(home.models / first.model_id)
    save_classifier(folder, Classifier(fields, 200, examples(1).descriptors.shape[1]), meta)
    later = first.created_at + timedelta(hours=1)
    fresh = {"model_id": name, "created_at": later, "status": "candidate", "history": ()}
    models.register(home, replace(first, **fresh | changes))
    return name


def published(home: Home) -> str:
    model_id = only_model(home).model_id
    approve(home, model_id, by="ana")
    publish(home, model_id, by="ana")
    return model_id


def test_a_candidate_goes_to_production_by_approval(home):
    assert models.production(home, "classifier") is None
    model_id = published(home)
    assert models.production(home, "classifier").model_id == model_id


def test_what_nobody_approved_is_not_published(home):
    with pytest.raises(GateError, match="shiroa approve"):
        publish(home, only_model(home).model_id)


def test_as_good_a_model_passes(home):
    published(home)
    assert judge(home, another(home, "twin")).passed


def test_a_worse_model_is_refused_with_what_would_pass(home):
    published(home)
    name = another(home, "worse", noise=30)
    with pytest.raises(GateError, match=r"difference -.*macro-F1 of 0\.\d+ or more"):
        approve(home, name)


def test_a_model_no_better_than_the_commonest_word_is_refused(home):
    name = another(home, "guessing", metrics={"genre_majority_f1": 1.0, "mood_majority_f1": 1.0})
    failed = [check.name for check in judge(home, name).checks if not check.passed]
    assert failed == ["genre learnt", "mood learnt"]


def test_a_model_that_holds_music_taken_down_is_refused(home):
    take_down(home, track_id=track_id(2), reason="asked by the artist")
    with pytest.raises(GateError, match="train again on a new snapshot"):
        approve(home, only_model(home).model_id)


def test_non_commercial_weights_are_refused_by_the_commercial_policy(home):
    name = another(home, "nc", commercial_use=False, licence="CC-BY-NC-4.0")
    with pytest.raises(GateError, match=r"weights are CC-BY-NC-4\.0, 90 tracks are CC0-1\.0"):
        approve(home, name, policy="commercial")


def test_without_that_policy_they_pass(home):
    assert judge(home, another(home, "nc", commercial_use=False)).passed


def test_a_snapshot_frozen_for_commercial_use_asks_for_weights_that_allow_it(home):
    create_snapshot(home, "shop", policy="commercial")
    name = another(home, "nc", snapshot="shop", commercial_use=False)
    (refused,) = [check for check in judge(home, name).checks if not check.passed]
    assert (refused.name, "base that allows commercial use" in refused.remedy) == ("rights", True)


def test_a_folder_without_weights_is_refused(home):
    (home.models / only_model(home).model_id / "model.safetensors").unlink()
    with pytest.raises(GateError, match=r"no \*\.safetensors"):
        approve(home, only_model(home).model_id)


def test_a_pickle_is_refused(home):
    (home.models / only_model(home).model_id / "optimizer.pt").write_bytes(b"")
    with pytest.raises(GateError, match=r"pickle optimizer\.pt"):
        approve(home, only_model(home).model_id)


def test_an_unknown_policy_lists_the_known_ones(home):
    with pytest.raises(GateError, match="must be one of"):
        judge(home, only_model(home).model_id, policy="free")


def test_rollback_puts_the_one_before_back(home):
    first = published(home)
    second = another(home, "second")
    approve(home, second)
    publish(home, second)
    assert rollback(home) == first
    assert models.production(home, "classifier").model_id == first


def test_there_is_nothing_to_roll_back_to_at_first(home):
    published(home)
    with pytest.raises(GateError, match="no classifier served before"):
        rollback(home)


def test_rollback_refuses_a_model_that_cannot_be_read_any_more(home):
    first = published(home)
    second = another(home, "second")
    approve(home, second)
    publish(home, second)
    (home.models / first / "model.safetensors").unlink()

    with pytest.raises(GateError, match=f"{first}, which served before, can't go back"):
        rollback(home)
    assert models.production(home, "classifier").model_id == second


def test_rollback_goes_back_within_the_kind_that_was_published_last(home):
    published(home)
    name = another(home, "melody", kind="musicgen")
    for status in ("approved", "production"):
        models.set_status(home, name, status, by="Ada")

    with pytest.raises(GateError, match="no musicgen served before"):
        rollback(home)


def test_the_verdict_reads_as_a_list(home):
    text = judge(home, only_model(home).model_id).markdown()
    assert "- ✓ **genre learnt**: macro-F1" in text


@pytest.mark.parametrize(("loss", "passed"), [(3.0, True), (3.2, False), (6.0, False)])
def test_musicgen_is_judged_by_its_validation_loss(home, loss, passed):
    first = only_model(home)
    for name, value, status in (("old", 3.05, "production"), ("new", loss, "candidate")):
        folder = home.models / name
        folder.mkdir()
        shutil.copy(home.models / first.model_id / "model.safetensors", folder)
        (folder / "meta.json").write_text("{}")
        metrics = {"loss_end": value, "loss_start": 5.0}
        record = replace(first, model_id=name, kind="musicgen", metrics=metrics, status=status)
        models.register(home, replace(record, created_at=datetime.now(UTC)))
    assert judge(home, "new").passed == passed


def test_production_is_compared_on_tracks_that_it_never_saw(home):
    published(home)
    add_labels(
        home, [{"track_id": track_id(0), "field": "genre", "value": "jazz", "origin": "person"}]
    )
    create_snapshot(home, "summer")
    verdict = judge(home, another(home, "twin", snapshot="summer"))
    assert any("18 tracks" in check.detail for check in verdict.checks)


def test_production_of_an_older_version_does_not_stand_in_the_way(home):
    before = published(home)
    folder = home.models / before
    meta = read_meta(folder)
    candidate = another(home, "classifier-newer")
    write_meta(folder, meta | {"inputs": meta["inputs"] | {"bound": 8.0}})
    verdict = judge(home, candidate)
    assert verdict.passed
    assert "an older version of Shiroa made it" in verdict.summary()
