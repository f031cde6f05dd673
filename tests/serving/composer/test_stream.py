from itertools import islice

import numpy as np
import pytest

from serving.composer import Brief, BriefError, compose, compose_song, recital, render
from serving.composer.score import Note, Part
from serving.composer.sheet import chord_sheet
from serving.composer.sound.instruments import Instrument
from serving.composer.streaming.band import SideChain
from serving.composer.streaming.stream import Dials, LiveMusic

SR = 22050


def test_every_bar_is_as_long_as_its_tempo_says():
    music = LiveMusic(Dials("rock", tempo_bpm=120), sample_rate=SR)
    blocks = list(islice(music.bars(), 7))
    assert [b.bar for b in blocks] == [0] * 5 + [1, 2]
    assert [len(b.audio) for b in blocks[1:]] == [SR // 4, *[SR // 2] * 3, *[2 * SR] * 2]
    assert all(np.abs(b.audio).max() < 0.9 for b in blocks)


def test_dials_take_effect_at_the_next_bar():
    dials = Dials("folk", "calm", 100, "G major")
    bars = LiveMusic(dials, sample_rate=SR).bars()
    first_bar = list(islice(bars, 5))
    assert first_bar[-1].tempo_bpm == 100
    dials.tempo_bpm, dials.mood, dials.muted = 150.0, "happy", {"bass"}
    block = next(bars)
    assert (block.tempo_bpm, block.mood, block.key) == (150.0, "happy", "G major")
    assert "bass" not in block.parts


def test_bars_and_changes_join_without_a_click():
    dials = Dials("ambient", "calm", 80, "C major")
    bars = LiveMusic(dials, sample_rate=SR).bars()
    made = [next(bars).audio]
    dials.tempo_bpm = 90.0
    made += [next(bars).audio, next(bars).audio]
    whole = np.concatenate(made)
    steps = np.abs(np.diff(whole, axis=0)).max(axis=1)
    joins = np.cumsum([len(a) for a in made])[:-1]
    inside = np.percentile(steps, 99.9)
    assert all(steps[j - 3 : j + 3].max() < 1.5 * inside for j in joins)


def test_the_side_chain_goes_on_over_a_join():
    kicks = tuple(Note(start, 0.1, 36, 1.0) for start in (0.0, 1.9, 2.0))
    drums = Part("drums", "drums", "pop", 0, kicks)
    chain = SideChain(0.5, SR)
    curves = [chain.curve([(drums, drums.between(at, 1.0))], SR // 2) for at in (0.0, 1.0, 2.0)]
    whole = np.concatenate(curves)
    assert np.abs(np.diff(whole)).max() < 1.1 / (0.004 * SR)
    assert whole.min() == 0.0


def test_little_energy_has_no_drums():
    quiet = next(LiveMusic(Dials("pop", energy=0.1), sample_rate=SR).bars())
    assert "drums" not in quiet.parts
    assert quiet.parts


def test_impossible_dials_are_refused():
    with pytest.raises(BriefError, match="tempo_bpm=500"):
        LiveMusic(Dials(tempo_bpm=500))


def test_a_recital_is_the_piece_before_it_is_mastered():
    score = compose(Brief("folk", tempo_bpm=120, duration_s=15, seed=3))
    heard = np.concatenate(list(recital(score, SR)))
    finished = render(score, SR, stems=False).mix
    assert heard.shape == finished.shape
    assert np.corrcoef(heard[:, 0], finished[:, 0])[0, 1] > 0.9
    assert np.abs(heard[-10:]).max() < 1e-3


def test_a_recital_holds_the_voice_where_the_finished_song_does():
    score = compose_song(Brief("folk", tempo_bpm=120, duration_s=15, seed=3), "Carry me home\n" * 3)
    heard = np.concatenate(list(recital(score, SR)))[:, 0]
    stems = render(score, SR).stems
    voice = stems["voice"][:, 0]
    rest = sum(stem[:, 0] for name, stem in stems.items() if name != "voice")
    sung, played = np.linalg.lstsq(np.stack([voice, rest], axis=1), heard, rcond=None)[0]
    assert 20 * np.log10(sung / played) == pytest.approx(0, abs=1.5)


def test_the_chord_sheet_shows_every_bar():
    score = compose(Brief("folk", tempo_bpm=100, key="G major", duration_s=30))
    sheet = chord_sheet(score)
    assert sheet.startswith("folk, G major, 100 BPM, 4/4")
    assert sheet.count("[") == len(score.sections) + 1


@pytest.mark.parametrize("patch", ["choir", "sub_808", "pick_bass", "rock_organ"])
def test_a_note_begun_is_the_beginning_of_the_note(patch):
    begun, whole = np.zeros((700, 2), np.float32), np.zeros((9000, 2), np.float32)
    instrument = Instrument(patch, 60, SR)
    instrument.begin(begun, 100, 5000, 57, 0.7)
    instrument.play(whole, 100, 5000, 57, 0.7)
    assert np.abs(whole).max() > 0.01
    assert np.array_equal(begun, whole[:700])
    rest = np.zeros((8300, 2), np.float32)
    instrument.play(rest, 100 - 700, 5000, 57, 0.7)
    assert np.array_equal(rest, whole[700:])
