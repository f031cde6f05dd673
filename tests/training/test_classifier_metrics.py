import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.classifier.calibration import (
    Calibration,
    fit_calibration,
    probabilities,
)
from training.classifier.metrics import (
    average_precision,
    bootstrap,
    calibration_error,
    class_scores,
    confusion_matrix,
    macro_f1,
    roc_auc,
)

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@settings(deadline=None)
@given(LABELS)
def test_macro_f1_agrees_with_scikit_learn(pairs):
    sklearn = pytest.importorskip("sklearn.metrics")
    true, found = map(np.array, zip(*pairs, strict=True))
    theirs = sklearn.f1_score(
        true, found, labels=sorted(set(true)), average="macro", zero_division=0
    )
    assert macro_f1(confusion_matrix(true, found, 4)) == pytest.approx(theirs)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=60))
def test_areas_agree_with_scikit_learn(pairs):
    sklearn = pytest.importorskip("sklearn.metrics")
    true, score = (np.array(column) for column in zip(*pairs, strict=True))
    if 0 < true.sum() < len(true):
        assert roc_auc(true, score) == pytest.approx(sklearn.roc_auc_score(true, score))
        assert average_precision(true, score) == pytest.approx(
            sklearn.average_precision_score(true, score)
        )


def test_a_class_without_true_examples_is_left_out():
    confusion = confusion_matrix(np.array([0, 0]), np.array([0, 1]), 3)
    assert np.isnan(class_scores(confusion)[2][2])


def test_temperature_makes_overconfident_scores_hold():
    rng = np.random.default_rng(0)
    honest = rng.normal(size=(4000, 4))
    p = probabilities(honest, Calibration(), exclusive=True)
    true = np.array([rng.choice(4, p=row) for row in p])
    found = fit_calibration(honest * 5, true, exclusive=True)
    assert found.temperature == pytest.approx(5, rel=0.1)


def test_the_offset_undoes_a_shift_of_all_scores():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, 2000)
    scores = 2 * np.eye(4)[true] + rng.normal(size=(2000, 4)) + 3
    p = probabilities(scores, fit_calibration(scores, true, exclusive=False), exclusive=False)
    assert p.mean() == pytest.approx(1 / 4, abs=0.01)


def test_a_calibrated_coin_has_no_calibration_error():
    right = np.arange(1000) % 10 < 7
    assert calibration_error(np.full(1000, 0.7), right) == pytest.approx(0)


def test_one_artist_alone_makes_a_wide_interval():
    right = np.repeat([1.0, 0.0], 50)
    by_track = bootstrap(lambda rows: right[rows].mean(), np.arange(100), rounds=200)
    by_artist = bootstrap(lambda rows: right[rows].mean(), np.repeat([0, 1], 50), rounds=200)
    assert by_artist.high - by_artist.low > 2 * (by_track.high - by_track.low)
