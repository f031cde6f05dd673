"""Instruments from a soundfont: the chosen ones, in tune, as loud as the synthesizer's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from flows.doctor import examine
from flows.settings import Settings
from serving.composer import Brief, Dials, LiveMusic, compose, recital, render
from serving.composer.score import Note
from serving.composer.sound import dynamics
from serving.composer.sound.instruments import DrumMachine
from serving.composer.sound.soundfont import SampledDrums, SoundfontError, open_soundfont
from serving.engines.base import EngineError, Request
from serving.engines.composer import UNKNOWN_LICENCE, ComposerEngine
from serving.piece.provenance import describe
from tests.serving.composer.tiny_soundfont import write_soundfont

SR = 22_050


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_soundfont(tmp_path_factory.mktemp("fonts") / "tiny.sf2")


def test_chosen_instruments_are_played_from_it_and_stems_still_sum(tiny: Path) -> None:
    score = compose(Brief("jazz", "calm", 100.0, "D minor", 5.0, seed=3))
    own = render(score, SR)
    made = render(score, SR, soundfont=open_soundfont(tiny, SR))
    changed = {name for name in own.stems if not np.array_equal(own.stems[name], made.stems[name])}
    assert {"sax", "drums"} <= changed
    loud = {p: 10 * np.log10(np.mean(made.stems[p] ** 2) / np.mean(own.stems[p] ** 2))
            for p in own.stems}  # fmt: skip
    assert all(abs(loud[p] - loud["piano"]) < 9 for p in ("sax", "drums")), loud
    total = np.sum([*made.stems.values()], axis=0)
    assert np.abs(total - made.mix).max() < 1e-4
    again = render(score, SR, stems=False, soundfont=open_soundfont(tiny, SR))
    assert np.array_equal(again.mix, made.mix)


def test_music_is_heard_while_it_is_made_as_the_finished_piece_sounds(tiny: Path) -> None:
    font = open_soundfont(tiny, SR)
    score = compose(Brief("jazz", "calm", 100.0, "D minor", 6.0, seed=3)).only(("melody", "drums"))
    heard = np.concatenate(list(recital(score, SR, font)))
    finished = render(score, SR, stems=False, soundfont=font).mix
    own = render(score, SR, stems=False).mix
    assert np.corrcoef(heard[:, 0], finished[:, 0])[0, 1] > 0.95
    assert np.corrcoef(heard[:, 0], own[:, 0])[0, 1] < 0.9


def test_its_bars_join_without_a_click(tiny: Path) -> None:
    music = LiveMusic(Dials("jazz", "calm", 100.0, "D minor"), 3, SR, open_soundfont(tiny, SR))
    music.dials.muted = {"drums", "bass", "piano", "felt"}
    made = [block.audio for block in islice(music.bars(), 12)]
    steps = np.abs(np.diff(np.concatenate(made), axis=0)).max(axis=1)
    joins = np.cumsum([len(audio) for audio in made])[:-1]
    assert all(steps[j - 3 : j + 3].max() < 1.5 * np.percentile(steps, 99.9) for j in joins)


def test_each_drum_is_as_loud_as_the_synthesizers(tiny: Path) -> None:
    font, own = open_soundfont(tiny, SR), DrumMachine("brush", SR)
    for pitch in (36, 38, 42, 51):
        played = []
        for kit in (SampledDrums(font, "brush"), own):
            sound = np.zeros((SR, 2), np.float32)
            kit.play(sound, 0, Note(0.0, 1.0, pitch, 0.9))
            played.append(dynamics.loudest_power(sound, SR // 50))
        assert 10 * np.log10(played[0] / played[1]) == pytest.approx(0, abs=2.0), pitch


def test_a_drum_is_held_over_its_attack(tmp_path: Path) -> None:
    """A font may end a stroke with its note: a note of one frame was no stroke at all."""
    slow = open_soundfont(write_soundfont(tmp_path / "slow.sf2", drum_attack_s=0.01), SR)
    sound = np.zeros((SR, 2), np.float32)
    SampledDrums(slow, "pop").play(sound, 0, Note(0.0, 1.0, 38, 1.0))
    assert np.abs(sound[: SR // 20]).max() < 0.9
    assert np.abs(sound[SR // 100 : SR // 20]).max() > 0.05


@pytest.mark.parametrize("pitch", [57, 69, 81])
def test_a_note_sounds_at_its_pitch(tiny: Path, pitch: int) -> None:
    sound = open_soundfont(tiny, SR).strike((0, 66), pitch, SR, 0.8)[:SR, 0]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(SR), 8 * SR))
    heard = 69 + 12 * np.log2(spectrum.argmax() / 8 / 440.0)
    assert heard == pytest.approx(pitch, abs=0.1)


def test_the_choice_of_players(tiny: Path, tmp_path: Path) -> None:
    score = compose(Brief("jazz", "calm", 100.0, "D minor", 5.0, seed=3))
    sax = next(p for p in score.parts if p.name == "sax")
    drums = next(p for p in score.parts if p.role == "drums")
    font = open_soundfont(tiny, SR)
    assert font.plays(sax, "brush")
    assert not font.plays(replace(sax, program=67), "brush"), "a preset that it lacks"
    assert not font.plays(replace(sax, program=81), "brush"), "a synthesizer's lead"
    guitars = open_soundfont(write_soundfont(tmp_path / "guitar.sf2", program=30), SR)
    assert not guitars.plays(replace(sax, program=30), "brush"), "is distorted by its strip"
    assert not font.plays(drums, "trap")
    named = open_soundfont(tiny, SR, "sax, bass")
    assert named.plays(sax, "brush")
    assert not named.plays(drums, "brush")


def test_the_answer_names_the_soundfont_and_its_licence(tiny: Path, tmp_path: Path) -> None:
    engine = ComposerEngine(SR, {"path": str(tiny)})
    told = describe(engine, 1)
    assert told.sounds is not None
    assert (told.sounds["name"], told.licence, told.commercial_use) == ("Tiny", "CC0-1.0", True)
    assert "played with Tiny (CC0-1.0)" in told.attribution
    assert engine.model_id != ComposerEngine(SR).model_id
    silent = write_soundfont(tmp_path / "silent.sf2", copyright_="ask me")
    told = describe(ComposerEngine(SR, {"path": str(silent)}), 1)
    assert (told.licence, told.commercial_use) == (UNKNOWN_LICENCE, False)
    told = describe(ComposerEngine(SR, {"path": str(silent), "licence": "CC-BY-NC-4.0"}), 1)
    assert (told.licence, told.commercial_use) == ("CC-BY-NC-4.0", False)


def test_what_is_no_soundfont_is_explained(tmp_path: Path) -> None:
    text = tmp_path / "words.sf2"
    text.write_text("not a soundfont")
    with pytest.raises(SoundfontError, match="is not a soundfont; give"):
        open_soundfont(text, SR)
    cut = tmp_path / "cut.sf2"
    cut.write_bytes(write_soundfont(tmp_path / "whole.sf2").read_bytes()[:200])
    with pytest.raises(SoundfontError, match=r"give a \.sf2"):
        open_soundfont(cut, SR)
    with pytest.raises(EngineError, match="No such file"):
        ComposerEngine(SR, {"path": str(tmp_path / "absent.sf2")})
    with pytest.raises(SoundfontError, match="SPDX"):
        open_soundfont(tmp_path / "whole.sf2", SR, licence="whatever")


def test_the_doctor_tells_what_is_wrong_with_it(tiny: Path, tmp_path: Path) -> None:
    fine = examine(Settings(home=str(tmp_path), soundfont=tiny))
    assert not [f for f in fine if "oundfont" in f.what.lower()]
    absent = examine(Settings(home=str(tmp_path), soundfont=tmp_path / "absent.sf2"))
    assert any(f.serious and "absent.sf2" in f.what for f in absent)


def test_a_request_is_answered_with_it(tiny: Path) -> None:
    engine = ComposerEngine(SR, {"path": str(tiny)})
    made = engine.generate(Request("jazz", "calm", 100.0, "D minor", 15.0, 3), lambda *_: None,
                           lambda: False)  # fmt: skip
    assert len(made.audio) == 15 * SR
