"""Which fingerprints may belong to one recording: an inverted index over fingerprint words.

Copies of a recording share exact Chromaprint words: 40% of them after a lossy codec, 10-15% when
the copy also starts half a hop off. Two unlike recordings share a given pair of words with a
probability near 1e-7. So every track is listed under its words, and tracks that meet more often
than chance explains are compared bit by bit. In a large catalog a track is listed only under the
words with the smallest hashes (a bottom-k sketch: Broder 1997), which are the same in every copy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
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
_BLOCK: Final = 10_000
_COARSE: Final = np.uint32(8)
"""Low bits of a hash that are left out where it is only asked whether it may be there."""


def sketch_size(tracks: int) -> int:
    """How many words each of ``tracks`` fingerprints is listed under, at most.

    >>> sketch_size(1000), sketch_size(1_000_000)
    (60000, 200)
    """
    return min(MOST_WORDS, max(64, MOST_ENTRIES // max(tracks, 1)))


@dataclass(frozen=True)
class Sketches:
    """What tracks are listed under, track after track.

    ``hashes`` (entries,): hashes of some of each track's words, ascending within a track;
    ``sizes`` (tracks,): how many of them each has; ``distinct`` (tracks,): how many different words
    its whole fingerprint has.
    """

    hashes: Words
    sizes: Ints
    distinct: Ints

    def __len__(self) -> int:
        return len(self.sizes)

    def __add__(self, other: Sketches) -> Sketches:
        parts = zip(vars(self).values(), vars(other).values(), strict=True)
        return Sketches(*(np.concatenate(pair) for pair in parts))

    def of(self, wanted: npt.NDArray[np.bool_]) -> Sketches:
        """Those of the tracks for which ``wanted`` (tracks,) is true; itself when all are."""
        if wanted.all():
            return self
        hashes = self.hashes[np.repeat(wanted, self.sizes)]
        return Sketches(hashes, self.sizes[wanted], self.distinct[wanted])


def sketches_of(prints: Iterable[Words], size: int) -> Sketches:
    """The ``size`` smallest hashes of the words (n,) of each fingerprint."""
    blocks, part, sizes, distinct = [], [], [], []
    for words in prints:
        hashed = np.sort(words.astype(np.uint32) * _MIX)
        first = np.ones(len(hashed), dtype=np.bool_)
        np.not_equal(hashed[1:], hashed[:-1], out=first[1:])
        hashed = hashed[first]
        distinct.append(len(hashed))
        part.append(hashed[:size])
        sizes.append(len(part[-1]))
        if len(part) == _BLOCK:
            blocks.append(np.concatenate(part))
            part = []
    hashes = np.concatenate([np.zeros(0, dtype=np.uint32), *blocks, *part])
    return Sketches(hashes, np.array(sizes, dtype=np.int64), np.array(distinct, dtype=np.int64))


def candidate_pairs(sketches: Sketches, new: int | None = None) -> Pairs:
    """Index pairs (i, j), i < j, of tracks that share more words than chance explains.

    Shape (n, 2), sorted. With ``new``, only the pairs that one of the first ``new`` tracks is in.
    """
    tracks, entries = len(sketches), len(sketches.hashes)
    if entries == 0 or new == 0:
        return np.zeros((0, 2), dtype=np.int64)
    met = CHANCE_OF_EQUAL_WORDS * float(sketches.distinct.mean())
    crowd = CROWD + int(8 * met * tracks)
    least = least_shared(tracks, met * entries / tracks)
    needed = np.ceil(LEAST_SHARED_FRACTION * sketches.sizes).astype(np.int64)
    asked = tracks if new is None else new
    listed, sizes = _met_by(sketches, asked)
    postings, places = _index(listed, sizes)
    return _meetings(postings, places, sizes, np.maximum(least, needed), crowd, asked)


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


def _met_by(sketches: Sketches, new: int) -> tuple[Words, Ints]:
    """Hashes and their numbers a track, where later tracks keep what the first ``new`` may have."""
    if new == len(sketches):
        return sketches.hashes, sketches.sizes
    theirs = int(sketches.sizes[:new].sum())
    had = np.zeros(1 << (32 - _COARSE), dtype=np.bool_)
    had[sketches.hashes[:theirs] >> _COARSE] = True
    kept = np.concatenate(
        [
            had[sketches.hashes[start : start + _BUFFER] >> _COARSE]
            for start in range(0, len(sketches.hashes), _BUFFER)
        ]
    )
    before = np.concatenate([[0], np.cumsum(kept)])
    ends = np.cumsum(sketches.sizes)
    return sketches.hashes[kept], before[ends] - before[ends - sketches.sizes]


def _index(hashes: Words, sizes: Ints) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Entries word << 32 | track in order, and where those of each track lie, track by track."""
    from data_catalog.duplicates.candidates_kernel import places_by_track

    postings = hashes.astype(np.uint64)
    postings <<= np.uint64(32)
    ends = np.cumsum(sizes)
    for start in range(0, len(sizes), _BLOCK):
        tracks = np.arange(start, min(start + _BLOCK, len(sizes)), dtype=np.uint64)
        first, last = ends[start] - sizes[start], ends[int(tracks[-1])]
        postings[first:last] |= np.repeat(tracks, sizes[start : start + _BLOCK])
    postings.sort()
    return postings, places_by_track(postings, ends - sizes)


def _meetings(
    postings: npt.NDArray[np.uint64],
    places: npt.NDArray[np.int32],
    sizes: Ints,
    needed: Ints,
    crowd: int,
    asked: int,
) -> Pairs:
    from data_catalog.duplicates.candidates_kernel import count_meetings

    ends = np.cumsum(sizes)
    counts = np.zeros(len(sizes), dtype=np.uint16)
    buffer = np.empty((_BUFFER + len(sizes), 2), dtype=np.int64)
    found, track = [np.zeros((0, 2), dtype=np.int64)], 0
    while track < asked:
        filled, track = count_meetings(
            postings, places, ends, needed, crowd, (track, asked), counts, buffer, _BUFFER
        )
        found.append(buffer[:filled].copy())
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
