"""Fit the confidence of features.harmony.key and write features/harmony/key_weights.py.

On composed clips, degraded ones, ones whose key changes half-way and sound without a key: the
confidence is to be low where there is no one key. Judged in five folds of clips.
Run: python -m benchmarks.accuracy.fit_key FITTED
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.clips import Example, examples, play, score_of
from benchmarks.accuracy.logistic import fit_binary, write_constants
from benchmarks.accuracy.nothing import BEATLESS, KEYLESS
from benchmarks.accuracy.variants import drums_alone
from data_catalog.vocabulary import GENRES
from features.harmony import key
from features.harmony.chroma import Chroma, chroma_of
from features.harmony.pitch import KEYS
from features.spectrum import analyse

RIDGE = 0.002
FOLDS = 5
ROUND = 2 * len(GENRES)  # clips until the first genre comes again
SURE = 0.8
TARGET = Path(key.__file__).with_name("key_weights.py")


@dataclass(frozen=True)
class Case:
    """What speaks for the best key of a sound, and whether it is right."""

    kind: str
    fold: int
    evidence: np.ndarray
    is_right: bool
    is_atonal: bool


def case(kind: str, number: int, chroma: Chroma, truth: str | None) -> Case:
    """What a sound teaches; ``truth`` None has no key."""
    best = KEYS[int(np.argmax(key.scores(chroma)))]
    fold = number // ROUND % FOLDS
    return Case(kind, fold, key.evidence(chroma), best == truth, key.is_atonal(chroma))


def composed(found: list[Example]) -> list[Case]:
    """Clips with their variants, and the halves of two clips of one genre joined."""
    heard = [(e, chroma_of(e.spectrum)) for e in found]
    cases = [case(e.variant, e.truth.number, c, e.truth.key) for e, c in heard]
    clean = [(e.truth, c) for e, c in heard if e.variant == "clean"]
    for (truth, chroma), (other, after) in zip(clean, clean[ROUND:], strict=False):
        if truth.key != other.key and truth.number % 2:
            cases.append(case("modulating", truth.number, _joined(chroma, after), None))
    return cases


def _joined(first: Chroma, second: Chroma) -> Chroma:
    half = min(len(first.frames), len(second.frames)) // 2
    return Chroma(
        np.concatenate([first.frames[:half], second.frames[-half:]]),
        first.tuning_cents,
        min(first.focus, second.focus),
        (first.held + second.held) / 2,
        (first.bass + second.bass) / 2,
    )


def keyless(count: int) -> list[Case]:
    """Drums alone, noise, speech-like sound and the like."""
    cases = []
    for number in range(count):
        if score := drums_alone(score_of(number)):
            chroma = chroma_of(analyse(play(score).astype(np.float32)))
            cases.append(case("drums alone", number, chroma, None))
    for name, make in {**KEYLESS, "drone": BEATLESS["drone"]}.items():
        for number in range(0, count, ROUND // 2):
            chroma = chroma_of(analyse(make(np.random.default_rng(number))))
            cases.append(case(name, number, chroma, None))
    return cases


def fit(cases: list[Case]) -> np.ndarray:
    """Offset and slopes of the confidence."""
    x = np.array([c.evidence for c in cases])
    mean, scale = x.mean(axis=0), x.std(axis=0)
    offset, *slopes = fit_binary((x - mean) / scale, np.array([c.is_right for c in cases]), RIDGE)
    slopes = np.array(slopes) / scale
    return np.concatenate([[offset - mean @ slopes], slopes])


def sureness(weights: np.ndarray, of: Case) -> float:
    """Confidence by other weights than those that are stored."""
    return float(1 / (1 + np.exp(-(weights[0] + of.evidence @ weights[1:]))))


def line(name: str, cases: list[Case], judged: list[tuple[Case, float]]) -> None:
    """Print one row of the table."""
    sure = [c.is_right for c, p in judged if p > SURE]
    cells = [
        name,
        str(len(cases)),
        str(sum(c.is_atonal for c in cases)),
        f"{np.mean([c.is_right and not c.is_atonal for c in cases]):.3f}",
        str(len(sure)),
        f"{np.mean(sure):.3f}" if sure else "-",
        f"{np.mean([p for _, p in judged]):.2f}" if judged else "-",
    ]
    print(f"| {' | '.join(cells)} |")


def main(count: int) -> None:
    """Fit, and print who is sure and right in folds that were not fitted on."""
    cases = composed(examples(range(count))) + keyless(count // 5)
    tonal = [c for c in cases if not c.is_atonal]
    judged: list[tuple[Case, float]] = []
    for fold in range(FOLDS):
        weights = fit([c for c in tonal if c.fold != fold])
        judged += [(c, sureness(weights, c)) for c in tonal if c.fold == fold]
    print("| sound | clips | no key | right | sure | right where sure | mean confidence |")
    print("|---|---|---|---|---|---|---|")
    for kind in dict.fromkeys(c.kind for c in cases):
        line(kind, [c for c in cases if c.kind == kind], [j for j in judged if j[0].kind == kind])
    line("all", cases, judged)
    title = "Weights of features.harmony.key, written by benchmarks/accuracy/fit_key.py."
    write_constants(TARGET, title, {"CALIBRATION": fit(tonal)})


if __name__ == "__main__":
    main(int(sys.argv[1]))
