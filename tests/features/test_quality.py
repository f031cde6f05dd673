import numpy as np
import pytest

from features.audio.reader import decode, encode, resample
from features.harmony.chroma import chroma_of
from features.quality import Quality, measure_quality, with_tuning
from features.spectrum import ANALYSIS_RATE, analyse
from tests.features.music import song

SR = 44_100


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    rng = np.random.default_rng(1)
    left = song(110, 0, "major", 12.0, SR)
    y = np.stack([left, np.roll(left, 31)], axis=1)
    return (y + 1e-4 * rng.standard_normal(y.shape)).astype(np.float32)


def test_a_clean_recording_has_no_verdict(clean):
    assert measure_quality(clean, SR).verdicts == ()


def test_each_fault_is_named(clean):
    mono = clean[:, :1]
    silence = np.zeros((4 * SR, 2), np.float32)
    faults = {
        "clipped": np.clip(clean * 8, -0.9, 0.9),
        "dc_offset": clean + 0.05,
        "mono_as_stereo": np.hstack([mono, mono]),
        "phase_inverted": np.hstack([mono, -mono]),
        "silent_start": np.concatenate([silence, clean]),
        "silent_end": np.concatenate([clean, silence]),
        "silent": silence,
        "noise": np.random.default_rng(0).standard_normal((5 * SR, 2)).astype(np.float32) * 0.1,
    }
    assert {name: measure_quality(y, SR).verdicts for name, y in faults.items()} == {
        name: (name,) for name in faults
    }


def test_a_lossy_origin_shows_in_a_lossless_file_only(tmp_path, clean):
    noisy = clean + 0.01 * np.random.default_rng(0).standard_normal(clean.shape)
    encode(tmp_path / "a.mp3", noisy.astype(np.float32), SR)
    y = decode(tmp_path / "a.mp3").samples
    quality = measure_quality(y, SR)
    assert quality.verdicts == ("lossy_origin",)
    assert 15_000 < quality.bandwidth_hz < 20_500
    assert measure_quality(y, SR, lossless=False).verdicts == ()


@pytest.mark.parametrize(("low", "high"), [(16_000, SR), (22_050, SR), (SR, 96_000)])
def test_an_upsampled_recording_tells_the_rate_it_was_made_at(clean, low, high):
    noisy = clean + 0.01 * np.random.default_rng(0).standard_normal(clean.shape)
    made = resample(resample(noisy.astype(np.float32), SR, low), low, high)
    quality = measure_quality(np.round(made * 32767).astype(np.int16), high)
    assert quality.verdicts == ("upsampled",)
    assert quality.measures["upsampled_from_hz"] == low


@pytest.mark.parametrize(
    ("played_at", "verdicts"), [(SR, ()), (48_000, ("wrong_speed",)), (46_000, ())]
)
def test_a_recording_between_the_semitones_was_played_at_a_wrong_rate(clean, played_at, verdicts):
    mono = resample(clean[:, 0], played_at, ANALYSIS_RATE)
    chroma = chroma_of(analyse(mono))
    sound = Quality((), {}, 20_000.0)
    assert with_tuning(sound, chroma.tuning_cents, chroma.focus).verdicts == verdicts


def test_bandwidth_is_where_the_spectrum_ends(clean):
    low = resample(resample(clean, SR, 16_000), 16_000, SR)
    assert measure_quality(low, SR).bandwidth_hz == pytest.approx(7_800, rel=0.08)
