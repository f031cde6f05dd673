"""Composed clips with known tempo, key and bars, as written, without drums and in three.

Clip n is the same on every machine with the same composer: its genre goes round, its mood, tempo
and key are drawn from its own seed. Those below 1000 are for fitting, those from 1000 on for
judging. Spectra are kept in build/accuracy, in a folder of the composer's own digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import serving.composer
from benchmarks.accuracy.degrade import DEGRADATIONS
from benchmarks.accuracy.variants import in_three, without_drums
from data_catalog.vocabulary import GENRES, KEYS, MOODS, TEMPO_RANGE_BPM
from features.spectrum import ANALYSIS_RATE, Spectrum, analyse
from serving.composer import Brief, Score, compose, render

FOLDER = Path(__file__).parents[2] / "build" / "accuracy"
DURATION_S = 24.0
JUDGED_FROM = 1000
_FIELDS = ("mel", "peaks_hz", "peaks_weight", "peaks_frame", "long_frames", "duration_s")


@dataclass(frozen=True)
class Truth:
    """What clip ``number`` was asked to be."""

    number: int
    genre: str
    mood: str
    tempo_bpm: float
    key: str


@dataclass(frozen=True)
class Example:
    """Spectra of a clip. ``variant``: a degradation, "without drums" or "in three"."""

    truth: Truth
    variant: str
    spectrum: Spectrum

    @property
    def beats_per_bar(self) -> int:
        """Beats in a bar, as played."""
        return 3 if self.variant == "in three" else 4


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


def score_of(number: int, duration_s: float = DURATION_S) -> Score:
    """What is played in a clip."""
    wanted = truth(number)
    return compose(
        Brief(wanted.genre, wanted.mood, wanted.tempo_bpm, wanted.key, duration_s, seed=number)
    )


def play(score: Score) -> np.ndarray:
    """Mono samples (frames,) at the analysis rate."""
    return render(score, ANALYSIS_RATE, stems=False).mix.mean(axis=1)


def clips(numbers: range) -> Iterator[tuple[np.ndarray, Truth]]:
    """Clips as written."""
    return ((play(score_of(number)), truth(number)) for number in numbers)


def examples(numbers: range) -> list[Example]:
    """Spectra of clips, each as written and in some of its variants."""
    return [example for number in numbers for example in _examples(number)]


def _examples(number: int) -> list[Example]:
    path = FOLDER / composer_digest() / f"{number:04d}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        values: dict[str, Any] = {}
        for name, y in _variants(number).items():
            spectrum = analyse(np.ascontiguousarray(y, np.float32))
            values |= {f"{name}/{field}": getattr(spectrum, field) for field in _FIELDS}
        np.savez(path, **values)
    with np.load(path) as stored:
        names = dict.fromkeys(key.rsplit("/", 1)[0] for key in stored.files)
        return [
            Example(truth(number), name, _spectrum({f: stored[f"{name}/{f}"] for f in _FIELDS}))
            for name in names
        ]


def _spectrum(values: dict[str, np.ndarray]) -> Spectrum:
    frames, seconds = int(values.pop("long_frames")), float(values.pop("duration_s"))
    return Spectrum(**values, long_frames=frames, duration_s=seconds)


def _variants(number: int) -> dict[str, np.ndarray]:
    """By turns, so that no genre meets one variant only: drums left out, in three, degraded."""
    score = score_of(number)
    sounds = {"clean": play(score)}
    turn = (number // 20 + number) % 4
    if turn % 2 == 0 and (rest := without_drums(score)):
        sounds["without drums"] = play(rest)
    if turn == 1:
        sounds["in three"] = play(in_three(score_of(number, DURATION_S / 0.75)))
    if turn >= 2:
        sounds |= {name: degrade(sounds["clean"]) for name, degrade in DEGRADATIONS.items()}
    return sounds


@cache
def composer_digest() -> str:
    """Eight digits that change with the composer's code."""
    folder = Path(serving.composer.__file__).parent
    code = b"".join(path.read_bytes() for path in sorted(folder.rglob("*.py")))
    return hashlib.sha256(code).hexdigest()[:8]
