"""Which fingerprints may belong to one recording: an inverted index over fingerprint words.

Copies of a recording share exact Chromaprint words: half of them after a lossy codec, one in
fifteen when the copy also starts half a hop off. Two unlike recordings share a given pair of words
with a probability near 1e-7. So every track is put under its words, and tracks that meet often are
compared bit by bit. In a large catalog each track keeps only the words with the smallest hashes
(a bottom-k sketch: Broder 1997), which are the same words in every copy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.int64]

CHANCE_OF_EQUAL_WORDS: Final = 9e-8
"""Measured over 220 million pairs of words of unlike recordings (benchmarks/duplicates.py)."""

CHANCE_PAIRS: Final = 30_000_000
"""Meetings by chance that the index may produce; the sketch is as large as that allows."""

CROWD: Final = 64
"""A word in more tracks than this, such as silence, only links neighbours in the list."""

LEAST_SHARED: Final = 2
LEAST_SHARED_FRACTION: Final = 0.015

_MIX: Final = np.uint32(0x9E3779B1)


def sketch_size(tracks: int) -> int:
    """How many words each of ``tracks`` fingerprints may keep.

    >>> sketch_size(100) > 10_000, sketch_size(1_000_000)
    (True, 32)
    """
    allowed = math.sqrt(2 * CHANCE_PAIRS / CHANCE_OF_EQUAL_WORDS) / max(tracks, 1)
    return max(32, int(allowed))


def sketch(words: Words, size: int) -> Words:
    """The ``size`` smallest hashes of the distinct ``words``, ascending, shape (<= size,)."""
    hashed = np.unique(words.astype(np.uint32) * _MIX)
    return hashed[:size]


def candidate_pairs(sketches: Sequence[Words]) -> Pairs:
    """Index pairs (i, j), i < j, of sketches that share more words than chance explains.

    Shape (n, 2), sorted.
    """
    sizes = np.array([len(s) for s in sketches], dtype=np.int64)
    if len(sizes) == 0 or sizes.sum() == 0:
        return np.zeros((0, 2), dtype=np.int64)
    owners = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    entries = np.concatenate(sketches).astype(np.uint64) << np.uint64(32) | owners
    entries.sort()
    met, shared = np.unique(_meetings(entries), return_counts=True)
    first = (met >> np.uint64(32)).astype(np.int64)
    second = (met & np.uint64(0xFFFFFFFF)).astype(np.int64)
    smaller = np.minimum(sizes[first], sizes[second])
    enough = shared >= np.maximum(LEAST_SHARED, LEAST_SHARED_FRACTION * smaller)
    return np.stack([first[enough], second[enough]], axis=1)


def _meetings(entries: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Each meeting of two owners under one word, packed as i << 32 | j; ``entries`` are sorted."""
    low = np.uint64(0xFFFFFFFF)
    words = entries >> np.uint64(32)
    starts = np.flatnonzero(np.r_[True, words[1:] != words[:-1]])
    lengths = np.diff(np.r_[starts, len(words)])
    longest = int(lengths[lengths <= CROWD].max(initial=0))
    run = np.repeat(lengths, lengths)
    found = []
    for lag in range(1, max(longest, 2)):
        same = words[lag:] == words[:-lag]
        if lag > 1:
            same &= run[:-lag] <= CROWD
        i, j = entries[:-lag][same] & low, entries[lag:][same] & low
        found.append(i << np.uint64(32) | j)
    return np.concatenate(found)
