"""How alike two acoustic fingerprints are once the one is shifted along the other.

Copies of a recording differ in a few bits of each word, unlike recordings in nearly half of them
(bit error rate: Haitsma and Kalker, 2002). The offset is the one that equal words vote for; where
none do, every offset is tried at once, by a correlation of the bits through the Fourier transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Real = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WORD_S: Final = 1365 / 11_025
"""Time between two words, seconds."""

_BLOCK: Final = 16
_ALIKE: Final = 0.4
"""Similarity from which a block of words (2 s) counts as the same sound."""

_LEAST_WORDS: Final = 16
_PLAIN: Final = 0.9
"""Share of the shorter fingerprint that must agree for an offset to need no other tried."""

_STILL_RUN: Final = 4
"""A word that lasts so long says silence or a held tone, and nothing about the recording."""


@dataclass(frozen=True)
class Match:
    """The best alignment of two fingerprints.

    ``similarity``: share of equal bits where the two sound alike, rescaled so that unrelated music
    is 0 and equal music 1. ``overlap_s``: for how long they sound alike, seconds, pauses left out.
    ``offset_s``: seconds by which the second starts later in the first.
    """

    similarity: float
    offset_s: float
    overlap_s: float


NO_MATCH: Final = Match(0.0, 0.0, 0.0)


def compare(a: Words, b: Words) -> Match:
    """The best alignment of two fingerprints (n,) and (m,), and where the two agree in it.

    Words of silence and of held tones are left out, so that two songs with long pauses differ.
    """
    told_a, told_b = _telling(a), _telling(b)
    least = min(told_a.sum(), told_b.sum())
    if least < _LEAST_WORDS:
        return NO_MATCH
    voted = _aligned(a, told_a, b, told_b, _voted_offset(a, told_a, b, told_b))
    if voted.overlap_s >= _PLAIN * least * WORD_S:
        return voted
    tried = _aligned(a, told_a, b, told_b, _offset_by_correlation(a, told_a, b, told_b))
    return max(tried, voted, key=lambda match: match.similarity * match.overlap_s)


def _aligned(a: Words, told_a: Flags, b: Words, told_b: Flags, offset: int) -> Match:
    """Where two fingerprints agree when the second starts ``offset`` words later."""
    x, y, told = _laid_over(a, told_a, b, told_b, offset)
    equal = 1.0 - np.bitwise_count(x ^ y) / 16.0
    alike = told & (_smoothed(equal, told) >= _ALIKE)
    if alike.sum() < _LEAST_WORDS:
        return NO_MATCH
    return Match(float(equal[alike].mean()), offset * WORD_S, float(alike.sum() * WORD_S))


def _laid_over(
    a: Words, told_a: Flags, b: Words, told_b: Flags, offset: int
) -> tuple[Words, Words, Flags]:
    """The overlapping parts, and where both of them say something."""
    start_a, start_b = max(0, offset), max(0, -offset)
    length = max(0, min(len(a) - start_a, len(b) - start_b))
    end_a, end_b = start_a + length, start_b + length
    return a[start_a:end_a], b[start_b:end_b], told_a[start_a:end_a] & told_b[start_b:end_b]


def sounding_s(words: Words) -> float:
    """Seconds of a fingerprint (n,) that say something: without silence and held tones."""
    return float(_telling(words).sum() * WORD_S)


def _telling(words: Words) -> Flags:
    """True where a word is not part of a run of ``_STILL_RUN`` or more equal words."""
    if len(words) == 0:
        return np.zeros(0, dtype=bool)
    starts = np.flatnonzero(np.r_[True, words[1:] != words[:-1]])
    lengths = np.diff(np.r_[starts, len(words)])
    return np.repeat(lengths < _STILL_RUN, lengths)


def _voted_offset(a: Words, told_a: Flags, b: Words, told_b: Flags) -> int:
    """The offset that brings most equal words together; 0 where no word is in both."""
    in_both, at_a, at_b = np.intersect1d(
        np.where(told_a, a, np.int64(-1)), np.where(told_b, b, np.int64(-2)), return_indices=True
    )
    if len(in_both) == 0:
        return 0
    offsets, votes = np.unique(at_a - at_b, return_counts=True)
    return int(offsets[np.argmax(votes)])


def _offset_by_correlation(a: Words, told_a: Flags, b: Words, told_b: Flags) -> int:
    """The offset at which equal bits exceed chance most, in standard deviations."""
    size = 1 << int(np.ceil(np.log2(len(a) + len(b))))
    product = _bit_spectra(a, told_a, size) * _bit_spectra(b, told_b, size).conj()
    spectrum = product.sum(axis=0)
    agreement = np.fft.irfft(spectrum, size) / 32.0
    both = np.fft.irfft(
        np.fft.rfft(told_a.astype(np.float32), size)
        * np.fft.rfft(told_b.astype(np.float32), size).conj(),
        size,
    )
    both = np.maximum(np.rint(both), 0.0)
    score = np.where(both >= _LEAST_WORDS, agreement / np.sqrt(np.maximum(both, 1.0)), -np.inf)
    best = int(np.argmax(score))
    return best if best < len(a) else best - size


def _bit_spectra(words: Words, told: Flags, size: int) -> Any:
    bits = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little").reshape(-1, 32)
    signs = (bits.T.astype(np.float32) * 2.0 - 1.0) * told
    return np.fft.rfft(signs, size, axis=1)


def _smoothed(equal: Real, told: Flags) -> Real:
    """Mean similarity of telling words within a block around each word."""
    window = np.ones(_BLOCK)
    total = np.convolve(equal * told, window, mode="same")
    count = np.convolve(told.astype(float), window, mode="same")
    return np.divide(total, count, out=np.zeros_like(total), where=count > 0)
