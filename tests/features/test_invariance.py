"""What must not change tempo and key: level, silence before, container, sampling rate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.audio.reader import decode, encode, resample
from features.harmony.key import estimate_key
from features.harmony.pitch import key_name
from features.rhythm.tempo import estimate_tempo
from tests.features.music import SR, cadence, song

BPM, TONIC = 104.0, 2
PIECE = song(BPM, TONIC, "minor", 12.0)


def assert_unchanged(y: np.ndarray, sr: int) -> None:
    assert estimate_tempo(y, sr).bpm == pytest.approx(BPM, abs=0.1)
    assert estimate_key(y, sr).name == key_name(TONIC, "minor")


@settings(max_examples=6, deadline=None)
@given(gain_db=st.floats(-34, 12), silence_s=st.floats(0, 4), sr=st.sampled_from([16_000, 44_100]))
def test_level_silence_and_rate_change_neither_tempo_nor_key(gain_db, silence_s, sr):
    y = resample(PIECE, SR, sr) if sr != SR else PIECE
    late = np.concatenate([np.zeros(round(silence_s * sr), np.float32), y])
    assert_unchanged(np.float32(10 ** (gain_db / 20)) * late, sr)


@pytest.mark.parametrize("container", ["wav", "flac", "ogg", "mp3"])
def test_the_container_changes_neither_tempo_nor_key(tmp_path, container):
    path = tmp_path / f"a.{container}"
    encode(path, PIECE, SR)
    audio = decode(path)
    assert_unchanged(audio.samples, audio.sample_rate)


@settings(max_examples=6, deadline=None)
@given(
    semitones=st.integers(-6, 6), tonic=st.integers(0, 11), mode=st.sampled_from(["major", "minor"])
)
def test_a_shift_of_pitch_moves_the_key_by_as_much(semitones, tonic, mode):
    played_at = round(SR * 2 ** (-semitones / 12))
    shifted = resample(cadence(tonic, mode, 6.0), SR, played_at)
    assert estimate_key(shifted, SR).name == key_name(tonic + semitones, mode)
