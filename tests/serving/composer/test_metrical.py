"""Half time and double time: which beats a style counts."""

import numpy as np
import pytest

from serving.composer.styles import style_of
from serving.composer.transfer.metrical import FEELS, feel_bpm, grid_for
from serving.composer.transfer.transcribe import Heard


def heard_at(bpm: float, beats_per_bar: int = 4, beats: int = 49) -> Heard:
    times = 0.3 + np.arange(beats) * 60.0 / bpm
    chords = ((0, "major"),) * beats
    return Heard(
        bpm, "C major", times, chords, np.eye(12)[[0] * beats], (60,) * (2 * beats),
        beats_per_bar, (0.0, float(times[-1])),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("genre", "bpm", "played", "feel"),
    [
        ("ambient", 150.0, 75.0, "half time"),
        ("lo-fi", 140.0, 70.0, "half time"),
        ("electronic", 64.0, 128.0, "double time"),
        ("rock", 150.0, 150.0, "its own time"),
        ("ambient", 95.0, 95.0, "its own time"),
    ],
)
def test_a_style_counts_at_the_level_nearest_to_its_tempi(genre, bpm, played, feel):
    grid = grid_for(heard_at(bpm), style_of(genre))
    assert grid.tempo_bpm == pytest.approx(played)
    assert FEELS[grid.step] == feel


@pytest.mark.parametrize("bpm", [40.0, 59.0, 110.0, 181.0, 240.0])
@pytest.mark.parametrize("genre", ["ambient", "rock"])
def test_every_tempo_has_a_level_that_can_be_played(genre, bpm):
    grid = grid_for(heard_at(bpm), style_of(genre))
    assert 60 <= grid.tempo_bpm <= 180
    assert np.median(np.diff(grid.beats_s)) == pytest.approx(60 / grid.tempo_bpm, rel=1e-3)


@pytest.mark.parametrize(("genre", "bpm"), [("ambient", 150.0), ("electronic", 64.0)])
def test_beats_stay_on_those_of_the_recording_or_halfway_between(genre, bpm):
    heard = heard_at(bpm)
    halves = np.concatenate([heard.beats_s, heard.beats_s[:-1] + 30.0 / bpm])
    for beat in grid_for(heard, style_of(genre)).beats_s:
        assert np.abs(halves - beat).min() < 1e-9


def test_bars_of_three_leave_the_fourth_beat_out():
    grid = grid_for(heard_at(120.0, beats_per_bar=3), style_of("pop"))
    assert [grid.counted(beat) for beat in (0.0, 2.5, 4.0, 9.0)] == [0.0, 2.5, 3.0, 7.0]
    assert grid.counted(4.0 - 0.02) == pytest.approx(3.0 - 0.02)
    assert [grid.left_out(beat) for beat in (2.9, 3.0, 3.5, 4.0)] == [False, True, True, False]
    assert grid.played(7.0) == 9.0


def test_players_feel_a_tempo_of_their_style():
    electronic = style_of("electronic")
    low, high = electronic.tempo_bpm
    assert all(low < feel_bpm(electronic, bpm) < high for bpm in (60, 128, 180))
    assert feel_bpm(electronic, 128) == 128
