import os
from pathlib import Path

import numpy as np
import pytest

from features.audio.reader import AudioError, Limits, decode, encode, probe, to_mono
from tests.features.music import SR, cadence


@pytest.fixture(scope="module")
def stereo() -> np.ndarray:
    left = cadence(0, "major", 3.0)
    return np.stack([left, np.roll(left, 100)], axis=1)


def reason(path: Path, **limits: float) -> str:
    with pytest.raises(AudioError) as caught:
        decode(path, Limits(**limits))
    assert path.name.split("\n")[0][:4] in caught.value.detail
    return caught.value.reason


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("bit_depth", [16, 24])
def test_lossless_files_come_back_within_half_a_step(tmp_path, stereo, suffix, bit_depth):
    path = tmp_path / f"a{suffix}"
    encode(path, stereo, SR, bit_depth=bit_depth)
    audio = decode(path)
    assert audio.info.bit_depth == bit_depth
    np.testing.assert_allclose(audio.samples, stereo, atol=0.51 / 2 ** (bit_depth - 1))


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".ogg", "VORBIS"), (".opus", "OPUS"), (".mp3", "MP3")]
)
def test_lossy_files_keep_length_and_shape(tmp_path, stereo, suffix, codec):
    path = tmp_path / f"a{suffix}"
    encode(path, stereo, SR)
    audio = decode(path)
    assert (audio.info.codec, audio.info.lossless, audio.info.channels) == (codec, False, 2)
    assert audio.info.duration_s == pytest.approx(3.0, abs=0.08)


@pytest.mark.parametrize("suffix", [".ogg", ".opus", ".mp3"])
def test_less_quality_makes_a_smaller_file(tmp_path, stereo, suffix):
    sizes = []
    for quality in (0.0, 1.0):
        path = tmp_path / f"a{quality}{suffix}"
        encode(path, stereo, 48_000, quality=quality)
        sizes.append(path.stat().st_size)
    assert sizes[0] < sizes[1]


def test_wav_and_flac_of_the_same_pcm_have_the_same_md5(tmp_path, stereo):
    for bit_depth in (16, 24):
        for suffix in ("wav", "flac"):
            encode(tmp_path / f"a.{suffix}", stereo, SR, bit_depth=bit_depth)
        wav, flac = decode(tmp_path / "a.wav"), decode(tmp_path / "a.flac")
        assert wav.audio_md5 == flac.audio_md5 == flac.info.streaminfo_md5


def test_probe_tells_what_a_file_is(tmp_path, stereo):
    path = tmp_path / "a.flac"
    encode(path, stereo, SR)
    info = probe(path)
    assert (info.container, info.codec, info.lossless) == ("FLAC", "FLAC", True)
    assert (info.sample_rate, info.channels, info.frames) == (SR, 2, len(stereo))


def test_same_samples_give_the_same_bytes(tmp_path, stereo):
    for name in ("a.flac", "b.flac"):
        encode(tmp_path / name, stereo, SR, tags={"TITLE": "x"})
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


def test_a_truncated_file_is_refused(tmp_path, stereo):
    for suffix in ("wav", "flac", "ogg", "opus", "mp3"):
        path = tmp_path / f"a.{suffix}"
        encode(path, stereo, SR)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert reason(path) in {"truncated", "corrupt"}, suffix


def test_a_flac_that_claims_more_than_it_holds_is_refused_before_decoding(tmp_path, stereo):
    path = tmp_path / "lies.flac"
    encode(path, stereo, SR)
    raw = bytearray(path.read_bytes())
    raw[21] |= 0x0F  # the high bits of STREAMINFO's frame count
    raw[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    assert reason(path) == "length_mismatch"


def test_a_changed_sample_is_noticed_by_the_md5(tmp_path, stereo):
    path = tmp_path / "flip.flac"
    encode(path, stereo, SR)
    raw = bytearray(path.read_bytes())
    raw[26] ^= 0xFF  # a byte of STREAMINFO's MD5
    path.write_bytes(raw)
    assert reason(path) == "corrupt"


def test_text_is_not_audio(tmp_path):
    path = tmp_path / "text.flac"
    path.write_text("liner notes")
    assert reason(path) == "not_audio"


def test_an_empty_file_a_folder_and_a_missing_file_have_their_reasons(tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "folder.flac").mkdir()
    assert reason(tmp_path / "empty.wav") == "empty"
    assert reason(tmp_path / "folder.flac") == "not_a_file"
    assert reason(tmp_path / "missing.flac") == "unreadable"


def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    assert reason(tmp_path / "pipe.wav") == "not_a_file"


def test_limits_hold(tmp_path, stereo):
    path = tmp_path / "long.wav"
    encode(path, stereo, SR)
    assert reason(path, max_duration_s=1.0) == "too_long"
    assert reason(path, max_channels=1) == "too_many_channels"
    assert reason(path, min_duration_s=60.0) == "too_short"


def test_samples_that_are_not_finite_are_refused(tmp_path):
    import soundfile as sf

    y = np.zeros(SR, np.float32)
    y[100] = np.nan
    sf.write(tmp_path / "nan.wav", y, SR, subtype="FLOAT")
    assert reason(tmp_path / "nan.wav") == "not_finite"


def test_names_may_be_any_bytes(tmp_path, stereo):
    for name in (b"new\nline.wav", b"\xff\xfe.wav", "🎵.wav".encode()):
        path = tmp_path / os.fsdecode(name)
        encode(path, stereo, SR)
        assert probe(path).frames == len(stereo)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.m4a", {}, "suffix='.m4a'"),
        ("a.wav", {"bit_depth": 12}, "bit_depth=12"),
    ],
)
def test_encode_says_what_it_takes(tmp_path, stereo, name, options, message):
    with pytest.raises(ValueError, match=message):
        encode(tmp_path / name, stereo, SR, **options)


def test_encode_refuses_what_is_not_finite_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="finite"):
        encode(tmp_path / "a.wav", np.array([0.0, np.inf]), SR)
    assert list(tmp_path.iterdir()) == []


def test_mono_of_stereo_is_the_mean(stereo):
    np.testing.assert_allclose(to_mono(stereo), stereo.mean(axis=1), atol=1e-7)
