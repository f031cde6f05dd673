"""Fit the weights of features.rhythm.metre on composed clips, and write metre_weights.py there.

Beats are tracked at the true tempo, so that bars are judged apart from octaves. Each genre is
judged by weights that never saw it, then fresh clips by those that are written.
Run: python -m benchmarks.accuracy.fit_metre FITTED JUDGED
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np

from benchmarks.accuracy.clips import JUDGED_FROM, Example, examples
from benchmarks.accuracy.logistic import fit_binary, write_constants
from data_catalog.vocabulary import GENRES
from features.harmony.chroma import chroma_of
from features.rhythm import metre
from features.rhythm.beats import track_beats
from features.rhythm.periodicity import Rhythm, rhythm_of
from features.rhythm.tempo import refined

RIDGE = 0.003
WEIGHT_IN_THREE = 8.0  # there are far fewer of them
NEAR_S = 0.07
TARGET = Path(metre.__file__).with_name("metre_weights.py")


@dataclass(frozen=True)
class Case:
    """Beats (beats,) of a clip, what speaks for each, and whether it does open a bar."""

    example: Example
    rhythm: Rhythm
    beats_s: np.ndarray
    evidence: np.ndarray
    opens: np.ndarray

    @property
    def downbeats_s(self) -> np.ndarray:
        """The true ones."""
        truth = self.example.truth
        bar_s = self.example.beats_per_bar * 60 / truth.tempo_bpm
        return np.arange(0, float(self.beats_s[-1]) + NEAR_S, bar_s)


def case(example: Example) -> Case:
    """What an example teaches."""
    spectrum = example.spectrum
    rhythm = rhythm_of(spectrum.mel, chroma_of(spectrum).frames)
    beats = track_beats(rhythm.novelty[0], refined(rhythm, example.truth.tempo_bpm))
    place = beats * example.truth.tempo_bpm / 60
    near = np.abs(place - np.round(place)) * 60 / example.truth.tempo_bpm < NEAR_S
    opens = near & (np.round(place) % example.beats_per_bar == 0)
    return Case(example, rhythm, beats, metre.evidence(beats, rhythm), opens)


def fit(cases: list[Case]) -> np.ndarray:
    """Offset and weights of the logistic model."""
    weight = [
        np.full(len(c.opens), WEIGHT_IN_THREE if c.example.beats_per_bar == 3 else 1.0)
        for c in cases
    ]
    return fit_binary(
        np.concatenate([c.evidence for c in cases]),
        np.concatenate([c.opens for c in cases]),
        RIDGE,
        np.concatenate(weight),
    )


def judge(weights: np.ndarray, cases: list[Case]) -> np.ndarray:
    """For each case: whether the metre is right, and the F measure of downbeats within 70 ms."""
    rows = []
    for c in cases:
        bars = metre.bars_of(c.beats_s, c.rhythm, tuple(weights))
        score = mir_eval.beat.f_measure(c.downbeats_s, bars.downbeats_s.astype(float), NEAR_S)
        rows.append((bars.beats_per_bar == c.example.beats_per_bar, score))
    return np.array(rows, float)


def line(name: str, rows: np.ndarray) -> None:
    """Print one row of the table."""
    right, f = rows.mean(axis=0)
    print(f"| {name} | {len(rows)} | {right:.3f} | {f:.3f} |")


def main(count: int, judged: int) -> None:
    """Fit on the first ``count`` clips, judge on genres left out and on others."""
    cases = [case(e) for e in examples(range(count))]
    fresh = [case(e) for e in examples(range(JUDGED_FROM, JUDGED_FROM + judged))]
    print("| | clips | metre right | F of downbeats |\n|---|---|---|---|")
    for genre in GENRES:
        weights = fit([c for c in cases if c.example.truth.genre != genre])
        part = [c for c in cases if c.example.truth.genre == genre]
        line(f"{genre} left out", judge(weights, part))
    weights = fit(cases)
    found = judge(weights, fresh)
    for variant in dict.fromkeys(c.example.variant for c in fresh):
        line(f"fresh, {variant}", found[[c.example.variant == variant for c in fresh]])
    title = "Weights of features.rhythm.metre, written by benchmarks/accuracy/fit_metre.py."
    write_constants(TARGET, title, {"WEIGHTS": weights})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
