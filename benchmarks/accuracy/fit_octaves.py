"""Fit the weights of features.octaves on composed clips and write features/octave_weights.py.

Each clip is also used slowed down and sped up, which moves its tempo by a known factor. Judged are
fresh clips and, harder, each genre by weights that never saw it. The calibration is five-fold.
Run: python -m benchmarks.accuracy.fit_octaves FITTED JUDGED
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.accuracy.clips import clip
from features import octaves
from features.rhythm import rhythm_of
from features.spectrum import ANALYSIS_RATE, mel_bands
from features.tempo import candidate_tempi

FACTORS = (1.0, 0.85, 1.18)
RIDGE = 0.001
TOLERANCE = 0.04
TARGET = Path(octaves.__file__).with_name("octave_weights.py")


@dataclass(frozen=True)
class Example:
    """One clip at one speed: evidence (n, features), which candidates are right, and clarity."""

    number: int
    factor: float
    genre: str
    evidence: np.ndarray
    right: np.ndarray
    clarity: float


@cache
def example(number: int, factor: float) -> Example | None:
    """Evidence from a clip; None when its tempo at this speed isn't asked for anywhere."""
    from features.audio import resample

    y, truth = clip(number)
    rate = round(ANALYSIS_RATE * factor / 50) * 50
    bpm = truth.tempo_bpm * rate / ANALYSIS_RATE if factor != 1 else truth.tempo_bpm
    if not 60 <= bpm <= 180:
        return None
    rhythm = rhythm_of(mel_bands(resample(y, rate, ANALYSIS_RATE) if factor != 1 else y))
    tempi = candidate_tempi(rhythm)
    return Example(
        number,
        factor,
        truth.genre,
        octaves.evidence(rhythm, tempi),
        np.abs(tempi / bpm - 1) < TOLERANCE,
        float(rhythm.periodicity[0, 10:].max()),
    )


def fit(examples: list[Example], ridge: float = RIDGE) -> np.ndarray:
    """Weights of the multinomial logistic model with an L2 penalty in standardised units."""
    rows = np.concatenate([e.evidence for e in examples])
    scale = rows.std(axis=0) + 1e-6
    used = [e for e in examples if e.right.any()]

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = ridge * float(w @ w), 2 * ridge * w
        for e in used:
            x = e.evidence / scale
            score = x @ w
            p = np.exp(score - score.max())
            p /= p.sum()
            q = p * e.right
            total -= np.log(q.sum() + 1e-12) / len(used)
            slope = slope - x.T @ (q / (q.sum() + 1e-12) - p) / len(used)
        return total, slope

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B")
    return found.x / scale


def judge(weights: np.ndarray, examples: list[Example]) -> np.ndarray:
    """For each example: whether the heaviest is right, its log odds, and the clarity."""
    rows = []
    for e in examples:
        score = e.evidence @ weights
        p = np.exp(score - score.max())
        p /= p.sum()
        top = int(p.argmax())
        odds = np.log(np.clip(p[top], 1e-4, 1 - 1e-4) / np.clip(1 - p[top], 1e-4, 1))
        rows.append((float(e.right[top]), odds, e.clarity))
    return np.array(rows)


def calibrate(rows: np.ndarray) -> np.ndarray:
    """Offset and slopes of the confidence curve by penalised logistic regression."""
    x = np.column_stack([np.ones(len(rows)), rows[:, 1:]])
    y = rows[:, 0]

    def loss(w: np.ndarray) -> float:
        z = x @ w
        return float(np.mean(np.logaddexp(0, z) - y * z) + 0.003 * np.sum(w**2))

    return minimize(loss, np.zeros(3)).x


def write(weights: np.ndarray, calibration: np.ndarray) -> None:
    """Write the module of weights."""
    lines = [
        '"""Weights of features.octaves, written by benchmarks/accuracy/fit_octaves.py."""',
        "",
        "from typing import Final",
        "",
        f"CALIBRATION: Final = ({', '.join(f'{v:.4f}' for v in calibration)})",
        "WEIGHTS: Final = (",
        *(f"    {', '.join(f'{v:.4f}' for v in row)}," for row in np.array_split(weights, 6)),
        ")  # fmt: skip",
        "",
    ]
    TARGET.write_text("\n".join(lines))


def main(count: int, judged: int) -> None:
    """Fit on the first ``count`` clips, judge on the next ``judged`` and on genres left out."""
    found = [example(n, f) for n in range(count) for f in FACTORS]
    fitted = [e for e in found if e is not None]
    fresh = [e for n in range(count, count + judged) if (e := example(n, 1.0))]
    for ridge in (0.0003, 0.001, 0.003, 0.01):
        print(f"ridge {ridge}: fresh clips {judge(fit(fitted, ridge), fresh)[:, 0].mean():.3f}")
    left_out = []
    for genre in sorted({e.genre for e in fitted}):
        weights = fit([e for e in fitted if e.genre != genre])
        part = judge(weights, [e for e in fitted if e.genre == genre and e.factor == 1])
        print(f"{genre} left out of fitting: {part[:, 0].mean():.3f} of {len(part)}")
        left_out.append(part)
    print(f"all genres left out: {np.concatenate(left_out)[:, 0].mean():.3f}")
    weights = fit(fitted)
    write(weights, calibrate(_crossed(fitted)))


def _crossed(examples: list[Example]) -> np.ndarray:
    """Judgements of each clip by weights that were fitted without it, in five parts."""
    parts = []
    for part in range(5):
        weights = fit([e for e in examples if e.number % 5 != part])
        parts.append(judge(weights, [e for e in examples if e.number % 5 == part]))
    rows = np.concatenate(parts)
    print(f"five-fold: {rows[:, 0].mean():.3f} of {len(rows)}")
    return rows


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
