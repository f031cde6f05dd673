"""Linear discriminant analysis with shrinkage: a linear head in one step, for few tracks.

Source: Fisher (1936); the covariance drawn towards a multiple of the identity as by Ledoit and
Wolf (2004), with the share as a setting. With a hundred tracks and as many inputs it is right where
descent stops too early or fits noise.
"""

from __future__ import annotations

from typing import Final

import numpy as np

UNSEEN: Final = -1e4
"""Score of a class without a track: never the likeliest, and finite under any temperature."""


def discriminant(
    x: np.ndarray, labels: np.ndarray, classes: int, *, shrinkage: float, exclusive: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Weight (classes, d) and bias (classes,) of a linear head over standardised ``x`` (n, d).

    ``shrinkage`` in (0, 1] is the share of the identity in the covariance within classes.
    ``exclusive``: scores are log-likelihoods of the classes plus their priors, else each is the
    log-odds of its class against all others together.

    >>> x = np.array([[-1.0], [-1.2], [1.0], [1.2]])
    >>> weight, bias = discriminant(x, np.array([0, 0, 1, 1]), 2, shrinkage=0.5, exclusive=True)
    >>> (x @ weight.T + bias).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    one_hot = np.eye(classes)[labels]
    counts = one_hot.sum(axis=0)
    seen = counts > 0
    overall = x.mean(axis=0, dtype=np.float64)
    z = x - overall
    means = one_hot.T @ z / np.maximum(counts, 1)[:, None]
    within = z - means[labels]
    covariance = within.T @ within / max(len(x) - int(seen.sum()), 1)
    size = max(float(np.trace(covariance)) / x.shape[1], 1e-6)
    covariance = (1 - shrinkage) * covariance + shrinkage * size * np.eye(x.shape[1])
    rest = np.zeros_like(means)
    prior = np.log((counts + 0.5) / (len(x) + 0.5 * classes))
    if not exclusive:
        others = len(x) - counts
        rest = -(counts / np.maximum(others, 1))[:, None] * means
        prior = np.log((counts + 0.5) / (others + 0.5))
    weight = np.linalg.solve(covariance, (means - rest).T).T
    bias = prior - 0.5 * np.einsum("cd,cd->c", means + rest, weight)
    weight[~seen], bias[~seen] = 0, UNSEEN
    return weight.astype(np.float32), (bias - weight @ overall).astype(np.float32)
