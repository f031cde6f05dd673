import json
import shutil
from dataclasses import replace

import numpy as np
import onnxruntime
import polars as pl
import pytest

from data_catalog.home import Home
from data_catalog.labels import set_label
from data_catalog.models import list_models
from data_catalog.queries.questions import ask
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from tests.training.catalog import GENRES, examples, learnable_home, track_id, trained_home
from training.classifier.dataset import DatasetError
from training.classifier.field import learn_field
from training.classifier.file import load_classifier
from training.classifier.folds import group_folds
from training.classifier.heads import DivergedError, HeadConfig, fit_head
from training.classifier.label import NoModelError, label_tracks
from training.classifier.model import ModelFileError
from training.classifier.train import ClassifierConfig, train_classifier

QUICK = HeadConfig(epochs=30)


@pytest.fixture(scope="module")
def trained():
    """A home with a trained classifier; tests read it only."""
    return trained_home()


def test_separable_genres_are_learnt(trained):
    assert trained[1].metrics["genre_macro_f1"] > 0.9


def test_the_majority_stands_beside_it(trained):
    assert trained[1].metrics["genre_majority_f1"] < 0.2


def test_the_record_says_what_was_trained_on_what(trained):
    meta = json.loads((trained[1].path / "meta.json").read_text())
    assert meta["snapshot"]["name"] == "spring"
    assert meta["training_licences"] == {"CC0-1.0": 90}
    assert meta["config"]["precision"] == 0.9


def test_the_model_is_registered_as_a_candidate(trained):
    (record,) = list_models(trained[0], "classifier")
    assert (record.status, record.commercial_use) == ("candidate", True)


def test_the_onnx_file_gives_the_same_probabilities(trained):
    classifier = load_classifier(trained[1].path)
    session = onnxruntime.InferenceSession(str(trained[1].path / "model.onnx"))
    inputs = examples(40).inputs
    ours = classifier.probabilities(inputs)
    theirs = session.run(list(ours), {"inputs": inputs})
    assert max(np.abs(a - b).max() for a, b in zip(ours.values(), theirs, strict=True)) < 1e-5


def test_the_page_says_from_which_confidence_labels_are_given(trained):
    page = (trained[1].path / "report.html").read_text()
    assert "<th>from</th>" in page
    assert "ONNX" in page


def test_labels_flow_back_below_those_of_people(trained, tmp_path):
    home = Home(shutil.copytree(trained[0].root, tmp_path / "home"))
    set_label(home, track_id(1), "genre", "folk")
    Store.open(home).delete("labels", "track_id", [track_id(3)])
    label_tracks(home, trained[1].model_id)
    answer = pl.DataFrame(ask(home, "select track_id, genre, genre_origin from catalog"))
    found = {row["track_id"]: (row["genre"], row["genre_origin"]) for row in answer.to_dicts()}
    assert found[track_id(1)] == ("folk", "person")
    assert found[track_id(3)] == (GENRES[0], "model")


def test_labelling_again_writes_nothing(trained, tmp_path):
    home = Home(shutil.copytree(trained[0].root, tmp_path / "home"))
    label_tracks(home)
    assert label_tracks(home).added == 0


def test_a_snapshot_without_labels_is_refused_with_every_reason(tmp_path):
    home = learnable_home(tmp_path / "home", 15, labelled=False)
    create_snapshot(home, "bare")
    with pytest.raises(DatasetError, match=r"genre: no track.*mood: no track"):
        train_classifier(home, ClassifierConfig("bare"))


def test_without_a_model_labelling_says_how_to_get_one(tmp_path):
    home = learnable_home(tmp_path / "home", 15)
    with pytest.raises(NoModelError, match="shiroa train classifier"):
        label_tracks(home)


def test_a_broken_folder_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="train it again"):
        load_classifier(tmp_path)


def test_inputs_of_another_extractor_are_refused(trained):
    with pytest.raises(ModelFileError, match="trained on 206"):
        load_classifier(trained[1].path).probabilities(np.zeros((1, 7), np.float32))


def test_the_same_seed_gives_the_same_head():
    found = examples()
    heads = [
        fit_head(found.inputs, found.labels("mood") * 0, 2, QUICK, exclusive=True, seed=3).head
        for _ in range(2)
    ]
    assert np.array_equal(heads[0].layers[0][0], heads[1].layers[0][0])


def test_a_loss_that_is_not_finite_stops_with_advice():
    inputs = np.full((8, 3), np.nan, np.float32)
    with pytest.raises(DivergedError, match="learning rate"):
        fit_head(inputs, np.arange(8) % 2, 2, QUICK, exclusive=True, seed=0)


def test_noise_is_not_labelled():
    noise = np.random.default_rng(5).normal(size=(150, 200)).astype(np.float32)
    found = replace(examples(), embeddings=noise)
    _, figures = learn_field("genre", found, seed=0, precision=0.9, candidates=[QUICK])
    assert figures["labelled_share"] < 0.2


def test_zero_shot_tags_are_scored_beside_the_head():
    _, figures = learn_field("genre", examples(), seed=0, precision=0.9, candidates=[QUICK])
    assert figures["zero_shot"]["macro_f1"] == 1


def test_folds_keep_groups_whole():
    groups = np.array([f"artist {n % 7}" for n in range(50)])
    for inside, outside in group_folds(groups, 5, seed=0):
        assert not set(groups[inside]) & set(groups[outside])


def test_every_row_is_left_out_once():
    groups = np.array([f"artist {n % 7}" for n in range(50)])
    left_out = np.concatenate([outside for _, outside in group_folds(groups, 5, seed=0)])
    assert sorted(left_out) == list(range(50))
