"""Mixing stems to one FLAC: their sum, whole or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from features.audio.mixdown import CEILING, mix_to_flac
from features.audio.reader import AudioError, decode, encode

SAMPLE_RATE = 22_050


def sine(hz, *, seconds=0.5, level=0.3):
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def stems(folder, *signals):
    paths = [folder / f"{number}.wav" for number in range(len(signals))]
    for path, y in zip(paths, signals, strict=True):
        encode(path, y, SAMPLE_RATE)
    return paths


def test_one_file_is_converted_sample_by_sample(tmp_path):
    [path] = stems(tmp_path, sine(440))
    mix_to_flac([path], tmp_path / "out.flac")
    assert np.array_equal(decode(tmp_path / "out.flac").samples, decode(path).samples)


def test_stems_are_summed(tmp_path):
    paths = stems(tmp_path, sine(440), sine(660))
    mixed = mix_to_flac(paths, tmp_path / "out.flac")
    total = sum(decode(path).samples for path in paths)
    assert mixed.gain == 1.0
    assert np.abs(decode(tmp_path / "out.flac").samples - total).max() < 1e-4


def test_a_sum_that_would_clip_is_turned_down(tmp_path):
    mix_to_flac(stems(tmp_path, sine(440, level=0.9), sine(440, level=0.9)), tmp_path / "o.flac")
    assert np.abs(decode(tmp_path / "o.flac").samples).max() == pytest.approx(CEILING, abs=1e-3)


def test_stems_of_different_length_are_refused_and_leave_nothing(tmp_path):
    paths = stems(tmp_path, sine(440), sine(440, seconds=0.4))
    with pytest.raises(AudioError, match="stems must match"):
        mix_to_flac(paths, tmp_path / "out" / "x.flac")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.wav", "1.wav"]


def test_damaged_audio_leaves_no_file(tmp_path):
    [path] = stems(tmp_path, sine(440))
    encode(tmp_path / "x.flac", sine(330, seconds=2), SAMPLE_RATE)
    content = bytearray((tmp_path / "x.flac").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 500] = bytes(500)
    (tmp_path / "x.flac").write_bytes(bytes(content))
    with pytest.raises(AudioError):
        mix_to_flac([tmp_path / "x.flac"], tmp_path / "out.flac")
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, "x.flac"]
