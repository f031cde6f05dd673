"""Whether a track is like what a model learnt from; a label for anything else says nothing.

A confidence holds for music like the training tracks. Of other music a head is sure all the same,
so a label needs both. How far a track lies from the training tracks is its Mahalanobis distance by
the descriptors, the covariance drawn towards a multiple of the identity: Lee et al., "A Simple
Unified Framework for Detecting Out-of-Distribution Samples" (2018), with one mean for all classes,
which told people's music from composed as well as one for each. The embedding is left out: with a
few dozen tracks its 200 inputs more are noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.classifier.heads import standardised

LOST: Final = 0.05
"""Share of held-out tracks, like those learnt from, that may be refused."""

SHRINKAGE: Final = 0.1
"""Share of the identity in the covariance."""


@dataclass(frozen=True)
class Guard:
    """The training tracks as one cloud. ``mean``, ``scale``, ``centre`` (d,), ``whitening`` (d, d).

    A track farther than ``limit`` from the centre is unlike them.
    """

    mean: np.ndarray
    scale: np.ndarray
    centre: np.ndarray
    whitening: np.ndarray
    limit: float

    def distances(self, inputs: np.ndarray) -> np.ndarray:
        """Mahalanobis distance (n,) of ``inputs`` (n, at least d), whose last d are descriptors."""
        x = standardised(inputs[:, -len(self.mean) :], self.mean, self.scale)
        found: np.ndarray = np.linalg.norm((x - self.centre) @ self.whitening, axis=1)
        return found

    def knows(self, inputs: np.ndarray) -> np.ndarray:
        """Whether each of ``inputs`` (n, at least d) is like what was learnt from, bool (n,)."""
        near: np.ndarray = self.distances(inputs) <= self.limit
        return near


def fit_guard(descriptors: np.ndarray, folds: Iterable[tuple[np.ndarray, np.ndarray]]) -> Guard:
    """The guard of ``descriptors`` (n, d), its limit such that ``LOST`` of held-out tracks pass it.

    ``folds`` are rows inside and outside of each fold: a track's distance is measured from tracks
    without those of its artist. With fewer than 19 tracks the farthest is the limit.
    """
    held = np.zeros(len(descriptors))
    for inside, outside in folds:
        held[outside] = _cloud(descriptors[inside]).distances(descriptors[outside])
    rank = min(int(np.ceil((len(held) + 1) * (1 - LOST))), len(held)) - 1
    return _cloud(descriptors, float(np.sort(held)[rank]))


def _cloud(descriptors: np.ndarray, limit: float = np.inf) -> Guard:
    mean, scale = descriptors.mean(axis=0), descriptors.std(axis=0)
    mean, scale = mean.astype(np.float32), np.where(scale > 1e-6, scale, 1).astype(np.float32)
    x = standardised(descriptors, mean, scale).astype(np.float64)
    centre = x.mean(axis=0)
    covariance = (x - centre).T @ (x - centre) / len(x)
    size = max(float(np.trace(covariance)) / len(centre), 1e-6)
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * size * np.eye(len(centre))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T
    return Guard(mean, scale, centre.astype(np.float32), whitening.astype(np.float32), limit)
