import numpy as np
import pytest

from features.audio.reader import encode
from features.audio.tags import read_tags, write_tags

TAGS = {
    "TITLE": "Für dich",
    "ARTIST": "A",
    "GENRE": "Jazz",
    "MOOD": "sad",
    "LICENSE": "CC0-1.0",
    "COPYRIGHT": "2020 A",
    "SHIROA_SEED": "7",
}


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "opus", "mp3"])
def test_every_container_keeps_every_tag_under_the_same_name(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    encode(path, np.zeros(48_000), 48_000, tags=TAGS)
    found = read_tags(path)
    assert {name: found[name] for name in TAGS} == {name: [value] for name, value in TAGS.items()}


def test_writing_replaces_one_tag_and_keeps_the_others(tmp_path):
    path = tmp_path / "a.flac"
    encode(path, np.zeros(4800), 48_000, tags={"TITLE": "old", "ARTIST": "A"})
    write_tags(path, {"title": "new"})
    assert read_tags(path) == {"TITLE": ["new"], "ARTIST": ["A"]}


def test_a_wav_info_list_is_read(tmp_path):
    import soundfile as sf

    with sf.SoundFile(tmp_path / "a.wav", "w", 48_000, 1) as file:
        file.title = "From RIFF"
        file.write(np.zeros(4800))
    assert read_tags(tmp_path / "a.wav") == {"TITLE": ["From RIFF"]}


def test_what_is_no_audio_has_no_tags(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f nothing")
    assert read_tags(tmp_path / "a.mp3") == {}


def test_a_file_that_takes_no_tags_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match=r"a\.txt"):
        write_tags(tmp_path / "a.txt", {"TITLE": "x"})
