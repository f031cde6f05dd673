"""Chords that were heard, in the rhythm and the colours of a style."""

from dataclasses import replace

import numpy as np
import pytest

from serving.composer.score import Section
from serving.composer.styles import style_of
from serving.composer.transfer.heard_harmony import numeral_of, progression_of
from serving.composer.transfer.metrical import grid_for
from serving.composer.writing.form import Plan

from .test_metrical import heard_at

TRIADS = {"C": (0, 4, 7), "F": (5, 9, 0), "G": (7, 11, 2), "Am": (9, 0, 4)}


def chords(names: str, genre: str = "pop", extension: str = "triad", bpm: float = 120.0):
    """What a recording with a chord for each beat becomes: its symbols by their beats."""
    rows = np.zeros((len(names.split()), 12))
    for row, name in zip(rows, names.split(), strict=True):
        row[list(TRIADS[name])] = 1.0
    heard = replace(heard_at(bpm, beats=len(rows)), chroma=rows)
    grid = grid_for(heard, style_of(genre))
    plan = Plan((Section("verse", 0, grid.bars, 0.7),), 4.0 * grid.bars)
    made = progression_of(heard, grid, plan, extension)
    return {start: chord.symbol for start, _, chord in made.spans}, made


def test_chords_change_by_bars_and_half_bars_not_by_beats():
    found, _ = chords("C C C C F F G G C F C C C C C C C")
    assert found == {0.0: "C", 4.0: "F", 6.0: "G", 8.0: "C", 12.0: "C", 16.0: "C"}


def test_half_time_keeps_the_recordings_changes():
    found, _ = chords("C C C C F F F F G G G G C C C C C", "ambient", bpm=150.0)
    assert found == {0.0: "C", 2.0: "F", 4.0: "G", 6.0: "C", 8.0: "C"}


def test_styles_colour_chords_as_their_own():
    found, made = chords("C C C C F F F F G G G G C C C C C", "jazz", "seventh")
    assert [found[beat] for beat in (0.0, 4.0, 8.0)] == ["Cmaj7", "Fmaj7", "G7"]
    assert [chord.numeral for _, _, chord in made.spans][:3] == ["I", "IV", "V"]


def test_the_key_stays_the_tonic_whatever_chord_comes_last():
    _, made = chords("C C C C F F F F F")
    assert made.spans[-1][2].symbol == "F"
    assert made.tonic == 0


@pytest.mark.parametrize(
    ("root", "mode", "key", "numeral"),
    [(9, "minor", "C major", "vi"), (2, "major", "C major", "V/V"), (8, "major", "C minor", "bVI"),
     (3, "minor", "C major", "biii"), (7, "major", "C minor", "V")],
)  # fmt: skip
def test_a_triad_is_read_in_its_key(root, mode, key, numeral):
    assert numeral_of(root, mode, key) == numeral
