import numpy as np
import pytest

from data_catalog.vocabulary import GENRES
from features.levels.loudness import measure_loudness
from serving.composer import Brief, compose, render

SR = 44100


@pytest.fixture(scope="module", params=GENRES)
def performance(request):
    return render(compose(Brief(request.param, tempo_bpm=100, duration_s=10, seed=2)))


def test_the_length_is_exact_to_the_sample(performance):
    assert performance.mix.shape == (10 * SR, 2)
    assert performance.mix.dtype == np.float32


def test_stems_sum_to_the_mix(performance):
    assert len(performance.stems) >= 3
    assert np.abs(sum(performance.stems.values()) - performance.mix).max() < 1e-5


def test_level_is_that_of_streaming_services(performance):
    loudness = measure_loudness(performance.mix, SR)
    assert loudness.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert loudness.true_peak_dbtp < -1.0


def test_there_is_no_direct_current(performance):
    assert np.abs(performance.mix.mean(axis=0)).max() < 1e-3


def test_it_survives_mono(performance):
    mono = performance.mix.mean(axis=1)
    lost = np.mean(performance.mix**2) / np.mean(mono**2)
    assert 10 * np.log10(lost) < 3.0


def test_it_ends_in_silence_without_a_cut(performance):
    assert np.abs(performance.mix[-20:]).max() < 1e-4


def test_a_seed_means_the_same_samples():
    score = compose(Brief("lo-fi", duration_s=4, seed=9))
    assert np.array_equal(render(score).mix, render(score, stems=False).mix)


@pytest.mark.parametrize("duration_s", [1.0, 1.2345, 2.5])
def test_even_a_second_is_music_of_its_length(duration_s):
    made = render(compose(Brief("rock", tempo_bpm=60, duration_s=duration_s)))
    assert len(made.mix) == round(duration_s * SR)
    assert np.abs(made.mix).max() > 0.05


def test_other_rates_sound_alike():
    score = compose(Brief("classical", duration_s=5, seed=2))
    low = render(score, 22050, stems=False).mix.mean(axis=1)
    high = render(score, 44100, stems=False).mix.mean(axis=1)
    assert len(low) * 2 == len(high)
    envelopes = [np.abs(x).reshape(105, -1).mean(axis=1) for x in (low, high)]
    assert np.corrcoef(*envelopes)[0, 1] > 0.9


def test_rendering_tells_its_share_after_each_part_and_each_stem():
    score, told = compose(Brief("folk", duration_s=15, seed=4)), []
    render(score, SR, on_part=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= 2 * len(score.parts)
