"""Stage mel on a home with audio: trained, stored, labelling and compared; and without."""

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from data_catalog.home import Home
from data_catalog.models import get
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from features.audio.reader import encode
from tests.training.catalog import GENRES, learnable_home, track_id
from training.classifier import stage, train
from training.classifier.compare import compare_classifiers
from training.classifier.dataset import DatasetError, load_examples
from training.classifier.field import learn_field
from training.classifier.file import load_classifier
from training.classifier.heads import HeadConfig, one_thread
from training.classifier.label import label_tracks
from training.classifier.train import ClassifierConfig, train_classifier
from training.classifier.windows import read_windows

TRACKS = 45
RATE = 16_000
MEL = ClassifierConfig("spring", stage="mel")


def sounding_home(folder: Path) -> Home:
    """The learnable home with a second of sound for each track, in a register of its genre."""
    home = learnable_home(folder / "home", TRACKS)
    store = Store.open(home)
    tracks = store.read("tracks").to_dicts()
    store.delete("tracks", "track_id", [track["track_id"] for track in tracks])
    for track in tracks:
        number = int(track["track_id"], 16)
        t = np.arange(RATE) / RATE
        hertz = 300 * 3 ** (number % len(GENRES)) * (1 + number / 200)
        track["path"] = str(folder / f"{number}.flac")
        encode(Path(track["path"]), 0.3 * np.sin(2 * np.pi * hertz * t), RATE, bit_depth=16)
    store.insert_new("tracks", tracks)
    create_snapshot(home, "spring")
    return home


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The home and its model of stage mel; tests read it only."""
    solved = partial(learn_field, candidates=[HeadConfig(shrinkage=0.3, embedding=0.25)])
    with pytest.MonkeyPatch.context() as patch, one_thread():
        patch.setattr(stage, "epochs_for", lambda tracks: 6)
        patch.setattr(stage, "FOLDS", 3)
        patch.setattr(train, "learn_field", solved)
        home = sounding_home(tmp_path_factory.mktemp("sounding"))
        yield home, train_classifier(home, MEL)


@pytest.fixture
def copied(trained, tmp_path):
    """The same home to change, without what was kept of its audio."""
    home = Home(shutil.copytree(trained[0].root, tmp_path / "home"))
    shutil.rmtree(home.cache / "mel")
    return home


def lost(home: Home, number: int) -> None:
    """Let the catalog say that a track's audio lies where it is not."""
    store = Store.open(home)
    (row,) = [r for r in store.read("tracks").to_dicts() if r["track_id"] == track_id(number)]
    store.delete("tracks", "track_id", [track_id(number)])
    store.insert_new("tracks", [row | {"path": f"/gone/{number}.flac"}])


def test_the_folder_says_what_was_heard(trained):
    meta = json.loads((trained[1].path / "meta.json").read_text())
    assert meta["config"]["stage"] == "mel"
    assert (meta["mel"]["windows"], meta["mel"]["no_audio"]) == (TRACKS, {})
    assert {file.name for file in trained[1].path.iterdir()} == {
        "model.safetensors", "model.onnx", "mel.safetensors", "mel.onnx", "meta.json", "report.html"
    }  # fmt: skip
    assert meta["onnx_difference"] < 1e-3


def test_both_onnx_files_after_each_other_give_the_same_probabilities(trained):
    home, model = trained
    classifier = load_classifier(model.path)
    (windows,) = read_windows(home, [track_id(7)])
    mel = windows.mel.astype(np.float32)
    features = np.random.default_rng(0).normal(size=(1, classifier.width - 18)).astype(np.float32)
    heard = onnxruntime.InferenceSession(model.path / "mel.onnx").run(["heard"], {"mel": mel})[0]
    inputs = np.concatenate([heard, features], axis=1)
    whole = onnxruntime.InferenceSession(model.path / "model.onnx")
    (theirs,) = whole.run(["genre"], {"inputs": inputs})
    ours = np.concatenate([classifier.network.log_odds([mel]), features], axis=1)
    np.testing.assert_allclose(theirs, classifier.probabilities(ours)["genre"], atol=1e-4)


def test_the_page_shows_the_parts_beside_the_whole(trained):
    page = (trained[1].path / "report.html").read_text()
    assert "its network over mel windows, alone" in page


def test_audio_is_decoded_once(trained, monkeypatch):
    home, _ = trained
    monkeypatch.setattr("training.classifier.windows.hear_file", None)
    assert all(one.mel is not None for one in read_windows(home, [track_id(n) for n in range(9)]))


def test_a_track_whose_audio_is_gone_gets_no_label_and_is_named(copied, trained):
    lost(copied, 3)
    labelling = label_tracks(copied, trained[1].model_id)
    assert labelling.added == 2 * (TRACKS - 1)
    assert list(labelling.unheard) == [track_id(3)]
    assert "/gone/3.flac" in labelling.warning
    assert "shiroa ingest" in labelling.warning


def test_training_leaves_out_what_can_not_be_heard_and_says_so(copied, trained):
    lost(copied, 3)
    found, _, figures = stage.listen(copied, load_examples(copied, "spring"), seed=0)
    assert (len(found), found.heard.shape) == (TRACKS - 1, (TRACKS - 1, 18))
    assert "/gone/3.flac" in figures["no_audio"][track_id(3)]


def test_a_snapshot_without_any_audio_is_refused_with_reason_and_fix(tmp_path):
    home = learnable_home(tmp_path / "home", TRACKS)
    create_snapshot(home, "spring")
    with pytest.raises(
        DatasetError, match=r"stage=mel: 45 .*/music/0.flac.*No such.*Put the files"
    ):
        train_classifier(home, MEL)


def test_the_gate_compares_what_it_hears(trained):
    home, model = trained
    genre = compare_classifiers(home, get(home, model.model_id), None)[0]
    assert genre.tracks == 9
    assert genre.candidate.value > 0.9


def test_an_unknown_stage_is_named():
    with pytest.raises(DatasetError, match="stage='raw': must be features or mel"):
        ClassifierConfig("spring", stage="raw")
