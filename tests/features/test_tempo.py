import numpy as np
import pytest

from features.tempo import estimate_tempo
from tests.features.music import SR, drums, song


@pytest.mark.parametrize("bpm", [72.0, 84.0, 97.3, 110.0, 123.4, 140.0, 165.0])
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
    parts = [drums(bpm, 12) for bpm in (100, 104, 108, 112)]
    assert estimate_tempo(np.concatenate(parts), SR).steady is False


@pytest.mark.parametrize("sr", [16_000, 44_100, 48_000])
def test_the_rate_does_not_matter(sr):
    assert estimate_tempo(song(104, 0, "major", sr=sr), sr).bpm == pytest.approx(104, abs=0.1)


@pytest.mark.parametrize("gain", [0.02, 3.0])
def test_the_level_does_not_matter(gain):
    y = song(104, 0, "major")
    assert estimate_tempo(gain * y, SR).bpm == estimate_tempo(y, SR).bpm


def test_what_has_no_beat_gets_a_reason_and_no_number():
    noise = np.random.default_rng(0).standard_normal(20 * SR).astype(np.float32) * 0.1
    t = np.arange(20 * SR) / SR
    drone = (0.2 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
    found = [
        estimate_tempo(y, SR) for y in (np.zeros(20 * SR, np.float32), noise, drone, noise[:SR])
    ]
    assert [tempo.bpm for tempo in found] == [None] * 4
    assert [tempo.reason for tempo in found] == ["silence", "no_beat", "no_onsets", "too_short"]
