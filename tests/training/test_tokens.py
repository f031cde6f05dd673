"""Windows of codes: cut once, encoded once."""

from pathlib import Path

import numpy as np
import pytest

from features.audio.reader import encode
from features.musicgen.language_model import MusicLM
from tests.musicgen_home import SAMPLE_RATE, song, tiny_base
from training.musicgen.tokens import CodeCache, TrackAudio, encode_windows, plan_windows, spread
from training.musicgen.window_faults import fault_of, has_hole


@pytest.fixture(scope="module")
def codec():
    return MusicLM.load(tiny_base()).codec


@pytest.fixture
def track(tmp_path):
    path = tmp_path / "song.flac"
    encode(path, song("rock", 0), SAMPLE_RATE, bit_depth=16)
    return TrackAudio("a" * 64, path, 4.0)


@pytest.fixture
def cache(tmp_path, codec):
    return CodeCache(tmp_path / "codes", codec.digest(), codec.codebooks)


def test_windows_follow_each_other_and_a_long_rest_counts():
    windows = plan_windows(TrackAudio("t", Path("t"), 25.0), 10.0, 50.0)
    assert [(w.start_frame, w.frames) for w in windows] == [(0, 500), (500, 500), (1000, 250)]


def test_a_short_rest_is_left_out():
    assert len(plan_windows(TrackAudio("t", Path("t"), 11.0), 10.0, 50.0)) == 1


def test_windows_start_on_beats_where_beats_are_known():
    beats = tuple(np.arange(0.0, 40.0, 0.7))
    starts = [
        w.start_frame / 50 for w in plan_windows(TrackAudio("t", Path("t"), 40.0, beats), 10, 50)
    ]
    assert starts == pytest.approx([0, 9.8, 19.6, 29.4], abs=0.011)


def test_windows_start_with_a_bar_where_bars_are_known():
    beats, bars = np.arange(0.0, 40.0, 0.7), np.arange(0.7, 40.0, 2.8)
    track = TrackAudio("t", Path("t"), 40.0, tuple(beats), tuple(bars))
    starts = [w.start_frame / 50 for w in plan_windows(track, 10, 50)]
    assert starts == pytest.approx([0, 9.1, 17.5, 25.9, 34.3], abs=0.011)


def test_nothing_is_encoded_twice(track, codec, cache):
    first, report = encode_windows([track], codec, cache, window_s=2.0)
    assert (report.encoded, report.cached) == (2, 0)
    track.path.unlink()
    again, report = encode_windows([track], codec, cache, window_s=2.0)
    assert (report.encoded, report.cached) == (0, 2)
    assert all(np.array_equal(first[window], again[window]) for window in first)


def test_another_codec_has_codes_of_its_own(track, codec, cache, tmp_path):
    encode_windows([track], codec, cache, window_s=2.0)
    other = CodeCache(tmp_path / "codes", "f" * 64, codec.codebooks)
    assert other.read([track.track_id]) == {}


def with_hole(y):
    y = y.copy()
    loud = int(np.argmax(np.abs(y[2000:-4000]))) + 2000
    y[loud + 300 : loud + 1500] = 0
    return y


FAULTY = {
    "silent": lambda y: 0 * y,
    "clipped": lambda y: np.clip(40 * y, -1, 1),
    "noise": lambda y: np.random.default_rng(0).normal(0, 0.1, y.shape).astype(np.float32),
    "dropout": with_hole,
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_named(fault):
    y = song("rock", 0).reshape(-1, 1)
    assert fault_of(y, SAMPLE_RATE) is None
    assert fault_of(FAULTY[fault](y), SAMPLE_RATE) == fault


def test_a_rest_that_fades_is_no_hole():
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    faded = np.sin(2 * np.pi * 220 * t) * np.clip(np.abs(t - 0.5) - 0.1, 0, None)
    assert not has_hole(faded[:, None].astype(np.float32), SAMPLE_RATE)


def test_a_faulty_window_is_skipped_and_not_decoded_again(tmp_path, codec, cache):
    path = tmp_path / "half.flac"
    y = song("rock", 0)[: 4 * SAMPLE_RATE].copy()
    y[: 2 * SAMPLE_RATE] = np.clip(40 * y[: 2 * SAMPLE_RATE], -1, 1)
    encode(path, y, SAMPLE_RATE, bit_depth=16)
    track = TrackAudio("b" * 64, path, 4.0)
    assert [w.start_frame for w in encode_windows([track], codec, cache, window_s=2.0)[0]] == [100]
    path.unlink()
    codes, report = encode_windows([track], codec, cache, window_s=2.0)
    assert len(codes) == 1
    assert (report.skipped, report.failed) == (1, {})


def test_a_track_that_is_gone_is_reported_and_the_others_go_on(track, codec, cache, tmp_path):
    gone = TrackAudio("c" * 64, tmp_path / "gone.flac", 4.0)
    codes, report = encode_windows([gone, track], codec, cache, window_s=2.0)
    assert len(codes) == 2
    assert list(report.failed) == [gone.track_id]


def test_windows_of_a_long_track_are_spread_over_it():
    track = TrackAudio("a" * 64, Path("long.flac"), 100.0, ())
    windows = plan_windows(track, 5.0, 50.0)

    assert [w.start_frame for w in spread(windows, 4)] == [500, 1750, 3000, 4250]
    assert spread(windows, None) == windows
