import io

import mido
import pytest

from serving.composer import Brief, compose, midi_bytes, write_midi


@pytest.fixture(scope="module")
def score():
    return compose(Brief("pop", "happy", 123.0, "F# minor", 30, 3))


@pytest.fixture(scope="module")
def file(score):
    return mido.MidiFile(file=io.BytesIO(midi_bytes(score)))


def test_tempo_key_and_metre_are_told(file):
    told = {message.type: message for message in file.tracks[0]}
    assert mido.tempo2bpm(told["set_tempo"].tempo) == pytest.approx(123, abs=0.001)
    assert told["key_signature"].key == "F#m"
    assert (told["time_signature"].numerator, told["time_signature"].denominator) == (4, 4)


def test_every_part_has_its_track_and_all_its_notes(file, score):
    tracks = {track.name: track for track in file.tracks[1:]}
    for part in score.parts:
        ons = [m for m in tracks[part.name] if m.type == "note_on"]
        assert [m.note for m in ons] == [n.pitch for n in part.notes]
        assert {m.channel == 9 for m in ons} == {part.role == "drums"}


def test_notes_start_when_the_score_says(file, score):
    track = next(t for t in file.tracks if t.name == "bass")
    now, starts = 0, []
    for message in track:
        now += message.time
        if message.type == "note_on":
            starts.append(now / file.ticks_per_beat)
    part = next(p for p in score.parts if p.name == "bass")
    assert starts == pytest.approx([n.start for n in part.notes], abs=1 / 960)


def test_a_file_is_written(score, tmp_path):
    write_midi(score, tmp_path / "song.mid")
    assert mido.MidiFile(tmp_path / "song.mid").length == pytest.approx(30, abs=3)
