"""Stage mel: a network over log-mel windows beside the heads, judged by artists it never heard."""

import numpy as np
import pytest

from tests.training.catalog import GENRES, examples
from training.classifier import stage
from training.classifier.calibration import fit_calibration
from training.classifier.dataset import FIELDS, Examples, heard_columns
from training.classifier.field import learn_field
from training.classifier.heads import DivergedError, HeadConfig, one_thread
from training.classifier.network_fit import epochs_of
from training.classifier.stage import cross_fit

SOLVED = [HeadConfig(shrinkage=0.3, embedding=0.25)]
TRACKS = 60
FRAMES = 32


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(stage, "epochs_for", lambda tracks: 8)
    monkeypatch.setattr(stage, "FOLDS", 3)
    with one_thread():
        yield


@pytest.fixture
def brief(monkeypatch):
    monkeypatch.setattr(stage, "epochs_for", lambda tracks: 2)


def deaf(**changes) -> Examples:
    """Examples whose features tell nothing."""
    noise = np.random.default_rng(7).normal(size=(TRACKS, 200)).astype(np.float32)
    return examples(TRACKS, embeddings=noise, **changes)


def windows_of(kinds) -> list[np.ndarray]:
    """Two windows a track: noise, louder in the three bands of its kind."""
    rng = np.random.default_rng(3)
    found = []
    for kind in kinds:
        mel = rng.normal(size=(2, FRAMES, 96))
        mel[:, :, 3 * kind : 3 * kind + 3] += 3
        found.append(mel.astype(np.float16))
    return found


def genres() -> np.ndarray:
    return np.arange(TRACKS) % len(GENRES)


def said(found: Examples, heard: np.ndarray) -> np.ndarray:
    """Which of the three genres is the likeliest."""
    return heard[:, heard_columns("genre", GENRES)].argmax(axis=1)


def test_genres_that_only_the_sound_tells_are_learnt():
    plain = deaf()
    heard, _, _ = cross_fit(plain, windows_of(genres()), seed=0)
    alone, both = (
        learn_field("genre", found, seed=0, precision=0.9, candidates=SOLVED)[1]["macro_f1"]
        for found in (plain, heard)
    )
    assert both["value"] > 0.9
    assert alone["value"] < 0.6


def test_labels_that_mean_nothing_are_not_learnt_of_artists_left_out():
    artists = np.arange(TRACKS) % 15
    drawn = np.random.default_rng(1).integers(0, len(GENRES), 15)[artists]
    random = deaf(genre=np.array(GENRES, dtype=object)[drawn], mood=np.full(TRACKS, None))
    windows = windows_of(artists)
    heard, network, _ = cross_fit(random, windows, seed=0)
    learnt = heard.split != "test"
    own = said(heard, network.log_odds(windows)) == drawn
    others = said(heard, heard.heard) == drawn
    assert own[learnt].mean() > 0.9  # it knows its own tracks by heart
    assert others[learnt].mean() < 0.6
    model, _ = learn_field("genre", heard, seed=0, precision=0.9, candidates=SOLVED)
    assert model.calibration.hearing < 0.2


def test_a_track_is_heard_by_a_network_that_never_learnt_from_its_artist(monkeypatch, brief):
    learnt = []
    monkeypatch.setattr(
        stage, "epochs_of", lambda *a, **k: learnt.append(set(a[2])) or epochs_of(*a, **k)
    )
    found = deaf()
    cross_fit(found, windows_of(genres()), seed=0)
    *folds, last = learnt
    known = set(np.flatnonzero(found.split != "test"))
    assert last == known
    assert sorted(row for inside in folds for row in known - inside) == sorted(known)
    for inside in folds:
        outside = list(known - inside)
        assert not set(found.groups[outside]) & set(found.groups[list(inside)])


def test_the_same_seed_hears_the_same(brief):
    once, again, other = (
        cross_fit(deaf(), windows_of(genres()), seed=seed)[0].heard for seed in (0, 0, 1)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_a_training_that_was_stopped_goes_on_with_the_next_fold(tmp_path, brief):
    told = []

    def stop(progress):
        if progress.note.startswith("fold 3"):
            raise KeyboardInterrupt

    windows = windows_of(genres())
    with pytest.raises(KeyboardInterrupt):
        cross_fit(deaf(), windows, seed=0, work=tmp_path, tell=stop)
    heard, _, _ = cross_fit(deaf(), windows, seed=0, work=tmp_path, tell=told.append)
    assert told[0].note.startswith("fold 3")
    assert np.array_equal(heard.heard, cross_fit(deaf(), windows, seed=0)[0].heard)


def test_in_bfloat16_it_learns_as_well_and_says_so(monkeypatch):
    monkeypatch.setattr("training.team._WIDE", 1)
    monkeypatch.setattr("training.team._computes_bfloat16", lambda: True)
    heard, _, figures = cross_fit(deaf(), windows_of(genres()), seed=0)
    assert figures["precision"] == "bfloat16"
    assert (said(heard, heard.heard) == genres()).mean() > 0.9


def test_windows_that_are_not_finite_stop_it_with_advice():
    windows = windows_of(genres())
    windows[0][:] = np.nan
    with pytest.raises(DivergedError, match=r"mel windows is nan.*--stage features"):
        cross_fit(deaf(), windows, seed=0)


def test_noise_weighs_nothing_but_for_one_in_twenty():
    weighed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        true = rng.integers(0, 3, 120)
        scores = np.eye(3)[true] + rng.normal(size=(120, 3))
        noise = rng.normal(size=(120, 3)).astype(np.float32)
        weighed += fit_calibration(scores, true, exclusive=True, heard=noise).hearing > 0
    assert weighed <= 4


def test_the_words_of_a_field_stand_together():
    assert heard_columns("genre", FIELDS["genre"]) == list(range(10))
    assert heard_columns("mood", FIELDS["mood"]) == list(range(10, 18))


def test_what_is_heard_weighs_as_much_as_makes_the_truth_likeliest():
    rng = np.random.default_rng(2)
    true = rng.integers(0, 3, 400)
    parts = [np.eye(3)[true] + rng.normal(size=(400, 3)) for _ in range(2)]
    scores, heard = (part.astype(np.float32) for part in parts)
    found = fit_calibration(scores, true, exclusive=True, heard=heard)
    assert found.hearing * found.temperature == pytest.approx(1, abs=0.3)  # both tell as much
