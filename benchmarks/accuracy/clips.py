"""Composed clips with known tempo and key, kept in build/accuracy so that they are made once.

Clip n is the same on every machine: its genre goes round, its mood, tempo and key are drawn from
its own seed. The first 200 are for fitting, those from 200 on for judging.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from data_catalog.vocabulary import GENRES, KEYS, MOODS, TEMPO_RANGE_BPM
from features.audio import decode, encode
from features.spectrum import ANALYSIS_RATE

FOLDER = Path(__file__).parents[2] / "build" / "accuracy"
DURATION_S = 24.0


@dataclass(frozen=True)
class Truth:
    """What clip ``number`` was asked to be."""

    number: int
    genre: str
    mood: str
    tempo_bpm: float
    key: str


def truth(number: int) -> Truth:
    """The truth of a clip, drawn from its number."""
    rng = np.random.default_rng(number)
    low, high = TEMPO_RANGE_BPM
    return Truth(
        number=number,
        genre=GENRES[number // 2 % len(GENRES)],
        mood=str(rng.choice(list(MOODS))),
        tempo_bpm=round(float(rng.uniform(low, high)), 2),
        key=str(rng.choice(KEYS)),
    )


def clip(number: int) -> tuple[np.ndarray, Truth]:
    """Mono samples at the analysis rate, and the truth; composed when it isn't there yet."""
    path = FOLDER / f"{number:04d}.flac"
    wanted = truth(number)
    if not path.exists():
        _make(path, wanted)
    return decode(path).samples[:, 0], wanted


def clips(numbers: range) -> Iterator[tuple[np.ndarray, Truth]]:
    """Several clips."""
    return (clip(number) for number in numbers)


def _make(path: Path, wanted: Truth) -> None:
    from serving.composer import Brief, compose, render

    path.parent.mkdir(parents=True, exist_ok=True)
    brief = Brief(
        wanted.genre, wanted.mood, wanted.tempo_bpm, wanted.key, DURATION_S, seed=wanted.number
    )
    mix = render(compose(brief), ANALYSIS_RATE, stems=False).mix
    encode(path, mix.mean(axis=1), ANALYSIS_RATE, tags={"COMMENT": json.dumps(asdict(wanted))})


if __name__ == "__main__":
    import sys

    for number in range(*map(int, sys.argv[1:])):
        clip(number)
