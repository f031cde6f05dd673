"""Tempo, key and confidence on composed clips that no weight was fitted on, clean and degraded.

Run: python -m benchmarks.accuracy.judge FIRST LAST [--others]
With --others, Essentia's and librosa's estimators are judged on the same clean clips.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.accuracy.clips import JUDGED_FROM, Truth, clips
from benchmarks.accuracy.degrade import DEGRADATIONS
from benchmarks.accuracy.nothing import BEATLESS, KEYLESS
from features.audio.reader import resample
from features.harmony.key import Key, estimate_key
from features.harmony.pitch import normalise_key
from features.rhythm.tempo import Tempo, estimate_tempo
from features.scores import key_scores, tempo_scores
from features.spectrum import ANALYSIS_RATE as SR

SURE = 0.8
MISTUNED_CENTS = (-40, 40)


@dataclass(frozen=True)
class Row:
    """One judged clip."""

    acc1: bool
    acc2: bool
    tempo_confidence: float
    key_score: float
    key_right: bool
    key_confidence: float


def judged(truth: Truth, tempo: Tempo, key: Key) -> Row:
    """How right one estimate is."""
    right = tempo_scores([tempo.bpm], [truth.tempo_bpm])
    return Row(
        acc1=bool(right.acc1),
        acc2=bool(right.acc2),
        tempo_confidence=tempo.confidence,
        key_score=key_scores([key.name], [truth.key]).mirex,
        key_right=key.name == truth.key,
        key_confidence=key.confidence,
    )


def line(name: str, rows: list[Row]) -> str:
    """One row of the table."""
    tempo_sure = [row.acc1 for row in rows if row.tempo_confidence > SURE]
    key_sure = [row.key_right for row in rows if row.key_confidence > SURE]
    cells = [
        name,
        str(len(rows)),
        f"{np.mean([row.acc1 for row in rows]):.3f}",
        f"{np.mean([row.acc2 for row in rows]):.3f}",
        f"{np.mean(tempo_sure):.3f} of {len(tempo_sure)}" if tempo_sure else "-",
        f"{np.mean([row.key_score for row in rows]):.3f}",
        f"{np.mean(key_sure):.3f} of {len(key_sure)}" if key_sure else "-",
    ]
    return f"| {' | '.join(cells)} |"


def others(y: np.ndarray) -> dict[str, Any]:
    """What other libraries' estimators answer."""
    import essentia

    essentia.log.infoActive = False
    import essentia.standard as es
    import librosa

    y44 = es.Resample(inputSampleRate=SR, outputSampleRate=44100)(y)
    found = {
        "Essentia degara": es.RhythmExtractor2013(method="degara")(y44)[0],
        "Essentia Percival": es.PercivalBpmEstimator()(y44),
        "librosa": float(np.atleast_1d(librosa.beat.beat_track(y=y, sr=SR)[0])[0]),
    }
    for profile in ("bgate", "edma"):
        tonic, scale, _ = es.KeyExtractor(profileType=profile)(y44)
        found[f"Essentia key {profile}"] = normalise_key(f"{tonic} {scale}")
    return found


def others_table(answers: list[dict[str, Any]], truths: list[Truth]) -> None:
    """Print how right the others are."""
    print("| estimator | clips | Acc1 | Acc2 | key MIREX |\n|---|---|---|---|---|")
    for name, first in answers[0].items():
        given = [answer[name] for answer in answers]
        if isinstance(first, str):
            score = key_scores(given, [truth.key for truth in truths])
            print(f"| {name} | {score.count} | | | {score.mirex:.3f} |")
        else:
            right = tempo_scores(given, [truth.tempo_bpm for truth in truths])
            print(f"| {name} | {right.count} | {right.acc1:.3f} | {right.acc2:.3f} | |")


def nothing(count: int) -> None:
    """Print how often sound without a beat or a key gets a number all the same."""
    print("| sound | clips | given a tempo | given a key |\n|---|---|---|---|")
    for name in dict.fromkeys([*BEATLESS, *KEYLESS]):
        make = {**BEATLESS, **KEYLESS}[name]
        sounds = [make(np.random.default_rng(JUDGED_FROM + n)) for n in range(count)]
        tempi = sum(estimate_tempo(y, SR).bpm is not None for y in sounds)
        keys = sum(estimate_key(y, SR).name is not None for y in sounds)
        print(f"| {name} | {count} | {tempi if name in BEATLESS else ''} |"
              f" {keys if name in KEYLESS else ''} |")  # fmt: skip


def mistuned(y: np.ndarray, cents: float) -> np.ndarray:
    """Played that much too high, and a little too fast."""
    return resample(y, round(SR * 2 ** (cents / 1200)), SR)


def main(first: int, last: int, *, with_others: bool) -> None:
    """Print the tables."""
    rows: dict[str, list[Row]] = {name: [] for name in DEGRADATIONS}
    by_genre: dict[str, list[Row]] = {}
    answers, truths = [], []
    keys: dict[int, list[str | None]] = {cents: [] for cents in MISTUNED_CENTS}
    for y, truth in clips(range(first, last)):
        for name, degrade in DEGRADATIONS.items():
            worse = degrade(y)
            row = judged(truth, estimate_tempo(worse, SR), estimate_key(worse, SR))
            rows[name].append(row)
            if name == "clean":
                by_genre.setdefault(truth.genre, []).append(row)
        for cents, names in keys.items():
            names.append(estimate_key(mistuned(y, cents), SR).name)
        truths.append(truth)
        if with_others:
            answers.append(others(y))
    print("| audio | clips | Acc1 | Acc2 | Acc1 where sure | key MIREX | key right where sure |")
    print("|---|---|---|---|---|---|---|")
    for name, group in [*rows.items(), *by_genre.items()]:
        print(line(name, group))
    print(line("all degradations", [row for group in rows.values() for row in group]))
    for cents, names in keys.items():
        score = key_scores(names, [truth.key for truth in truths])
        print(f"| {cents:+} cents | {score.count} | | | | {score.mirex:.3f} | |")
    if with_others:
        others_table(answers, truths)
    nothing((last - first) // 8)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), with_others="--others" in sys.argv)
