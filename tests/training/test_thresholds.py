import numpy as np
import pytest

from training.classifier.thresholds import NEVER, fit_thresholds, sure_precision


def answers(tracks: int, artists: int, *, seed: int = 0, luck: float = 0.0):
    """Two-class probabilities, truth and artists; ``luck`` is how far artists differ, logits.

    Without luck a track is right as often as its confidence says.
    """
    rng = np.random.default_rng(seed)
    artist = np.arange(tracks) % artists
    confidence = rng.uniform(0.5, 1, tracks)
    logit = np.log(confidence / (1 - confidence)) + luck * rng.normal(size=artists)[artist]
    right = rng.random(tracks) < 1 / (1 + np.exp(-logit))
    return np.stack([confidence, 1 - confidence], axis=1), np.where(right, 0, 1), artist


def test_calibrated_answers_are_given_down_to_the_stated_precision():
    threshold = fit_thresholds(*answers(4000, 400), precision=0.9)[0]
    assert 0.78 < threshold < 0.86  # the mean of the confidences above 0.8 is 0.9


def test_the_stated_precision_holds_on_other_artists():
    given = right = 0
    for seed in range(60):
        threshold = fit_thresholds(*answers(120, 30, seed=seed, luck=1.0), precision=0.9)[0]
        p, true, _ = answers(2000, 500, seed=1000 + seed, luck=1.0)
        told = p[:, 0] >= threshold
        given, right = given + told.sum(), right + (true[told] == 0).sum()
    assert given > 0.05 * 60 * 2000
    assert right / given >= 0.9


def test_a_class_that_is_never_right_is_never_given():
    p = np.tile([0.9, 0.1], (20, 1))
    assert fit_thresholds(p, np.ones(20, int), np.arange(20), precision=0.9)[0] == NEVER


@pytest.mark.parametrize(("tracks", "given"), [(5, False), (60, True)])
def test_a_few_lucky_tracks_are_no_evidence(tracks, given):
    p = np.tile([0.9, 0.1], (tracks, 1))
    found = fit_thresholds(p, np.zeros(tracks, int), np.arange(tracks), precision=0.9)
    assert (found[0] < NEVER) == given


def test_one_artist_alone_is_no_evidence():
    p = np.tile([0.9, 0.1], (60, 1))
    assert fit_thresholds(p, np.zeros(60, int), np.zeros(60), precision=0.9)[0] == NEVER


def test_tracks_of_few_artists_are_less_sure_than_as_many_artists():
    p, true, artist = answers(300, 10, luck=2.0)
    order = np.argsort(-p[:, 0])
    confidence, right = p[order, 0], (true[order] == 0).astype(float)
    by_artist = sure_precision(confidence, right, artist[order])
    by_track = sure_precision(confidence, right, np.arange(300))
    assert by_artist[-1] < by_track[-1] - 0.02


def test_a_class_of_few_answers_shares_the_threshold_of_its_like():
    p = np.concatenate([np.tile([0.95, 0.05, 0.0], (40, 1)), np.tile([0.0, 0.05, 0.95], (20, 1))])
    true = np.repeat([0, 2], [40, 20])
    assert fit_thresholds(p, true, np.arange(60), precision=0.9).tolist() == [0.95, 0.95, 0.95]


def test_a_class_with_many_answers_is_judged_alone():
    p = np.concatenate([np.tile([0.95, 0.05], (200, 1)), np.tile([0.05, 0.95], (200, 1))])
    true = np.concatenate([np.zeros(200, int), np.tile([0, 1], 100)])
    found = fit_thresholds(p, true, np.arange(400), precision=0.9)
    assert found.tolist() == [0.95, NEVER]
