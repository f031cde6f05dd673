"""The folder source: what it lists, what it opens, and whose word about rights counts."""

from __future__ import annotations

import os
import sys

import pytest
from mutagen.id3 import ID3, WCOP

from data_catalog.home import Home
from data_catalog.licences.terms import judge
from data_catalog.sources import FolderSource, SourceUnavailable, resolve_source
from data_catalog.sources.folder import path_of
from tests.data_catalog.sources_fixtures import tone


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


def names(source):
    return [path_of(item.key).name for item in source.items()]


def licence_of(source):
    [item] = source.items()
    verdict = judge(source.fetch(item).licence.statements)
    return verdict.licence.spdx if verdict.licence else None


def test_every_kind_of_audio_is_listed_and_nothing_else(home, music):
    for name in ("a.FLAC", "b.wav", "deep/er/c.ogg", "d.opus", "e.mp3", ".hidden.flac", "f.txt"):
        path = music / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert names(FolderSource(music, home)) == ["a.FLAC", "b.wav", "d.opus", "e.mp3", "c.ogg"]


def test_one_file_is_a_source_too(home, music):
    assert names(FolderSource(tone(music / "a.flac"), home)) == ["a.flac"]


def test_names_that_are_hard_on_shells_are_kept(home, music):
    hostile = ["a\nb.flac", "'; drop table tracks; --.flac", "ünï 猫.flac", "-rf.flac", "%41.flac"]
    for name in hostile:
        (music / name).touch()
    assert sorted(names(FolderSource(music, home))) == sorted(hostile)


def test_links_are_followed_and_circles_end(home, music):
    tone(music / "a" / "one.flac")
    (music / "a" / "up").symlink_to(music)
    (music / "b").symlink_to(music / "a")
    assert names(FolderSource(music, home)) == ["one.flac"]


def test_a_pipe_is_not_opened(home, music):
    os.mkfifo(music / "pipe.flac")
    assert names(FolderSource(music, home)) == []


def test_a_broken_link_is_left_out(home, music):
    (music / "gone.flac").symlink_to(music / "nowhere.flac")
    assert names(FolderSource(music, home)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_copied_into_the_home(home, music):
    tone(music / "x.flac").rename(os.fsdecode(os.fsencode(music) + b"/caf\xe9.flac"))
    source = FolderSource(music, home)
    [item] = source.items()
    fetched = source.fetch(item)
    assert (item.key, fetched.path.parent, fetched.title) == (
        f"file://{music}/caf%E9.flac",
        home.audio / "folder",
        "caf\ufffd",
    )


def test_copy_brings_the_file_into_the_home(home, music):
    source = FolderSource(tone(music / "a.flac"), home, copy=True)
    [item] = source.items()
    assert source.fetch(item).path.is_relative_to(home.audio)


def test_tags_name_the_track(home, music):
    tone(music / "a.mp3", tags={"TITLE": "Dawn", "ARTIST": "Ada", "ALBUM": "Days"})
    source = FolderSource(music, home, artist="Somebody")
    [item] = source.items()
    item = source.fetch(item)
    assert (item.title, item.artist, item.album) == ("Dawn", "Ada", "Days")


def test_the_file_and_the_option_stand_in_for_missing_tags(home, music):
    tone(music / "Dawn.flac")
    source = FolderSource(music, home, artist="Ada")
    [item] = source.items()
    item = source.fetch(item)
    assert (item.title, item.artist) == ("Dawn", "Ada")


def test_a_licence_tag_counts(home, music):
    tone(music / "a.flac", tags={"LICENSE": "https://creativecommons.org/licenses/by/4.0/"})
    assert licence_of(FolderSource(music, home)) == "CC-BY-4.0"


def test_the_licence_frame_of_an_mp3_counts(home, music):
    path = tone(music / "a.mp3")
    frames = ID3()
    frames.add(WCOP(url="http://creativecommons.org/licenses/by-nc/3.0/"))
    frames.save(path)
    assert licence_of(FolderSource(music, home)) == "CC-BY-NC-3.0"


def test_a_copyright_tag_that_names_a_licence_counts(home, music):
    notice = "2009 Ada. Licensed to the public under http://creativecommons.org/licenses/by/3.0/"
    tone(music / "a.ogg", tags={"COPYRIGHT": notice})
    assert licence_of(FolderSource(music, home)) == "CC-BY-3.0"


def test_no_statement_leaves_the_licence_unknown(home, music):
    tone(music / "a.flac")
    assert licence_of(FolderSource(music, home)) is None


def test_the_option_licenses_what_states_nothing(home, music):
    tone(music / "a.flac")
    assert licence_of(FolderSource(music, home, licence="CC0-1.0")) == "CC0-1.0"


def test_the_option_does_not_free_what_its_tag_binds(home, music):
    tone(music / "a.flac", tags={"LICENSE": "CC-BY-NC-4.0"})
    assert licence_of(FolderSource(music, home, licence="CC0-1.0")) == "CC-BY-NC-4.0"


def test_a_sidecar_licenses_the_folders_below(home, music):
    (music / "shiroa.toml").write_text('licence = "CC-BY-4.0"\n')
    tone(music / "deep" / "a.flac")
    assert licence_of(FolderSource(music, home)) == "CC-BY-4.0"


def test_a_pattern_in_a_sidecar_wins_over_its_general_word(home, music):
    (music / "shiroa.toml").write_text(
        'licence = "CC-BY-4.0"\n[files."live/*.flac"]\nlicence = "CC-BY-NC-4.0"\n'
    )
    tone(music / "live" / "a.flac")
    assert licence_of(FolderSource(music, home)) == "CC-BY-NC-4.0"


@pytest.mark.parametrize("text", ['licence = "CC', 'license = "CC-BY-4.0"', "files = 1"])
def test_a_faulty_sidecar_lets_nothing_pass(home, music, text):
    (music / "shiroa.toml").write_text(text)
    tone(music / "a.flac", tags={"LICENSE": "CC0-1.0"})
    assert licence_of(FolderSource(music, home)) is None


def test_a_sidecar_reserves_training(home, music):
    (music / "shiroa.toml").write_text('licence = "CC-BY-4.0"\nai_training = "reserved"\n')
    source = FolderSource(tone(music / "a.flac"), home)
    [item] = source.items()
    assert judge(source.fetch(item).licence.statements).ai_training_reserved


def test_a_changed_sidecar_changes_the_listing(home, music):
    tone(music / "a.flac")
    before = list(FolderSource(music, home).items())
    (music / "shiroa.toml").write_text('licence = "CC0-1.0"\n')
    os.utime(music / "shiroa.toml", ns=(2**62, 2**62))
    assert list(FolderSource(music, home).items()) != before


def test_a_folder_that_is_not_there_is_refused_in_one_line(home, tmp_path):
    with pytest.raises(SourceUnavailable, match="no such folder or file"):
        resolve_source(str(tmp_path / "nowhere"), home)
