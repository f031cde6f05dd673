from dataclasses import replace

import numpy as np
import pytest

from features.harmony.key import estimate_key
from features.harmony.pitch import KEYS
from serving.composer import Brief, compose, midi_bytes, render
from serving.composer.brief import BriefError
from serving.composer.styles import style_of
from serving.composer.transfer.metrical import grid_for
from serving.composer.transfer.restyle import arrange_heard, on_paper, restyle
from serving.composer.transfer.transcribe import TranscriptionError, transcribe

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


def test_the_band_begins_and_ends_with_the_music(source):
    quiet = np.zeros((3 * SR, 2), np.float32)
    late = transcribe(np.concatenate([quiet, source[1], quiet]), SR)
    score = arrange_heard(late, "pop", None, 22.0, 1)
    starts = [n.start * score.seconds_per_beat for _, n in score.notes()]
    ends = [(n.start + n.length) * score.seconds_per_beat for _, n in score.notes()]
    assert 2.9 < min(starts) < 3.2
    assert max(ends) <= late.sounds_s[1] + 0.01 < 19.01


def test_a_recording_in_three_is_arranged_in_three():
    beats = np.arange(61) * 0.5
    roots = [(0, 5, 7, 9)[beat // 3 % 4] for beat in range(61)]
    t = np.arange(30 * SR) / SR
    y = np.zeros(len(t))
    for beat, (at, root) in enumerate(zip(beats[:-1], roots, strict=False)):
        on = slice(round(at * SR), round((at + 0.5) * SR))
        fall = np.exp(-8 * (t[on] - at))
        third = 3 if root == 9 else 4
        for pitch in (48 + root, 60 + root, 60 + root + third, 67 + root):
            loud = 0.3 if pitch < 60 and beat % 3 == 0 else 0.08
            y[on] += loud * fall * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t[on])
    found = transcribe(y.astype(np.float32), SR)
    score = arrange_heard(found, "folk", None, 30.0, 1)
    assert found.beats_per_bar == score.beats_per_bar == 3
    bass = next(part for part in score.parts if part.role == "bass")
    strong = [n.start for n in bass.notes if abs(n.start / 3 - round(n.start / 3)) < 0.03]
    assert len(strong) > 12
    assert midi_bytes(score).count(bytes([0xFF, 0x58, 4, 3])) == 1


def test_paper_and_midi_count_the_bands_beats(heard):
    fast = replace(heard, tempo_bpm=2 * heard.tempo_bpm, beats_s=heard.beats_s / 2,
                   sounds_s=(0.0, heard.sounds_s[1] / 2))  # fmt: skip
    grid = grid_for(fast, style_of("ambient"))
    score = arrange_heard(fast, "ambient", None, 8.0, 1)
    assert score.tempo_bpm == grid.tempo_bpm == pytest.approx(112, rel=0.01)
    written = on_paper(score, grid)
    for played, chord in zip(score.chords, written.chords, strict=True):
        at = played.start * score.seconds_per_beat
        assert grid.beats_s[round(chord.start)] == pytest.approx(at, abs=0.01)


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
