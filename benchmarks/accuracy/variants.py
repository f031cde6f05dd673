"""Composed scores played by fewer, or in bars of three."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from serving.composer import Chord, Note, Score

Event = TypeVar("Event", Note, Chord)
_SHORTEST_BEATS = 1e-3


def without_drums(score: Score) -> Score | None:
    """The score for the other players; None where there is nobody else, or no drummer."""
    parts = tuple(part for part in score.parts if part.role != "drums")
    return replace(score, parts=parts) if 0 < len(parts) < len(score.parts) else None


def drums_alone(score: Score) -> Score | None:
    """The score for the drummer; None without one."""
    parts = tuple(part for part in score.parts if part.role == "drums")
    return replace(score, parts=parts) if parts else None


def in_three(score: Score) -> Score:
    """The score in bars of three: the fourth beat of every bar is left out."""
    return replace(
        score,
        beats_per_bar=3,
        duration_s=0.75 * score.duration_s,
        parts=tuple(replace(part, notes=_kept(part.notes)) for part in score.parts),
        chords=_kept(score.chords),
        ending_beat=_moved(score.ending_beat),
    )


def _moved(beat: float) -> float:
    bar, place = divmod(beat, 4)
    return float(3 * bar + min(place, 3.0))


def _kept(events: tuple[Event, ...]) -> tuple[Event, ...]:
    kept = []
    for event in events:
        if event.start % 4 < 3:
            start, end = _moved(event.start), _moved(event.start + event.length)
            kept.append(replace(event, start=start, length=max(end - start, _SHORTEST_BEATS)))
    return tuple(kept)
