"""How far two sets of music are apart, over pretrained embeddings and tags."""

from __future__ import annotations

from typing import Final

import numpy as np

_SIZES: Final = 6
_DRAWS: Final = 4


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of the normal distributions fitted to ``a`` (n, d) and ``b`` (m, d).

    Source: Kilgour et al., "Fréchet Audio Distance" (2019). It is biased upwards for few rows;
    see ``frechet_unbiased``. Rank-deficient covariances are allowed: the trace of the root of
    S_a S_b is the sum of the singular values of the product of their triangular factors.

    >>> round(frechet(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0]])), 6)
    9.0
    """
    centred_a, centred_b = a - a.mean(axis=0), b - b.mean(axis=0)
    factor_a = centred_a / np.sqrt(max(len(a) - 1, 1))
    factor_b = centred_b / np.sqrt(max(len(b) - 1, 1))
    gap = float(np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2))
    product = _triangle(factor_a) @ _triangle(factor_b).T
    root = float(np.linalg.svd(product, compute_uv=False).sum())
    return gap + float(np.sum(factor_a**2) + np.sum(factor_b**2)) - 2 * root


def frechet_unbiased(made: np.ndarray, reference: np.ndarray, *, seed: int = 0) -> float:
    """The Fréchet distance that infinitely many rows would give.

    A line is fitted through the distances of ever larger samples against 1 / size; its value at
    zero is returned, and may be a little below zero for equal sets. Source: Gui et al., "Adapting
    Fréchet Audio Distance for Generative Music Evaluation" (2024). NaN for fewer than 8 rows.
    """
    most = min(len(made), len(reference))
    if most < 8:
        return float("nan")
    rng = np.random.default_rng(seed)
    sizes = np.unique(np.linspace(most / 2, most, _SIZES).astype(int))
    inverse, distances = [], []
    for size in sizes:
        for _ in range(_DRAWS):
            rows = [rng.choice(len(x), size, replace=False) for x in (made, reference)]
            inverse.append(1 / size)
            distances.append(frechet(made[rows[0]], reference[rows[1]]))
    return float(np.polyfit(inverse, distances, 1)[1])


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared maximum mean discrepancy under a Gaussian kernel, without bias at any size.

    The kernel is as wide as the median distance within ``b``, the reference. Source: Gretton et
    al. (2012), used on audio by Chung et al., "KAD" (2025). 0 for equal distributions.
    """
    within_a, within_b, between = _squared(a, a), _squared(b, b), _squared(a, b)
    off_b = within_b[~np.eye(len(b), dtype=bool)]
    width = float(np.median(off_b)) or 1.0
    k_a, k_b, k_ab = (np.exp(-d / width) for d in (within_a, within_b, between))
    n, m = len(a), len(b)
    if n < 2 or m < 2:
        return float("nan")
    return float(
        (k_a.sum() - n) / (n * (n - 1)) + (k_b.sum() - m) / (m * (m - 1)) - 2 * k_ab.mean()
    )


def tag_divergence(made: np.ndarray, reference: np.ndarray) -> float:
    """Kullback-Leibler divergence, nats, of the mean tags of ``reference`` from those ``made``.

    Both are probabilities (n, tags), summed to one after averaging.
    """
    p, q = (np.clip(x.mean(axis=0), 1e-6, None) for x in (reference, made))
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum(p * np.log(p / q)))


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of each row of ``a`` (n, d) with each of ``b`` (m, d): (n, m) in [-1, 1]."""
    x, y = (v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9) for v in (a, b))
    return x @ y.T


def _triangle(factor: np.ndarray) -> np.ndarray:
    """The triangular factor of ``factor``: as few rows as its rank needs."""
    return np.asarray(np.linalg.qr(factor, mode="r"))


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances (n, m)."""
    squares = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1)[None]
    return np.maximum(squares - 2 * a @ b.T, 0)
