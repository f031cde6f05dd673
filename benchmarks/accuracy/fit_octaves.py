"""Fit the weights of features.rhythm.octaves on composed clips; write octave_weights.py there.

Judged are fresh clips and, harder, each genre by weights that never saw it; confidence is fitted on
the latter, so that it holds for music unlike that of the fit.
Run: python -m benchmarks.accuracy.fit_octaves FITTED JUDGED
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy.clips import JUDGED_FROM, Example, examples
from benchmarks.accuracy.logistic import fit_binary, fit_choice, write_constants
from data_catalog.vocabulary import GENRES
from features.harmony.chroma import chroma_of
from features.rhythm import octaves
from features.rhythm.periodicity import HARMONY_RATE, Rhythm, rhythm_of, value_at
from features.rhythm.tempo import candidate_tempi
from features.scores import TOLERANCE

RIDGE = 0.003
WEIGHT_AS_WRITTEN = 3
TARGET = Path(octaves.__file__).with_name("octave_weights.py")


@dataclass(frozen=True)
class Case:
    """Evidence (n, features) of one clip's candidates, also with chords twice as quick."""

    genre: str
    variant: str
    tempo_bpm: float
    evidence: np.ndarray
    quicker: np.ndarray
    right: np.ndarray
    clarity: float


def case(example: Example) -> Case:
    """What an example teaches."""
    spectrum = example.spectrum
    rhythm = rhythm_of(spectrum.mel, chroma_of(spectrum).frames)
    tempi = candidate_tempi(rhythm)
    return Case(
        example.truth.genre,
        example.variant,
        example.truth.tempo_bpm,
        octaves.evidence(rhythm, tempi),
        octaves.evidence(_quicker(rhythm), tempi),
        np.abs(tempi / example.truth.tempo_bpm - 1) < TOLERANCE,
        octaves.clarity(rhythm),
    )


def _quicker(rhythm: Rhythm) -> Rhythm:
    """As if chords changed twice as often: composed ones seldom last less than a bar."""
    lags = 2 * np.arange(len(rhythm.harmony)) / HARMONY_RATE
    return replace(rhythm, harmony=value_at(rhythm.harmony, lags, HARMONY_RATE))


def fit(cases: list[Case]) -> np.ndarray:
    """Weights of the multinomial logistic model."""
    options = [x for c in cases for x in (*[c.evidence] * WEIGHT_AS_WRITTEN, c.quicker)]
    right = [c.right for c in cases for _ in range(WEIGHT_AS_WRITTEN + 1)]
    return fit_choice(options, right, RIDGE)


def judge(weights: np.ndarray, cases: list[Case]) -> np.ndarray:
    """For each case: whether the heaviest is right, its log odds, and the clarity."""
    rows = []
    for c in cases:
        score = c.evidence @ weights
        p = np.exp(score - score.max())
        p /= p.sum()
        top = int(p.argmax())
        rows.append((float(c.right[top]), octaves.log_odds(float(p[top])), c.clarity))
    return np.array(rows)


def by_genre_left_out(cases: list[Case]) -> np.ndarray:
    """Judgements of each genre by weights that were fitted without it."""
    parts = []
    for genre in GENRES:
        weights = fit([c for c in cases if c.genre != genre])
        part = [c for c in cases if c.genre == genre]
        rows = judge(weights, part)
        clean = rows[[c.variant == "clean" for c in part], 0]
        print(f"| {genre} left out | {clean.mean():.3f} of {len(clean)} |"
              f" {rows[:, 0].mean():.3f} of {len(rows)} |")  # fmt: skip
        parts.append(rows)
    return np.concatenate(parts)


def by_tempo_left_out(cases: list[Case]) -> None:
    """Judgements of each range of tempi by weights that were fitted without it."""
    for low, high in ((60, 90), (90, 120), (120, 150), (150, 180)):
        inside = [c for c in cases if low <= c.tempo_bpm < high]
        rows = judge(fit([c for c in cases if not low <= c.tempo_bpm < high]), inside)
        print(f"| {low}-{high} BPM left out | | {rows[:, 0].mean():.3f} of {len(rows)} |")


def sure(name: str, rows: np.ndarray, calibration: np.ndarray) -> None:
    """Print how many are above 0.8 and how many of those are right."""
    confidence = 1 / (1 + np.exp(-(calibration[0] + rows[:, 1:] @ calibration[1:])))
    above = rows[confidence > 0.8, 0]
    print(f"{name}: confidence over 0.8 for {len(above)} of {len(rows)}, right {above.mean():.3f}")


def main(count: int, judged: int) -> None:
    """Fit on the first ``count`` clips, judge on others and on genres left out."""
    cases = [case(e) for e in examples(range(count))]
    fresh = [case(e) for e in examples(range(JUDGED_FROM, JUDGED_FROM + judged))]
    print("| | as written | with variants |\n|---|---|---|")
    left_out = by_genre_left_out(cases)
    by_tempo_left_out(cases)
    weights = fit(cases)
    found = judge(weights, fresh)
    clean = found[[c.variant == "clean" for c in fresh], 0]
    print(f"| fresh clips | {clean.mean():.3f} of {len(clean)} |"
          f" {found[:, 0].mean():.3f} of {len(found)} |")  # fmt: skip
    calibration = fit_binary(left_out[:, 1:], left_out[:, 0], RIDGE)
    sure("genres left out", left_out, calibration)
    sure("fresh clips", found, calibration)
    title = "Weights of features.rhythm.octaves, written by benchmarks/accuracy/fit_octaves.py."
    write_constants(TARGET, title, {"CALIBRATION": calibration, "WEIGHTS": weights})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
