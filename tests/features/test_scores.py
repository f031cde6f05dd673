"""Scores on hand-made answers."""

import pytest

from features.scores import key_scores, tempo_scores


@pytest.mark.parametrize(
    ("estimated", "acc1", "acc2"),
    [(120.0, 1, 1), (124.7, 1, 1), (126.0, 0, 0), (60.0, 0, 1), (360.0, 0, 1), (None, 0, 0)],
)
def test_tempo_is_right_within_four_percent(
    estimated: float | None, acc1: float, acc2: float
) -> None:
    scores = tempo_scores([estimated], [120.0])

    assert (scores.acc1, scores.acc2) == (acc1, acc2)


@pytest.mark.parametrize(
    ("estimated", "score"),
    [("A minor", 1.0), ("E minor", 0.5), ("D minor", 0.5), ("C major", 0.3), ("A major", 0.2)],
)
def test_key_score_forgives_as_mirex_does(estimated: str, score: float) -> None:
    assert key_scores([estimated], ["A minor"]).mirex == pytest.approx(score)
