"""The composer as an engine: it sings, it arranges recordings, and it says why it can't."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.audio.encoding import encode
from serving.engines.base import Cancelled, EngineError, Rendering, Request
from serving.engines.composer import ComposerEngine

SONG = Request("pop", "happy", 120.0, "D major", 15.0, 3, lyrics="Morning over water\nCarry me")


def play(request: Request) -> Rendering:
    return ComposerEngine(22_050).generate(request, lambda done, stage: None, lambda: False)


@pytest.fixture(scope="module")
def song() -> Rendering:
    return play(SONG)


def test_sung_syllables_are_told_line_by_line(song: Rendering) -> None:
    lines = song.truth["lyrics"]
    assert ["".join(s["text"] for s in line).strip() for line in lines] == [
        "Morning over water",
        "Carry me",
    ]
    assert song.extras["lrc"].decode().count("\n[") == 1
    assert lines[1][0]["start_s"] > lines[0][-1]["start_s"]


def test_a_beat_is_drums_alone() -> None:
    beat = play(Request("hip-hop", None, 90.0, None, 15.0, 3, stems=True, parts=("drums",)))
    assert list(beat.stems) == ["drums"]
    with pytest.raises(EngineError, match="choose from bass, chords, melody"):
        play(Request("classical", duration_s=15.0, parts=("drums",)))


def test_recording_is_arranged_on_its_own_beats(song: Rendering, tmp_path: Path) -> None:
    recording = tmp_path / "song.flac"
    encode(recording, song.audio, song.sample_rate)
    made = play(Request("jazz", duration_s=15.0, reference=recording))
    assert len(made.audio) == len(song.audio)
    assert made.truth["key"] == "D major"
    assert np.diff(made.truth["beats_s"]).mean() == pytest.approx(0.5, rel=0.01)
    assert made.extras["txt"].startswith(b"jazz, D major")
    assert made.truth["recording"]["feel"] == "its own time"


def test_an_arrangement_in_half_time_says_so(tmp_path: Path) -> None:
    fast = play(Request("rock", "happy", 150.0, "D major", 15.0, 3))
    recording = tmp_path / "fast.flac"
    encode(recording, fast.audio, fast.sample_rate)
    made = play(Request("lo-fi", duration_s=15.0, reference=recording))
    told = made.truth["recording"]
    assert told == {"tempo_bpm": pytest.approx(150, rel=0.01), "beats_per_bar": 4,
                    "feel": "half time"}  # fmt: skip
    assert made.truth["tempo_bpm"] == pytest.approx(told["tempo_bpm"] / 2, abs=0.01)
    assert np.diff(made.truth["beats_s"]).mean() == pytest.approx(0.8, rel=0.01)
    assert f"{made.truth['tempo_bpm']:g} BPM".encode() in made.extras["txt"]


def test_an_arrangement_ends_at_its_next_part_when_taken_back(
    song: Rendering, tmp_path: Path
) -> None:
    recording = tmp_path / "song.flac"
    encode(recording, song.audio, song.sample_rate)
    told: list[str] = []

    def note(done: float, stage: str) -> None:
        told.append(stage)

    wish = Request("jazz", duration_s=15.0, reference=recording)
    with pytest.raises(Cancelled):
        ComposerEngine(22_050).generate(wish, note, lambda: "playing" in told)
    assert told.count("playing") == 1


def test_what_cannot_be_sung_or_followed_is_explained(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="ask for about"):
        play(replace(SONG, lyrics="Morning over water\n" * 20))
    silence = tmp_path / "silence.flac"
    encode(silence, np.zeros((15 * 22_050, 1), np.float32), 22_050)
    with pytest.raises(EngineError, match="no steady beat"):
        play(Request("jazz", duration_s=15.0, reference=silence))
