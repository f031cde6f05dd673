"""The published scores of tempo and key estimates against truth.

Tempo: Gouyon et al., "An experimental comparison of audio tempo induction algorithms", IEEE TASLP
14(5), 2006. Key: the MIREX weighted score as mir_eval computes it, taken in both directions, so
that a fifth below counts as one above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TOLERANCE: Final = 0.04
"""Relative error that a right tempo may have."""

_OCTAVES: Final = (1.0, 2.0, 0.5, 3.0, 1.0 / 3.0)


@dataclass(frozen=True)
class TempoScores:
    """Shares in [0, 1] of ``count`` tracks; a missing estimate counts as wrong."""

    acc1: float
    acc2: float
    count: int


@dataclass(frozen=True)
class KeyScores:
    """Mean MIREX score and share of exact keys of ``count`` tracks; none counts as wrong."""

    mirex: float
    exact: float
    count: int


def tempo_scores(estimated: Sequence[float | None], true: Sequence[float]) -> TempoScores:
    """Acc1 (within 4%) and Acc2 (also of a double, half, triple or third) of tempi in BPM.

    >>> tempo_scores([120.0, 61.0, None], [121.0, 120.0, 90.0])
    TempoScores(acc1=0.3333333333333333, acc2=0.6666666666666666, count=3)
    """
    pairs = list(zip(estimated, true, strict=True))

    def share(factors: Sequence[float]) -> float:
        right = sum(
            bpm is not None and any(abs(bpm - f * t) <= TOLERANCE * f * t for f in factors)
            for bpm, t in pairs
        )
        return right / max(1, len(pairs))

    return TempoScores(share((1.0,)), share(_OCTAVES), len(pairs))


def key_scores(estimated: Sequence[str | None], true: Sequence[str]) -> KeyScores:
    """MIREX weighted score of keys spelled "F# minor".

    >>> key_scores(["C major", "G major", None], ["C major", "C major", "D minor"])
    KeyScores(mirex=0.5, exact=0.3333333333333333, count=3)
    """
    from mir_eval.key import weighted_score

    pairs = list(zip(estimated, true, strict=True))
    scores = [max(weighted_score(t, e), weighted_score(e, t)) if e else 0.0 for e, t in pairs]
    exact = sum(name == t for name, t in pairs)
    count = max(1, len(pairs))
    return KeyScores(float(sum(scores)) / count, exact / count, len(pairs))
