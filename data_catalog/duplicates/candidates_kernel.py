"""Inner loops of the duplicate index, as machine code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.compiled import compiled

Entries = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@compiled
def places_by_track(postings: Entries, starts: Ints) -> npt.NDArray[np.int32]:
    """For each track in turn, the places of its entries in ``postings``.

    ``postings`` hold word << 32 | track, sorted; ``starts`` say where each track's places begin.
    """
    places = np.empty(len(postings), dtype=np.int32)
    filled = starts.copy()
    for place in range(len(postings)):
        track = np.int64(postings[place] & np.uint64(0xFFFFFFFF))
        places[filled[track]] = place
        filled[track] += 1
    return places


@compiled
def count_meetings(
    postings: Entries,
    places: npt.NDArray[np.int32],
    ends: Ints,
    needed: Ints,
    crowd: int,
    span: tuple[int, int],
    counts: npt.NDArray[np.uint16],
    found: Ints,
    enough: int,
) -> tuple[int, int]:
    """Later tracks that share ``needed`` words with each track of ``span`` (start, end).

    A track meets the next ``crowd`` others under each of its words. Pairs are written to ``found``
    (n, 2) until ``enough`` are there; returns their number and the track to go on with. ``counts``
    (tracks,) are zero before and after. The smaller of two needs counts.
    """
    filled = 0
    track, end = span
    met = np.empty(len(counts), dtype=np.int32)
    while track < end and filled < enough:
        strangers = 0
        for index in range(ends[track - 1] if track else 0, ends[track]):
            place = places[index]
            word = postings[place] >> np.uint64(32)
            last = min(place + 1 + crowd, len(postings))
            for other_place in range(place + 1, last):
                entry = postings[other_place]
                if entry >> np.uint64(32) != word:
                    break
                other = np.int64(entry & np.uint64(0xFFFFFFFF))
                if counts[other] == 0:
                    met[strangers] = other
                    strangers += 1
                counts[other] += 1
        for index in range(strangers):
            other = met[index]
            if counts[other] >= min(needed[track], needed[other]):
                found[filled, 0] = track
                found[filled, 1] = other
                filled += 1
            counts[other] = 0
        track += 1
    return filled, track
