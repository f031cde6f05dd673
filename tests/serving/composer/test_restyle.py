import numpy as np
import pytest

from features.harmony.key import estimate_key
from features.harmony.pitch import KEYS
from serving.composer import Brief, compose, render
from serving.composer.brief import BriefError
from serving.composer.restyle import arrange_heard, restyle
from serving.composer.transcribe import TranscriptionError, transcribe

SR = 22050


@pytest.fixture(scope="module")
def source():
    score = compose(Brief("pop", "happy", 112, "D major", 16, 8))
    return score, render(score, SR, stems=False).mix


@pytest.fixture(scope="module")
def heard(source):
    return transcribe(source[1], SR)


def test_tempo_key_and_chords_are_heard(source, heard):
    score, _ = source
    assert heard.tempo_bpm == pytest.approx(112, rel=0.01)
    assert heard.key == "D major"
    right = 0
    for beat, (root, _) in zip(heard.beats_s, heard.chords, strict=True):
        at = (beat + 0.1) / score.seconds_per_beat
        right += [c for c in score.chords if c.start <= at][-1].root == root
    assert right / len(heard.chords) > 0.7


def test_the_new_band_follows_the_recordings_beats(heard):
    score = arrange_heard(heard, "electronic", None, 16.0, 1)
    kicks = [
        n.start * score.seconds_per_beat
        for part, n in score.notes()
        if part.role == "drums" and n.pitch == 36
    ]
    nearest = [np.abs(heard.beats_s - kick).min() for kick in kicks]
    assert np.median(nearest) < 0.01
    assert score.genre == "electronic"


def test_strength_fades_from_the_recording_to_the_arrangement(source):
    _, y = source
    half = restyle(y, SR, "jazz", strength=0.5, sample_rate=SR)
    assert "recording" in half.performance.stems
    assert len(half.performance.mix) == len(y)
    assert np.abs(sum(half.performance.stems.values()) - half.performance.mix).max() < 1e-4


def test_recordings_that_cannot_be_followed_say_why():
    with pytest.raises(TranscriptionError, match="must be 8-600 s"):
        transcribe(np.zeros(SR), SR)
    with pytest.raises(TranscriptionError, match="beat"):
        transcribe(np.zeros(SR * 10), SR)


def test_listening_can_be_ended(source):
    steps = []

    def leave() -> None:
        steps.append(1)
        if len(steps) == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        transcribe(source[1], SR, leave)


def test_strength_has_limits(source):
    with pytest.raises(BriefError, match="strength=2"):
        restyle(source[1], SR, "jazz", strength=2)


def test_a_recording_without_a_clear_key_gets_the_nearest():
    t = np.arange(12 * SR) / SR
    bursts = 0.05 * np.random.default_rng(0).normal(size=len(t)) * np.exp(-(t % 0.5) * 11)
    assert estimate_key(bursts, SR).name is None
    found = transcribe(bursts.astype(np.float32), SR)
    assert found.key in KEYS
    assert found.tempo_bpm == pytest.approx(120, rel=0.01)
