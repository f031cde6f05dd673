"""Ingestion: every file ends up in one place, once, and a re-run reads only what changed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from data_catalog.home import Home
from data_catalog.ingestion import ingest as ingest_module
from data_catalog.ingestion.ingest import ingest
from data_catalog.sources import DebianSource, FolderSource, ItemUnusable
from data_catalog.tables.store import Store
from features.audio.tags import write_tags
from features.hashing import file_sha256
from tests.data_catalog.interrupted import stopped_at_commit
from tests.data_catalog.sources_fixtures import tone

INGEST = (
    "import sys; from pathlib import Path; from data_catalog.ingestion import ingest as m;"
    "from data_catalog.home import Home; from data_catalog.sources import FolderSource;"
    "m._BATCH_FILES = 4; home = Home(Path(sys.argv[1]));"
    "print('ready', flush=True); m.ingest(home, FolderSource(Path(sys.argv[2]), home))"
)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    for name, hz in (("a.flac", 220), ("b.ogg", 330), ("c.wav", 440)):
        tone(folder / name, hz=hz, tags={"TITLE": name[0].upper(), "LICENSE": "CC-BY-4.0"})
    return folder


def run(home, folder, **options):
    return ingest(home, FolderSource(folder, home, **options))


def counts(report):
    return {name: n for name, n in report.counts().items() if n and name != "seconds"}


def table(home, name):
    return Store(home).read(name)


def test_each_file_becomes_a_track_with_its_licence_and_place(home, music):
    assert counts(run(home, music)) == {"listed": 3, "new": 3}
    assert [len(table(home, name)) for name in ("tracks", "licences", "files")] == [3, 3, 3]


def test_a_track_is_known_by_the_hash_of_its_file(home, music):
    run(home, music)
    [track] = table(home, "tracks").filter(title="A").iter_rows(named=True)
    assert track["track_id"] == file_sha256(music / "a.flac")


def test_the_row_says_what_the_header_says(home, music):
    run(home, music)
    [track] = table(home, "tracks").filter(title="B").iter_rows(named=True)
    assert (track["codec"], track["lossless"], track["sample_rate"], track["channels"]) == (
        "VORBIS", False, 22_050, 1,
    )  # fmt: skip


def test_a_second_run_reads_nothing(home, music, monkeypatch):
    run(home, music)
    monkeypatch.setattr(FolderSource, "fetch", None)
    assert counts(run(home, music)) == {"listed": 3, "unchanged": 3}


def test_only_what_is_new_is_read(home, music):
    run(home, music)
    tone(music / "d.flac", hz=550)
    assert counts(run(home, music)) == {"listed": 4, "unchanged": 3, "new": 1}


def test_the_same_content_elsewhere_is_no_second_track(home, music):
    shutil.copy(music / "a.flac", music / "copy.flac")
    assert counts(run(home, music)) == {"listed": 4, "new": 3, "duplicate_files": 1}
    assert len(table(home, "files")) == 4


def test_a_copy_found_later_is_no_second_track(home, music):
    run(home, music)
    shutil.copy(music / "a.flac", music / "copy.flac")
    assert counts(run(home, music)) == {"listed": 4, "unchanged": 3, "duplicate_files": 1}


def test_a_file_that_was_only_touched_stays_the_same_track(home, music):
    run(home, music)
    os.utime(music / "a.flac", (1, 1))
    assert counts(run(home, music)) == {"listed": 3, "unchanged": 3}


BAD = {
    "text.flac": (b"This is no music at all.\n" * 40, "not_audio"),
    "empty.mp3": (b"", "empty"),
    "video.m4a": (b"\0\0\0\x20ftypM4A " + b"\0" * 400, "unsupported"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_goes_to_quarantine_and_stops_nobody(home, music, name):
    content, reason = BAD[name]
    (music / name).write_bytes(content)
    assert counts(run(home, music)) == {"listed": 4, "new": 3, "quarantined": 1}
    [row] = table(home, "quarantine").iter_rows(named=True)
    assert (row["path"], row["stage"], row["reason"]) == (str(music / name), "ingest", reason)


def test_a_truncated_file_goes_to_quarantine(home, music):
    whole = (music / "c.wav").read_bytes()
    (music / "c.wav").write_bytes(whole[: len(whole) // 2])
    run(home, music)
    assert table(home, "quarantine")["reason"].to_list() == ["truncated"]


def test_a_bad_file_is_not_read_again_while_nothing_changed(home, music):
    (music / "text.flac").write_bytes(BAD["text.flac"][0])
    run(home, music)
    assert counts(run(home, music)) == {"listed": 4, "unchanged": 4}


def test_a_bad_file_is_tried_again_when_the_code_changed(home, music, monkeypatch):
    (music / "text.flac").write_bytes(BAD["text.flac"][0])
    run(home, music)
    monkeypatch.setattr(ingest_module, "INGEST_VERSION", "next")
    assert counts(run(home, music)) == {"listed": 4, "unchanged": 3, "quarantined": 1}


def test_a_mended_file_leaves_quarantine(home, music):
    (music / "text.flac").write_bytes(BAD["text.flac"][0])
    run(home, music)
    tone(music / "text.flac", hz=660)
    assert counts(run(home, music)) == {"listed": 4, "unchanged": 3, "new": 1}
    assert table(home, "quarantine").is_empty()


def test_what_was_unavailable_is_tried_again(home, music, monkeypatch):
    def fails(self, item):
        raise ItemUnusable("unavailable", "the server did not answer")

    with monkeypatch.context() as patched:
        patched.setattr(FolderSource, "fetch", fails)
        assert counts(run(home, music)) == {"listed": 3, "quarantined": 3}
    assert counts(run(home, music)) == {"listed": 3, "new": 3}


def taken_down(home, **columns):
    row = {"track_id": "0" * 64, "taken_down_at": datetime.now(UTC), **columns}
    Store(home).append("takedowns", [row])


def test_a_track_that_was_taken_down_does_not_return(home, music):
    taken_down(home, track_id=file_sha256(music / "a.flac"))
    assert counts(run(home, music)) == {"listed": 3, "new": 2, "taken_down": 1}
    assert counts(run(home, music)) == {"listed": 3, "unchanged": 3}


def test_a_retagged_copy_of_a_taken_down_track_does_not_return(home, music):
    run(home, music)
    [md5] = table(home, "tracks").filter(title="A")["audio_md5"]
    taken_down(home, audio_md5=md5)
    write_tags(music / "a.flac", {"TITLE": "Something else"})
    assert counts(run(home, music)) == {"listed": 3, "unchanged": 2, "taken_down": 1}


def licence(home, title):
    tracks = table(home, "tracks").filter(title=title)
    return tracks.join(table(home, "licences"), on="track_id")["licence"].item()


def test_a_licence_stated_later_reaches_known_files(home, tmp_path):
    tone(tmp_path / "bare" / "x.flac")
    run(home, tmp_path / "bare")
    run(home, tmp_path / "bare", licence="CC0-1.0")
    assert licence(home, "x") == "CC0-1.0"


def test_a_sidecar_written_later_reaches_known_files(home, tmp_path):
    tone(tmp_path / "bare" / "x.flac")
    run(home, tmp_path / "bare")
    (tmp_path / "bare" / "shiroa.toml").write_text('licence = "CC-BY-NC-4.0"\n')
    os.utime(tmp_path / "bare" / "shiroa.toml", (2**33, 2**33))
    run(home, tmp_path / "bare")
    assert licence(home, "x") == "CC-BY-NC-4.0"


def test_copies_that_state_different_licences_leave_the_strictest(home, tmp_path):
    for folder, text in (("free", "CC0-1.0"), ("strict", "CC-BY-NC-4.0")):
        tone(tmp_path / folder / "x.flac")
        (tmp_path / folder / "shiroa.toml").write_text(f'licence = "{text}"\n')
        run(home, tmp_path / folder)
    assert licence(home, "x") == "CC-BY-NC-4.0"


def test_the_evidence_names_the_file_and_the_place(home, music):
    run(home, music)
    [row] = table(home, "licences").filter(track_id=file_sha256(music / "a.flac")).to_dicts()
    [found] = json.loads(row["evidence"])
    assert (found["file"], found["where"], found["text"]) == (
        str(music / "a.flac"), "LICENSE", "CC-BY-4.0",
    )  # fmt: skip


def test_a_copy_that_ingestion_made_of_known_content_is_removed(home, music):
    run(home, music, copy=True)
    (music / "other").mkdir()
    shutil.copy(music / "a.flac", music / "other" / "copy.flac")
    run(home, music, copy=True)
    assert len(list((home.audio / "folder").iterdir())) == 3


@pytest.mark.parametrize("stop_at", range(1, 5))
def test_a_run_that_stops_at_any_commit_is_completed_by_the_next(home, music, monkeypatch, stop_at):
    (music / "text.flac").write_bytes(BAD["text.flac"][0])
    shutil.copy(music / "a.flac", music / "copy.flac")
    with stopped_at_commit(monkeypatch, stop_at):
        run(home, music)
    run(home, music)
    rows = {name: len(table(home, name)) for name in ("tracks", "licences", "files", "quarantine")}
    assert rows == {"tracks": 3, "licences": 3, "files": 5, "quarantine": 1}


@pytest.mark.slow
def test_two_runs_at_once_double_nothing(home, music):
    for n in range(20):
        tone(music / f"{n}.flac", hz=100 + n, seconds=0.2)
    Store.open(home)
    children = [
        subprocess.Popen([sys.executable, "-c", INGEST, str(home.root), str(music)])
        for _ in range(2)
    ]
    assert [child.wait() for child in children] == [0, 0]
    tracks, files = table(home, "tracks"), table(home, "files")
    assert (len(tracks), tracks["track_id"].n_unique(), len(files)) == (23, 23, 23)


@pytest.mark.slow
def test_killed_runs_lose_and_double_nothing(home, music):
    for n in range(40):
        tone(music / f"{n}.flac", hz=100 + n, seconds=0.2)
    for pause in (0.3, 0.9, 1.7):
        child = subprocess.Popen(
            [sys.executable, "-c", INGEST, str(home.root), str(music)], stdout=subprocess.PIPE
        )
        child.stdout.readline()
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    run(home, music)
    tracks, files = table(home, "tracks"), table(home, "files")
    assert (len(tracks), tracks["track_id"].n_unique(), len(files)) == (43, 43, 43)


def test_a_package_gives_its_music_to_the_catalog(home, tmp_path, monkeypatch):
    from data_catalog.sources import debian as debian_module
    from tests.data_catalog.sources_fixtures import deb

    monkeypatch.setattr(debian_module, "SHORTEST_MUSIC_S", 0.5)
    package = deb(
        tmp_path / "tunes_1_all.deb",
        {
            "usr/share/doc/tunes/copyright": b"The music is in the public domain.\n",
            "usr/share/tunes/one.ogg": tone(tmp_path / "one.ogg"),
        },
    )
    report = ingest(home, DebianSource(str(package), home))
    [track] = table(home, "tracks").iter_rows(named=True)
    assert (report.new, track["codec"], track["origin_codec"]) == (1, "FLAC", "VORBIS")
    assert licence(home, "one") == "LicenseRef-public-domain"
