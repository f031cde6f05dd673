"""The tune of a recording, as notes in beats of the players."""

from __future__ import annotations

from ..writing.given_tune import Line
from .metrical import Grid
from .transcribe import Heard


def line_of(heard: Heard, grid: Grid) -> Line:
    """The tune that was heard; a pitch that goes on over half beats is one note."""
    notes: list[tuple[float, float, int]] = []
    length = 0.5 / grid.step
    for half, pitch in enumerate(heard.melody):
        if pitch == 0:
            continue
        start = half * length
        if notes and notes[-1][2] == pitch and abs(notes[-1][0] + notes[-1][1] - start) < 1e-6:
            notes[-1] = (notes[-1][0], notes[-1][1] + length, pitch)
        else:
            notes.append((start, length, pitch))
    return Line(tuple((grid.played(start), length, pitch) for start, length, pitch in notes))
