"""The Debian source: whose licence a file has, what is music, and what becomes of stems."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np
import pytest

from data_catalog.home import Home
from data_catalog.licences.terms import judge
from data_catalog.sources import DebianSource, SourceUnavailable
from data_catalog.sources import debian as debian_module
from data_catalog.sources.debian_package import copyright_statements
from features.audio.reader import decode
from tests.data_catalog.sources_fixtures import deb, tone

DEP5 = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: game

Files: *
Copyright: 2010 Some Programmers
License: GPL-2+

Files: data/music/*
Copyright: 2011 Ada Example <ada@example.org>
License: CC-BY-SA-3.0

Files: data/music/intro.wav
Copyright: 2011 Bob Example
License: expat-like
 Permission is hereby granted, free of charge, to any person obtaining a copy
 of this music, subject to the following conditions:
 .
 The above copyright notice and this permission notice shall be included.

License: GPL-2+
 See /usr/share/common-licenses/GPL-2.

License: CC-BY-SA-3.0
 The words of the licence.
"""

FREE_TEXT = """\
This package was debianized by Somebody.

Copyright: 2002 Ada Example. All rights reserved.

The music is under http://creativecommons.org/licenses/by/3.0/

Packaging:

The Debian packaging is (C) 2006 Somebody and is licensed under the GPL, version 2 or any
later version.
"""


def licence(text, path):
    statements, holder = copyright_statements(text, PurePosixPath(path))
    found = judge(statements).licence
    return (found.spdx if found else None), holder


@pytest.mark.parametrize(
    ("path", "spdx", "holder"),
    [
        ("usr/share/games/game/data/music/one.ogg", "CC-BY-SA-3.0", "Ada Example"),
        ("usr/share/games/game/data/music/intro.ogg", "MIT", "Bob Example"),
        ("usr/share/games/game/data/sounds/bang.ogg", "GPL-2.0-or-later", "Some Programmers"),
        ("usr/share/elsewhere/intro.opus", "MIT", "Bob Example"),
    ],
)
def test_the_last_paragraph_that_covers_a_file_licenses_it(path, spdx, holder):
    assert licence(DEP5, path) == (spdx, holder)


def test_free_text_speaks_for_the_music_and_not_for_the_packaging():
    assert licence(FREE_TEXT, "usr/share/games/x/one.ogg") == ("CC-BY-3.0", "Ada Example")


def test_a_package_without_a_copyright_file_is_of_unknown_licence():
    assert licence("", "usr/share/x/one.ogg") == (None, None)


def test_the_evidence_is_kept_word_for_word():
    [statement], _ = copyright_statements(DEP5, PurePosixPath("x/data/music/one.ogg"))
    assert "The words of the licence." in statement.detail
    assert statement.where == "debian/copyright: Files: data/music/*"


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.setattr(debian_module, "SHORTEST_MUSIC_S", 0.5)
    song = tone(tmp_path / "song.ogg", hz=220)
    return deb(
        tmp_path / "music-pack_1.2-3_all.deb",
        {
            "usr/share/doc/music-pack/copyright": DEP5.encode(),
            "usr/share/games/pack/data/music/one.ogg": song,
            "usr/share/games/pack/bang.wav": tone(tmp_path / "bang.wav", seconds=0.2),
            "usr/share/games/pack/songs/first/song.ogg": song,
            "usr/share/games/pack/songs/first/guitar.ogg": tone(tmp_path / "g.ogg", hz=330),
            "usr/share/games/pack/songs/first/song.ini": (
                b"[song]\nname = First\nartist = Composed by Ada - www.example.org\n"
            ),
        },
    )


@pytest.fixture
def source(package, tmp_path):
    return DebianSource(str(package), Home(tmp_path / "home"))


def fetched(source):
    return {item.title: source.fetch(item) for item in map(source.fetch, source.items())}


def test_music_becomes_flac_and_keeps_its_true_codec(source):
    track = fetched(source)["one"]
    assert (track.path.suffix, track.origin_codec, track.origin_lossless) == (
        ".flac",
        "VORBIS",
        False,
    )


def test_the_package_is_named_with_its_version(source):
    assert fetched(source)["one"].uri == (
        "debian:music-pack_1.2-3/usr/share/games/pack/data/music/one.ogg"
    )


def test_short_sounds_are_left_out_and_said_so(source):
    assert "bang" not in fetched(source)
    assert source.notes == [f"{source.spec}: left out 1 sounds shorter than 0.5 s"]


def test_a_song_in_stems_is_their_sum(source, tmp_path):
    track = fetched(source)["First"]
    stems = [decode(tmp_path / name).samples for name in ("song.ogg", "g.ogg")]
    mixed = decode(track.path).samples
    total = sum(stems)
    gain = float((mixed * total).sum() / (total * total).sum())
    assert np.abs(mixed - gain * total).max() < 2e-4


def test_a_song_is_named_by_its_ini_file(source):
    track = fetched(source)["First"]
    assert (track.artist, track.changes) == (
        "Ada",
        "converted from VORBIS to FLAC, 2 stems summed",
    )


def test_an_unpacked_package_is_not_unpacked_again(source, package):
    first = [item.key for item in source.items()]
    package.write_bytes(b"gone")
    assert [item.key for item in source.items()] == first


def test_a_damaged_package_is_refused_in_one_line(tmp_path):
    (tmp_path / "x_1_all.deb").write_bytes(b"!<arch>\nrubbish")
    with pytest.raises(SourceUnavailable, match="can't be unpacked"):
        list(DebianSource(str(tmp_path / "x_1_all.deb"), Home(tmp_path)).items())


def test_a_member_that_would_leave_the_folder_is_not_unpacked(tmp_path):
    path = deb(tmp_path / "x_1_all.deb", {"../../evil.ogg": b"x"})
    with pytest.raises(SourceUnavailable):
        list(DebianSource(str(path), Home(tmp_path / "home")).items())


def test_without_apt_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceUnavailable, match=r"apt-get isn't on this machine; download .*\.deb"):
        list(DebianSource("some-music", Home(tmp_path)).items())
