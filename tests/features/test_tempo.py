import numpy as np
import pytest

from benchmarks.accuracy.nothing import BEATLESS
from features.rhythm.tempo import estimate_tempo
from tests.features.music import SR, drums, song, waltz


@pytest.mark.parametrize("bpm", [72.0, 97.3, 123.4, 165.0])
def test_the_tempo_of_a_song_is_found_to_a_tenth(bpm):
    tempo = estimate_tempo(song(bpm, 3, "minor"), SR)
    assert tempo.bpm == pytest.approx(bpm, abs=0.1)
    assert tempo.steady


def test_beats_fall_on_the_beats():
    beats = estimate_tempo(drums(120, 20), SR).beats_s
    distance = np.abs(beats / 0.5 - np.round(beats / 0.5)) * 0.5
    assert len(beats) > 36
    assert np.median(distance) < 0.03


def test_candidates_hold_the_double_and_the_half():
    weights = dict(estimate_tempo(song(110, 0, "major"), SR).candidates)
    assert any(abs(bpm - 220) < 2 or abs(bpm - 55) < 1 for bpm in weights)
    assert sum(weights.values()) <= 1.001


def test_a_tempo_that_drifts_is_not_steady():
    parts = [drums(bpm, 12) for bpm in (100, 104, 108)]
    assert estimate_tempo(np.concatenate(parts), SR).steady is False


@pytest.mark.parametrize("make", BEATLESS.values(), ids=BEATLESS)
def test_what_has_no_beat_gets_a_reason_and_no_number(make):
    tempo = estimate_tempo(make(np.random.default_rng(5)), SR)
    assert (tempo.bpm, tempo.confidence) == (None, 0.0)
    assert tempo.reason in {"no_beat", "no_onsets"}
    assert len(tempo.beats_s) == len(tempo.downbeats_s) == 0


def test_silence_and_a_moment_of_sound_have_no_tempo():
    found = [estimate_tempo(y, SR) for y in (np.zeros(9 * SR, np.float32), drums(120, 2.0))]
    assert [(t.bpm, t.reason) for t in found] == [(None, "silence"), (None, "too_short")]


def test_bars_of_four_begin_where_harmony_turns_and_the_kick_falls():
    tempo = estimate_tempo(song(120, 0, "major"), SR)
    assert tempo.beats_per_bar == 4
    assert set(tempo.downbeats_s) < set(tempo.beats_s)
    assert np.median(np.abs(tempo.downbeats_s - np.round(tempo.downbeats_s / 2) * 2)) < 0.05


def test_bars_of_three_are_told_from_bars_of_four():
    tempo = estimate_tempo(waltz(132, 5, "major"), SR)
    bar = 180 / 132
    assert tempo.bpm == pytest.approx(132, abs=0.5)
    assert tempo.beats_per_bar == 3
    assert np.median(np.abs(tempo.downbeats_s - np.round(tempo.downbeats_s / bar) * bar)) < 0.05
