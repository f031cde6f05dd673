"""Tracked beats made fit for a band."""

import numpy as np

from serving.composer.transfer.pulse import extended, steadied

RNG = np.random.default_rng(4)


def test_jitter_and_a_slip_are_taken_off_a_steady_tempo():
    even = 0.25 + 0.5 * np.arange(40)
    tracked = even + RNG.normal(0, 0.01, 40)
    tracked[30:] += 0.25
    beats = steadied(tracked, 120.0, 0.0, 20.0)
    assert np.abs(np.diff(beats) - 0.5).max() < 1e-3
    assert np.abs((beats - 0.25 + 0.25) % 0.5 - 0.25).max() < 0.01


def test_beats_begin_and_end_with_the_music():
    tracked = np.arange(2.0, 30.0, 0.5)
    beats = steadied(tracked, 120.0, 6.1, 20.2)
    assert 5.85 < beats[0] < 6.35
    assert 19.7 < beats[-1] <= 20.2
    assert abs(steadied(tracked[:20], 120.0, 0.0, 20.2)[0]) < 1e-6


def test_a_tempo_that_drifts_is_followed():
    periods = np.linspace(0.5, 0.6, 60)
    even = np.cumsum(periods)
    beats = steadied(even + RNG.normal(0, 0.01, 60), 110.0, 0.0, even[-1] + 0.1)
    nearest = np.abs(beats[:, None] - even[None]).min(axis=1)
    assert np.median(nearest) < 0.015
    assert np.diff(beats)[-5:].mean() > 1.15 * np.diff(beats)[:5].mean()


def test_extended_goes_on_at_the_steps_of_the_ends():
    assert extended(np.array([1.0, 1.5, 2.5]), 1, 2).tolist() == [0.5, 1.0, 1.5, 2.5, 3.5, 4.5]
