"""From which confidence labels are given, so that the stated share of them is right.

Held-out confidences are turned into chances of being right by a logistic curve (Platt 1999), drawn
towards the confidences themselves. Tracks of one artist err together, so the curve's uncertainty is
that of whole artists: the covariance is the sandwich of Liang and Zeger (1986). A threshold passes
when the mean chance of all labels above it has a lower bound (one-sided, 90%, delta method) that
reaches the stated precision, and the labels seen there do too.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from training.classifier.calibration import log_odds, logistic

NEVER: Final = 1.01
"""A threshold that no probability passes: the class is never given."""

SURE: Final = 1.2816
"""Standard deviations below the estimate: 90% of a normal distribution lies above."""

ENOUGH: Final = 50
"""Held-out answers that a class needs for a threshold of its own."""

_PULL: Final = 1.0
"""Precision of the prior on the curve, about that of four tracks on the fence."""

_ROUNDS: Final = 60
_CERTAIN: Final = 1e-4


def fit_thresholds(
    p: np.ndarray, true: np.ndarray, groups: np.ndarray, *, precision: float
) -> np.ndarray:
    """For each class the lowest probability (classes,) from which its labels are given.

    ``p`` (n, classes) must be held out by group, ``groups`` (n,) as in ``metrics.bootstrap``. A
    class is given where it is the likeliest. Classes with fewer than ``ENOUGH`` answers share one
    threshold, judged on their answers together; ``NEVER`` where nothing is sure enough.
    """
    found, confidence = p.argmax(axis=1), p.max(axis=1, initial=0)
    right = (found == true).astype(float)
    answers = np.bincount(found, minlength=p.shape[1])
    thresholds = np.full(p.shape[1], NEVER)
    few = answers < ENOUGH
    parts = [few, *(np.arange(len(answers)) == label for label in np.flatnonzero(~few))]
    for classes in parts:
        rows = classes[found]
        thresholds[classes] = _threshold(confidence[rows], right[rows], groups[rows], precision)
    return thresholds


def sure_precision(confidence: np.ndarray, right: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Lower bound (n,) of the share right among each track and those before it.

    ``confidence`` (n,) falls; ``right`` (n,) is 0 or 1. At least two groups are needed.
    """
    x = np.stack([np.ones(len(confidence)), log_odds(confidence, _CERTAIN)], axis=1)
    weight, covariance = _curve(x, right, groups)
    chance = logistic(x @ weight)
    counts = np.arange(1, len(x) + 1)
    mean = np.cumsum(chance) / counts
    slope = np.cumsum(x * (chance * (1 - chance))[:, None], axis=0) / counts[:, None]
    spread = np.sqrt(np.einsum("ni,ij,nj->n", slope, covariance, slope))
    mean = np.clip(mean, _CERTAIN, 1 - _CERTAIN)
    return logistic(log_odds(mean, _CERTAIN) - SURE * spread / (mean * (1 - mean)))


def _threshold(
    confidence: np.ndarray, right: np.ndarray, groups: np.ndarray, precision: float
) -> float:
    if len(np.unique(groups)) < 2:
        return NEVER
    order = np.argsort(-confidence, kind="stable")
    falling, hits = confidence[order], right[order]
    seen = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    last = np.append(np.diff(falling) != 0, True)
    sure = sure_precision(falling, hits, groups[order]) >= precision
    good = np.flatnonzero(sure & (seen >= precision) & last)
    return float(falling[good[-1]]) if len(good) else NEVER


def _curve(x: np.ndarray, right: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (2,) of the curve and their covariance (2, 2), by Newton's method."""
    prior = np.array([0.0, 1.0])
    weight = prior.copy()
    for _ in range(_ROUNDS):
        chance = logistic(x @ weight)
        step = np.linalg.solve(
            _curvature(x, chance), x.T @ (right - chance) - _PULL * (weight - prior)
        )
        weight = weight + np.clip(step, -1, 1)
    chance = logistic(x @ weight)
    names, place = np.unique(groups, return_inverse=True)
    scores = np.zeros((len(names), 2))
    np.add.at(scores, place, x * (right - chance)[:, None])
    between = scores.T @ scores * len(names) / (len(names) - 1) + _PULL * np.eye(2)
    bread = np.linalg.inv(_curvature(x, chance))
    return weight, bread @ between @ bread


def _curvature(x: np.ndarray, chance: np.ndarray) -> np.ndarray:
    found: np.ndarray = (x * (chance * (1 - chance))[:, None]).T @ x + _PULL * np.eye(2)
    return found
