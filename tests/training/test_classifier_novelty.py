import shutil
from dataclasses import replace

import numpy as np
import onnxruntime
import polars as pl
import pytest

from data_catalog.home import Home
from data_catalog.queries.questions import ask
from data_catalog.tables.store import Store
from tests.training.catalog import GENRES, examples, track_id, trained_home
from training.classifier.field import learn_field
from training.classifier.file import load_classifier
from training.classifier.folds import group_folds
from training.classifier.heads import HeadConfig
from training.classifier.label import label_tracks
from training.classifier.model import ModelFileError
from training.classifier.novelty import LOST, fit_guard
from training.record import read_meta, write_meta

SOLVED = [HeadConfig(shrinkage=0.2)]


def cloud(tracks: int, seed: int, *, artist_spread: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors (tracks, 20) that hang together, and the artist of each track."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(20, 20))
    artists = np.arange(tracks) % 30
    own = rng.normal(size=(30, 20)) * artist_spread
    return ((rng.normal(size=(tracks, 20)) + own[artists]) @ mixing).astype(np.float32), artists


def guard_of(tracks: int = 300, **spread):
    descriptors, artists = cloud(tracks, 0, **spread)
    return fit_guard(descriptors, group_folds(artists, 10, seed=0))


def test_few_tracks_like_those_learnt_from_are_refused():
    fresh, _ = cloud(2000, 1)
    assert 1 - guard_of().knows(fresh).mean() < 2 * LOST


def test_fresh_artists_are_known_where_artists_differ():
    fresh, _ = cloud(2000, 1, artist_spread=1.0)
    assert guard_of(artist_spread=1.0).knows(fresh).mean() > 0.85


def test_usual_values_in_an_unusual_combination_are_refused():
    usual, _ = cloud(2000, 1)
    apart = np.random.default_rng(2).permuted(usual, axis=0)  # each descriptor from another track
    assert guard_of().knows(apart).mean() < 0.1


def test_a_descriptor_that_never_varied_is_no_hindrance():
    descriptors, artists = cloud(100, 0)
    descriptors[:, 3] = 7
    guard = fit_guard(descriptors, group_folds(artists, 10, seed=0))
    assert np.isfinite(guard.distances(descriptors)).all()


def test_sure_labels_are_not_given_to_unlike_tracks():
    found = examples()
    model, _ = learn_field("genre", found, seed=0, precision=0.9, candidates=SOLVED)
    p = model.probabilities(found.inputs)
    assert model.gives(found.inputs, p).mean() > 0.8
    strange = found.inputs + np.r_[np.zeros(200), np.full(6, 30)].astype(np.float32)
    assert not model.gives(strange, p).any()


def test_the_share_refused_on_the_test_split_is_told():
    found = examples()
    strange = found.descriptors + 30 * (found.split == "test")[:, None]
    moved = replace(found, descriptors=strange.astype(np.float32))
    _, figures = learn_field("genre", moved, seed=0, precision=0.9, candidates=SOLVED)
    assert (figures["unlike_share"], figures["labelled_share"]) == (1, 0)


def test_the_page_tells_the_share_refused():
    page = (trained_home()[1].path / "report.html").read_text()
    assert "unlike what it learnt from" in page


def test_the_onnx_file_gives_the_same_distances():
    folder = trained_home()[1].path
    inputs = examples(40).inputs
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    (theirs,) = session.run(["genre_distance"], {"inputs": inputs})
    ours = load_classifier(folder).fields["genre"].guard.distances(inputs)
    np.testing.assert_allclose(theirs, ours, rtol=1e-4)


def test_a_model_without_a_guard_is_refused_with_what_to_do(tmp_path):
    meta = read_meta(trained_home()[1].path)
    del meta["fields"]["genre"]["limit"]
    write_meta(tmp_path, meta)
    with pytest.raises(ModelFileError, match=r"older version of Shiroa.*train it again"):
        load_classifier(tmp_path)


def test_the_catalog_shows_no_label_for_unlike_tracks(tmp_path):
    home = Home(shutil.copytree(trained_home()[0].root, tmp_path / "home"))
    store, strange = Store.open(home), track_id(3)
    store.delete("labels", "track_id", [strange, track_id(18)])
    features = store.read("features").filter(pl.col("track_id") == strange).to_dicts()
    store.delete("features", "track_id", [strange])
    store.append("features", [row | {"descriptors": [30.0] * 6} for row in features])
    label_tracks(home)
    asked = f"select track_id, genre from catalog where track_id in ('{strange}', '{track_id(18)}')"
    found = {row["track_id"]: row["genre"] for row in pl.DataFrame(ask(home, asked)).to_dicts()}
    assert found == {strange: None, track_id(18): GENRES[0]}
