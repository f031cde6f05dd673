import json

import numpy as np
import pytest

from features.audio.reader import encode
from features.inspect import as_json, draw, headline, look_at
from features.picture import coloured, png
from tests.features.music import SR, song


@pytest.fixture(scope="module")
def look(tmp_path_factory):
    path = tmp_path_factory.mktemp("look") / "tune.flac"
    encode(path, song(120, 9, "minor", 12.0), SR)
    return look_at(path)


def test_the_headline_says_tempo_key_loudness_and_quality(look):
    parts = headline(look).split(" · ")
    assert parts[0] == "tune.flac"
    assert parts[1].startswith("120.0 BPM")
    assert parts[2].startswith("A minor")
    assert parts[3].endswith("LUFS")


def test_json_holds_numbers_and_pictures_of_one_width(look):
    found = json.loads(json.dumps(as_json(look)))
    assert found["tempo"]["bpm"] == look.tempo.bpm
    assert len(found["waveform"]) == len(found["mel"]["db"]) == 360
    assert {len(row) for row in found["chroma"]["values"]} == {12}


def test_a_picture_is_drawn(look, tmp_path):
    draw(look, tmp_path / "look.png")
    assert (tmp_path / "look.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_silence_can_be_looked_at(tmp_path):
    encode(tmp_path / "silence.wav", np.zeros(8 * SR), SR)
    assert "no tempo: silence" in headline(look_at(tmp_path / "silence.wav"))


def test_png_holds_its_pixels(tmp_path):
    import zlib

    rgb = coloured(np.linspace(0, 1, 6).reshape(2, 3))
    data = png(rgb)
    start = data.index(b"IDAT") + 4
    length = int.from_bytes(data[start - 8 : start - 4], "big")
    rows = np.frombuffer(zlib.decompress(data[start : start + length]), np.uint8).reshape(2, 10)
    assert (rows[:, 1:].reshape(2, 3, 3) == rgb).all()
