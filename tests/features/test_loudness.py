import numpy as np
import pytest

from features.levels.loudness import gain_to, loudness_of, measure_loudness
from features.levels.meter import LevelMeter

SR = 48_000


def sine(dbfs: float, seconds: float, hz: float = 1000.0, phase: float = 0.0) -> np.ndarray:
    t = np.arange(round(seconds * SR)) / SR
    mono = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * t + np.deg2rad(phase))
    return np.stack([mono, mono], axis=1).astype(np.float32)


def sines(*parts: tuple[float, float]) -> np.ndarray:
    return np.concatenate([sine(level, seconds) for level, seconds in parts])


EBU_3341 = {
    "1": (sines((-23, 20)), -23.0),
    "2": (sines((-33, 20)), -33.0),
    "3": (sines((-36, 10), (-23, 60), (-36, 10)), -23.0),
    "4": (sines((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),
    "5": (sines((-26, 20), (-20, 20.1), (-26, 20)), -23.0),
}

EBU_3342 = {
    "1": (sines((-20, 20), (-30, 20)), 10.0),
    "2": (sines((-20, 20), (-15, 20)), 5.0),
    "3": (sines((-40, 20), (-20, 20)), 20.0),
    "4": (sines((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15.0),
}


@pytest.mark.parametrize("case", EBU_3341)
def test_integrated_loudness_meets_ebu_tech_3341(case):
    y, expected = EBU_3341[case]
    assert measure_loudness(y, SR).integrated_lufs == pytest.approx(expected, abs=0.1)


def test_surround_channels_weigh_more_and_the_effects_channel_nothing():
    levels = {0: -28.0, 1: -28.0, 2: -24.0, 4: -30.0, 5: -30.0}  # EBU Tech 3341 case 6
    y = np.zeros((20 * SR, 6), np.float32)
    for channel, level in levels.items():
        y[:, channel] = sine(level, 20)[:, 0]
    y[:, 3] = sine(-6.0, 20)[:, 0]
    assert measure_loudness(y, SR).integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("case", EBU_3342)
def test_loudness_range_meets_ebu_tech_3342(case):
    y, expected = EBU_3342[case]
    assert measure_loudness(y, SR).range_lu == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("divisor", "phase"), [(4, 0.0), (4, 45.0), (6, 60.0), (8, 67.5)], ids=["15", "16", "17", "18"]
)
def test_true_peak_meets_ebu_tech_3341(divisor, phase):
    y = sine(-6.0, 2, SR / divisor, phase)
    assert measure_loudness(y, SR).true_peak_dbtp == pytest.approx(-6.0, abs=0.2)


def test_a_true_peak_above_full_scale_is_measured():
    y = np.float32(1.41 / np.sqrt(0.5)) * sine(20 * np.log10(np.sqrt(0.5)), 2, SR / 4, 45.0)
    assert measure_loudness(y, SR).true_peak_dbtp == pytest.approx(3.0, abs=0.2)  # case 19


@pytest.mark.parametrize("quarter", range(4))
def test_a_lone_peak_is_found_wherever_the_samples_fall(quarter):
    t = (np.arange(-SR // 10, SR // 10) + quarter / 4) / SR
    burst = np.cos(2 * np.pi * SR / 6 * t) * np.exp(-np.square(t / 1e-3))
    found = measure_loudness(burst.astype(np.float32), SR).true_peak_dbtp
    assert found == pytest.approx(0.0, abs=0.2)  # as cases 20 to 23


def test_the_rate_does_not_change_loudness():
    t = np.arange(20 * 22_050) / 22_050
    low = (0.1 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)
    high = (0.1 * np.sin(2 * np.pi * 1000 * np.arange(20 * 96_000) / 96_000)).astype(np.float32)
    found = [measure_loudness(low, 22_050), measure_loudness(high, 96_000)]
    assert found[0].integrated_lufs == pytest.approx(found[1].integrated_lufs, abs=0.1)


def test_mono_is_not_doubled():
    y = sine(-23, 20)
    mono, stereo = measure_loudness(y[:, 0], SR), measure_loudness(y, SR)
    assert stereo.integrated_lufs - mono.integrated_lufs == pytest.approx(3.01, abs=0.01)


def test_silence_has_no_loudness():
    assert measure_loudness(np.zeros((SR, 2), np.float32), SR).integrated_lufs is None


def test_a_gain_moves_loudness_by_itself():
    y = sine(-30, 5)
    louder = y * gain_to(measure_loudness(y, SR).integrated_lufs, -14.0)
    assert measure_loudness(louder, SR).integrated_lufs == pytest.approx(-14.0, abs=0.01)


def test_blocks_add_up_to_the_whole():
    rng = np.random.default_rng(0)
    y = (rng.standard_normal((5 * SR, 2)) * 0.1).astype(np.float32)
    meter = LevelMeter(SR, 2)
    for part in np.array_split(y, 7):
        meter.add(part)
    assert loudness_of(meter.levels()).integrated_lufs == pytest.approx(
        measure_loudness(y, SR).integrated_lufs, abs=1e-9
    )
