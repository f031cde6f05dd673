import numpy as np
import pytest

from features.audio.reader import AudioError, encode
from features.extract import DESCRIPTOR_NAMES, extract_file
from features.harmony.key import estimate_key
from features.levels.loudness import measure_loudness
from features.rhythm.tempo import estimate_tempo
from tests.features.music import song

SR = 44_100


@pytest.fixture(scope="module")
def tune(tmp_path_factory):
    y = song(96, 7, "minor", 16.0, SR)
    path = tmp_path_factory.mktemp("tune") / "tune.flac"
    encode(path, np.stack([y, np.roll(y, 40)], axis=1), SR)
    return path, y


def test_one_decode_gives_what_each_part_gives_alone(tune):
    path, y = tune
    found = extract_file(path, tagger_cache=None)
    assert found.tempo.bpm == pytest.approx(estimate_tempo(y, SR).bpm, abs=0.05)
    assert found.key.name == estimate_key(y, SR).name == "G minor"
    stereo = np.stack([y, np.roll(y, 40)], axis=1)
    alone = measure_loudness(stereo, SR).integrated_lufs
    assert found.loudness.integrated_lufs == pytest.approx(alone, abs=0.01)


def test_descriptors_are_a_finite_vector_with_names(tune):
    vector = extract_file(tune[0], tagger_cache=None).descriptors
    assert vector.shape == (len(DESCRIPTOR_NAMES),)
    assert vector.dtype == np.float32
    assert np.isfinite(vector).all()
    assert len(set(DESCRIPTOR_NAMES)) == len(DESCRIPTOR_NAMES)


def test_without_a_tagger_the_reason_is_given(tune):
    found = extract_file(tune[0], tagger_cache=None)
    assert found.tags is None
    assert found.tags_reason


def test_channels_that_cancel_are_heard_one_by_one(tune, tmp_path):
    y = tune[1]
    encode(tmp_path / "inverted.flac", np.stack([y, -y], axis=1), SR)
    found = extract_file(tmp_path / "inverted.flac", tagger_cache=None)
    assert found.quality.verdicts == ("phase_inverted",)
    assert found.key.name == "G minor"
    assert found.tempo.bpm == pytest.approx(96, abs=0.1)


def test_silence_is_measured_as_silence(tmp_path):
    encode(tmp_path / "s.flac", np.zeros((10 * SR, 2)), SR)
    found = extract_file(tmp_path / "s.flac", tagger_cache=None)
    assert (found.tempo.reason, found.key.reason) == ("silence", "silence")
    assert found.quality.verdicts == ("silent",)
    assert np.isfinite(found.descriptors).all()


@pytest.mark.parametrize("seconds", [0.06, 0.5, 2.0])
def test_short_files_have_reasons_instead_of_numbers(tmp_path, seconds):
    encode(tmp_path / "s.wav", song(120, 0, "major", seconds, SR), SR)
    found = extract_file(tmp_path / "s.wav", tagger_cache=None)
    assert found.tempo.reason == "too_short"
    assert np.isfinite(found.descriptors).all()


def test_a_broken_file_has_its_reason(tune, tmp_path):
    broken = tmp_path / "broken.flac"
    broken.write_bytes(tune[0].read_bytes()[:20_000])
    with pytest.raises(AudioError) as caught:
        extract_file(broken, tagger_cache=None)
    assert caught.value.reason in {"truncated", "corrupt"}
