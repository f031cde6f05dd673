"""Figures for classifiers, on plain arrays.

Labels are class indices, integers (n,). Probabilities are (n, classes) in [0, 1]. Classes without a
single true example have no recall and are left out of macro averages, never counted as zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% bootstrap interval."""

    value: float
    low: float
    high: float


def confusion_matrix(true: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes): rows are the truth, columns what was found.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    return np.bincount(true * classes + found, minlength=classes**2).reshape(classes, classes)


def class_scores(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 of each class (classes,); NaN where nothing can be said."""
    hits = np.diag(confusion).astype(float)
    true, found = confusion.sum(axis=1), confusion.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hits / found, hits / true
        f1 = np.where(true > 0, 2 * hits / (true + found), np.nan)
    return precision, recall, f1


def macro_f1(confusion: np.ndarray) -> float:
    """Mean F1 over the classes that have true examples; NaN without any.

    >>> macro_f1(np.array([[2, 0], [0, 3]]))
    1.0
    """
    f1 = class_scores(confusion)[2]
    return float(np.nanmean(f1)) if np.isfinite(f1).any() else float("nan")


def accuracy(confusion: np.ndarray) -> float:
    """Share of right answers; NaN without examples."""
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def roc_auc(true: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve of a binary truth, by ranks with ties halved; NaN for one class.

    >>> roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    from scipy.stats import rankdata

    positive = true.astype(bool)
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def average_precision(true: np.ndarray, score: np.ndarray) -> float:
    """Area under the precision-recall curve as a step function; NaN without a positive.

    >>> round(average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 4)
    0.8333
    """
    positive = true.astype(bool)
    if not positive.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(positive[order])
    last = np.append(np.diff(score[order]) != 0, True)
    gained = np.diff(hits[last], prepend=0)
    return float(np.sum(gained * hits[last] / (np.flatnonzero(last) + 1)) / hits[-1])


def calibration_bins(
    confidence: np.ndarray, right: np.ndarray, bins: int = 10
) -> list[tuple[float, float, int]]:
    """Mean confidence, share right and count of each of ``bins`` equal parts of [0, 1] in use."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[place == b].mean()), float(right[place == b].mean()), int(count))
        for b, count in enumerate(np.bincount(place, minlength=bins))
        if count
    ]


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and share right, by counts.

    Source: Guo et al., "On Calibration of Modern Neural Networks" (2017).

    >>> calibration_error(np.array([0.75, 0.75]), np.array([True, False]))
    0.25
    """
    if not len(confidence):
        return float("nan")
    parts = calibration_bins(confidence, right, bins)
    return sum(abs(said - was) * count for said, was, count in parts) / len(confidence)


def bootstrap(
    figure: Callable[[np.ndarray], float],
    groups: np.ndarray,
    *,
    seed: int = 0,
    rounds: int = 1000,
) -> Interval:
    """``figure`` of all rows, with the middle 95% of ``rounds`` resamples of whole groups.

    ``figure`` takes row indices. ``groups`` (n,) names what is drawn together, such as the artist:
    tracks of one artist are no independent evidence. Rounds without a figure are left out.
    """
    rows_of = _rows_by_group(groups)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(rows_of), (rounds, len(rows_of)))
    values = np.array([figure(np.concatenate([rows_of[g] for g in draw])) for draw in draws])
    values = values[np.isfinite(values)]
    value = figure(np.arange(len(groups)))
    if not len(values):
        return Interval(value, value, value)
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(value, float(low), float(high))


def _rows_by_group(groups: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(groups[order][1:] != groups[order][:-1]) + 1
    return np.split(order, starts)
