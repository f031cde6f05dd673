"""Tempo, key and confidence on composed clips that no weight was fitted on, clean and degraded.

Run: python -m benchmarks.accuracy.judge FIRST LAST [--others]
With --others, Essentia's estimators are judged on the same clean clips.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import mir_eval
import numpy as np

from benchmarks.accuracy.clips import Truth, clips
from benchmarks.accuracy.degrade import DEGRADATIONS
from features.key import Key, estimate_key
from features.pitch import normalise_key
from features.spectrum import ANALYSIS_RATE as SR
from features.tempo import Tempo, estimate_tempo

TOLERANCE = 0.04
FACTORS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
SURE = 0.8


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
    ratio = (tempo.bpm or 1.0) / truth.tempo_bpm
    return Row(
        acc1=abs(ratio - 1) < TOLERANCE,
        acc2=any(abs(ratio / factor - 1) < TOLERANCE for factor in FACTORS),
        tempo_confidence=tempo.confidence,
        key_score=mirex(truth.key, key.name),
        key_right=key.name == truth.key,
        key_confidence=key.confidence,
    )


def mirex(reference: str, estimate: str | None) -> float:
    """MIREX weighted score, with fifths counted both ways."""
    if estimate is None:
        return 0.0
    scores = mir_eval.key.evaluate(reference, estimate, allow_descending_fifths=True)
    return float(scores["Weighted Score"])


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


def others(numbers: range) -> None:
    """Essentia's own estimators on the clean clips."""
    import essentia

    essentia.log.infoActive = False
    import essentia.standard as es

    hits: dict[str, list[float]] = {}
    for y, truth in clips(numbers):
        y44 = es.Resample(inputSampleRate=SR, outputSampleRate=44100)(y)
        found = {
            "degara": es.RhythmExtractor2013(method="degara")(y44)[0],
            "multifeature": es.RhythmExtractor2013(method="multifeature")(y44)[0],
            "Percival": es.PercivalBpmEstimator()(y44),
        }
        for name, bpm in found.items():
            hits.setdefault(name, []).append(abs(bpm / truth.tempo_bpm - 1) < TOLERANCE)
        for profile in ("bgate", "edma"):
            tonic, scale, _ = es.KeyExtractor(profileType=profile)(y44)
            score = mirex(truth.key, normalise_key(f"{tonic} {scale}"))
            hits.setdefault(f"key {profile}", []).append(score)
    for name, values in hits.items():
        print(f"| Essentia {name} | {len(values)} | {np.mean(values):.3f} |")


def main(first: int, last: int) -> None:
    """Print the table."""
    numbers = range(first, last)
    rows: dict[str, list[Row]] = {name: [] for name in DEGRADATIONS}
    by_genre: dict[str, list[Row]] = {}
    for y, truth in clips(numbers):
        for name, degrade in DEGRADATIONS.items():
            worse = degrade(y)
            row = judged(truth, estimate_tempo(worse, SR), estimate_key(worse, SR))
            rows[name].append(row)
            if name == "clean":
                by_genre.setdefault(truth.genre, []).append(row)
    print("| audio | clips | Acc1 | Acc2 | Acc1 where sure | key MIREX | key right where sure |")
    print("|---|---|---|---|---|---|---|")
    for name, group in [*rows.items(), *by_genre.items()]:
        print(line(name, group))
    print(line("all degradations", [row for group in rows.values() for row in group]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
    if "--others" in sys.argv:
        others(range(int(sys.argv[1]), int(sys.argv[2])))
