"""A tune that was heard, in the rhythms of a style."""

from dataclasses import replace

import pytest

from serving.composer.exact import Dice
from serving.composer.score import Section
from serving.composer.styles import style_of
from serving.composer.transfer.heard_tune import line_of
from serving.composer.transfer.metrical import grid_for
from serving.composer.writing.given_tune import Line
from serving.composer.writing.harmony import Progression
from serving.composer.writing.melody import Voice
from serving.composer.writing.theory import harmony

from .test_metrical import heard_at

C = Progression(((0.0, 64.0, harmony("I", "C major")),), 0)
VOICE = Voice(60, 84, 0.8, 1.0)
EIGHTHS = Line(tuple((i / 2, 0.5, 60 + (0, 2, 4, 5, 7, 9, 11, 12)[i % 8]) for i in range(64)))


def sung(genre: str, line: Line, bars: int = 8):
    style = replace(style_of(genre), melody=replace(style_of(genre).melody, breath=0.0))
    section = Section("verse", 0, bars, 0.7)
    return line.sung(style, 1.0, section, C, VOICE, 100.0, Dice(1, "test"))


@pytest.mark.parametrize("genre", ["ambient", "cinematic", "jazz"])
def test_a_tune_takes_the_rhythms_of_the_style(genre):
    cells = style_of(genre).melody.cells
    notes = sung(genre, EIGHTHS)
    most = max(cell.count("x") for cell in cells)
    for bar in range(8):
        assert 1 <= sum(4 * bar - 0.1 <= n.start < 4 * bar + 3.9 for n in notes) <= most


def test_ambient_holds_what_jazz_plays_out():
    ambient, jazz = sung("ambient", EIGHTHS), sung("jazz", EIGHTHS)
    assert len(jazz) > 2 * len(ambient)
    assert min(n.length for n in ambient) > max(n.length for n in jazz)


def test_the_longest_and_the_accented_note_is_kept():
    line = Line(((0.0, 0.5, 62), (0.5, 3.0, 67), (3.5, 0.5, 69)))
    first = sung("ambient", line, bars=1)[0]
    assert first.pitch % 12 == 7


def test_where_nothing_is_heard_nothing_is_sung():
    notes = sung("pop", Line(tuple(n for n in EIGHTHS.notes if not 4 <= n[0] < 8)))
    assert not any(4 <= n.start < 7.9 for n in notes)
    assert sung("pop", Line(())) == []


def test_a_tune_moves_by_octaves_into_the_range_of_its_player():
    low = Line(tuple((start, length, pitch - 24) for start, length, pitch in EIGHTHS.notes))
    assert {n.pitch for n in sung("pop", low)} == {n.pitch for n in sung("pop", EIGHTHS)}


def test_a_pitch_that_goes_on_is_one_note_and_half_time_halves_it():
    heard = replace(heard_at(150.0), melody=(60, 60, 0, 64, *[0] * 94))
    own = line_of(heard, grid_for(heard, style_of("rock")))
    half = line_of(heard, grid_for(heard, style_of("ambient")))
    assert own.notes == ((0.0, 1.0, 60), (1.5, 0.5, 64))
    assert half.notes == ((0.0, 0.5, 60), (0.75, 0.25, 64))
