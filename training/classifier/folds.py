"""Folds that keep artists whole, and the curve of a training over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np


def mean_curve(curves: Sequence[Sequence[float]], weights: Sequence[int]) -> np.ndarray:
    """Loss after each epoch, the mean over fits; one that stopped early keeps its last."""
    length = max(map(len, curves))
    padded = [np.pad(curve, (0, length - len(curve)), mode="edge") for curve in curves]
    return np.average(padded, axis=0, weights=weights)


def group_folds(
    groups: np.ndarray, folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows inside and outside of each of ``folds`` folds; a group is never on both sides.

    With fewer groups than folds there are as many folds as groups; one group alone gives one fold
    that is inside and outside at once.
    """
    names = np.unique(groups)
    count = min(folds, len(names))
    if count < 2:
        yield np.arange(len(groups)), np.arange(len(groups))
        return
    fold_of = dict(
        zip(np.random.default_rng(seed).permutation(names), cycle(range(count)), strict=False)
    )
    fold = np.array([fold_of[group] for group in groups])
    for part in range(count):
        yield np.flatnonzero(fold != part), np.flatnonzero(fold == part)
