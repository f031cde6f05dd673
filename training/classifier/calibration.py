"""From scores to probabilities that hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

_LOGIT_BOUND: Final = 40.0
_BOUNDS: Final = [(-3, 8), (-8, 8), (0, 8)]
"""Of the logarithm of the temperature, of the offset, and of the weight of what was heard."""

_SURE_GAIN: Final = 1.92
"""Nats in all by which chance alone lowers a loss, with one weight more, once in 20 times."""


@dataclass(frozen=True)
class Calibration:
    """Turns scores ``z`` into ``z / temperature + offset + hearing * heard``.

    ``heard`` are log-odds told by stage ``mel``, which join the scores by the weight
    ``hearing``: a product of experts, Hinton (2002), in which 0 leaves the scores alone.
    """

    temperature: float = 1.0
    offset: float = 0.0
    hearing: float = 0.0


def probabilities(
    scores: np.ndarray,
    calibration: Calibration,
    *,
    exclusive: bool,
    heard: np.ndarray | None = None,
) -> np.ndarray:
    """Probabilities (n, classes) of ``scores`` (n, classes), and of ``heard``, as large, if any.

    ``exclusive``: softmax, rows sum to 1; else a logistic function for each class.
    """
    z = scores.astype(np.float64) / calibration.temperature + calibration.offset
    if heard is not None:
        z += calibration.hearing * heard.astype(np.float64)
    if exclusive:
        z = np.exp(z - z.max(axis=1, keepdims=True))
        return z / z.sum(axis=1, keepdims=True)
    return logistic(z)


def logistic(z: np.ndarray) -> np.ndarray:
    """Probabilities of log odds ``z``, of any shape."""
    p: np.ndarray = 1 / (1 + np.exp(-np.clip(z, -_LOGIT_BOUND, _LOGIT_BOUND)))
    return p


def log_odds(p: np.ndarray, least: float) -> np.ndarray:
    """Log odds of probabilities ``p``, of any shape, held between ``least`` and ``1 - least``."""
    inside = np.clip(p, least, 1 - least)
    found: np.ndarray = np.log(inside / (1 - inside))
    return found


def fit_calibration(
    scores: np.ndarray, true: np.ndarray, *, exclusive: bool, heard: np.ndarray | None = None
) -> Calibration:
    """The calibration under which ``true`` (n,) is most likely; ``scores`` must be held out.

    So must ``heard``, which counts only where a likelihood-ratio test (Wilks 1938, at 95%) says
    that it makes ``true`` likelier. One temperature for all classes (Guo et al. 2017) and, where
    classes are not exclusive, one offset too (Platt 1999), which class weights make necessary.
    """
    from scipy.optimize import minimize

    if not len(true):
        return Calibration()

    spread = np.log(max(float(scores.std()), 1.0))  # scores of a discriminant run to hundreds

    def fitted(hearing: list[float]) -> tuple[float, Calibration]:
        def of(values: np.ndarray) -> Calibration:
            offset = 0.0 if exclusive else float(values[1])
            return Calibration(float(np.exp(values[0])), offset, *map(float, values[2:]))

        def loss(values: np.ndarray) -> float:
            return _loss(scores, true, of(values), exclusive, heard)

        starts = [np.array([start, 0.0, *hearing]) for start in (0.0, spread)]
        bounds = _BOUNDS[: len(starts[0])]
        found = [minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts]
        best = min(found, key=lambda one: float(one.fun))
        return float(best.fun), of(best.x)

    deaf, calibration = fitted([])
    if heard is not None:
        best, hearing = fitted([1.0])
        if (deaf - best) * len(true) > _SURE_GAIN:
            return hearing
    return calibration


def calibrated_loss(scores: np.ndarray, true: np.ndarray, *, exclusive: bool) -> float:
    """Cross-entropy, nats a track, of held-out ``scores`` under the calibration that suits them."""
    return _loss(scores, true, fit_calibration(scores, true, exclusive=exclusive), exclusive)


def _loss(
    scores: np.ndarray,
    true: np.ndarray,
    calibration: Calibration,
    exclusive: bool,
    heard: np.ndarray | None = None,
) -> float:
    p = probabilities(scores, calibration, exclusive=exclusive, heard=heard)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    one_hot = np.eye(scores.shape[1])[true]
    said = one_hot * np.log(p)
    return -float((said if exclusive else said + (1 - one_hot) * np.log1p(-p)).sum(axis=1).mean())
