"""Penalised logistic models: one of several is right, or one thing is so or not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize


def fit_choice(
    options: Sequence[np.ndarray], right: Sequence[np.ndarray], ridge: float
) -> np.ndarray:
    """Weights (features,) of a multinomial model from ``options`` (n, features) of each case.

    ``right`` (n,) marks those that count as right; cases without any are left out. The penalty is
    on weights of standardised features.
    """
    scale = np.concatenate(options).std(axis=0) + 1e-6
    pairs = [(x / scale, r) for x, r in zip(options, right, strict=True) if r.any()]
    sizes = [len(x) for x, _ in pairs]
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    case = np.repeat(np.arange(len(pairs)), sizes)
    x = np.concatenate([x for x, _ in pairs])
    r = np.concatenate([r for _, r in pairs]).astype(float)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        score = x @ w
        power = np.exp(score - np.maximum.reduceat(score, start)[case])
        p = power / np.add.reduceat(power, start)[case]
        q = np.add.reduceat(p * r, start) + 1e-12
        value = float(-np.log(q).mean() + ridge * w @ w)
        return value, x.T @ (p - p * r / q[case]) / len(pairs) + 2 * ridge * w

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x / scale


def fit_binary(
    x: np.ndarray, is_so: np.ndarray, ridge: float, weight: np.ndarray | None = None
) -> np.ndarray:
    """Offset and slopes (1 + features,) from cases ``x`` (n, features); the offset is free."""
    x = np.column_stack([np.ones(len(x)), x])
    y = is_so.astype(float)
    share = np.ones(len(x)) if weight is None else weight / weight.mean()
    free = np.r_[0.0, np.ones(x.shape[1] - 1)]

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        value = float(np.mean(share * (np.logaddexp(0, z) - y * z)) + ridge * np.sum(free * w**2))
        return value, x.T @ (share * (1 / (1 + np.exp(-z)) - y)) / len(x) + 2 * ridge * free * w

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x


def write_constants(path: Path, title: str, values: dict[str, np.ndarray]) -> None:
    """Write arrays (n,) as a module of tuples."""
    lines = [f'"""{title}"""', "", "from typing import Final", ""]
    for name, array in values.items():
        rows = np.array_split(np.ravel(array), -(-array.size // 10))
        lines += [f"{name}: Final = ("]
        lines += [f"    {', '.join(f'{v:.4f}' for v in row)}," for row in rows]
        lines += [")  # fmt: skip"]
    path.write_text("\n".join([*lines, ""]))
