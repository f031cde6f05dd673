"""Which fingerprints may belong to one recording: an inverted index over fingerprint words.

Copies of a recording share exact Chromaprint words: 40% of them after a lossy codec, 10-15% when
the copy also starts half a hop off. Two unlike recordings share a given pair of words with a
probability near 1e-7. So every track is listed under its words, and tracks that meet more often
than chance explains are compared bit by bit. In a large catalog a track is listed only under the
words with the smallest hashes (a bottom-k sketch: Broder 1997), which are the same in every copy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.int64]

CHANCE_OF_EQUAL_WORDS: Final = 9e-8
"""Measured over 220 million pairs of words of unlike recordings, silence included."""

MOST_ENTRIES: Final = 200_000_000
"""Entries that the index may hold; each takes 12 bytes."""

MOST_WORDS: Final = 60_000
"""Words of a track that are listed, at most: two hours."""

CROWD: Final = 64
"""A word in so many more tracks than chance explains, such as silence, only links neighbours."""

LEAST_SHARED: Final = 2
LEAST_SHARED_FRACTION: Final = 0.01
FALSE_CANDIDATES: Final = 0.1
"""Pairs that meet by chance and are then compared in vain, for each track."""

_MIX: Final = np.uint32(0x9E3779B1)
_BUFFER: Final = 1_000_000


def sketch_size(tracks: int) -> int:
    """How many words each of ``tracks`` fingerprints is listed under, at most.

    >>> sketch_size(1000), sketch_size(1_000_000)
    (60000, 200)
    """
    return min(MOST_WORDS, max(64, MOST_ENTRIES // max(tracks, 1)))


@dataclass(frozen=True)
class Sketch:
    """What a track is listed under.

    ``hashes`` (n,): hashes of some of its words, ascending; ``distinct``: how many different words
    the whole fingerprint has.
    """

    hashes: Words
    distinct: int


def sketch(words: Words, size: int) -> Sketch:
    """The ``size`` smallest hashes of ``words`` (n,)."""
    hashed = np.unique(words.astype(np.uint32) * _MIX)
    return Sketch(hashed[:size].copy(), len(hashed))


def candidate_pairs(sketches: Sequence[Sketch]) -> Pairs:
    """Index pairs (i, j), i < j, of sketches that share more words than chance explains.

    Shape (n, 2), sorted.
    """
    sizes = np.array([len(one.hashes) for one in sketches], dtype=np.int64)
    entries = int(sizes.sum())
    if entries == 0:
        return np.zeros((0, 2), dtype=np.int64)
    postings, places = _index(sketches, sizes)
    met = CHANCE_OF_EQUAL_WORDS * sum(one.distinct for one in sketches) / len(sketches)
    crowd = CROWD + int(8 * met * len(sizes))
    least = least_shared(len(sizes), met * entries / len(sizes))
    return _meetings(postings, places, sizes, least, crowd)


def least_shared(tracks: int, by_chance: float) -> int:
    """Shared words from which few pairs of unlike tracks are left, for a mean ``by_chance``.

    The number that chance brings together follows Poisson's law.

    >>> least_shared(60, 0.005), least_shared(1_000_000, 0.016)
    (2, 4)
    """
    pairs = tracks * tracks / 2
    shared = LEAST_SHARED
    while pairs * by_chance**shared / math.factorial(shared) > FALSE_CANDIDATES * tracks:
        shared += 1
    return shared


def _index(
    sketches: Sequence[Sketch], sizes: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Entries word << 32 | track in order, and where those of each track lie, track by track."""
    postings = np.empty(int(sizes.sum()), dtype=np.uint64)
    start = 0
    for track, one in enumerate(sketches):
        part = postings[start : start + len(one.hashes)]
        part[:] = one.hashes
        part <<= np.uint64(32)
        part |= np.uint64(track)
        start += len(one.hashes)
    postings.sort()
    from data_catalog.candidates_kernel import places_by_track

    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return postings, places_by_track(postings, starts)


def _meetings(
    postings: npt.NDArray[np.uint64],
    places: npt.NDArray[np.int32],
    sizes: npt.NDArray[np.int64],
    least: int,
    crowd: int,
) -> Pairs:
    from data_catalog.candidates_kernel import count_meetings

    needed = np.maximum(least, np.ceil(LEAST_SHARED_FRACTION * sizes)).astype(np.int64)
    ends = np.cumsum(sizes)
    counts = np.zeros(len(sizes), dtype=np.uint16)
    buffer = np.empty((_BUFFER + len(sizes), 2), dtype=np.int64)
    found, track = [], 0
    while track < len(sizes):
        filled, track = count_meetings(
            postings, places, ends, needed, crowd, track, counts, buffer, _BUFFER
        )
        found.append(buffer[:filled].copy())
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
