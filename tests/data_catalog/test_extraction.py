"""Extraction: what is measured is recorded once, and what can't be goes to quarantine."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from data_catalog.extraction import extract as extraction
from data_catalog.extraction.extract import (
    ExtractReport,
    PendingTrack,
    extract,
    extract_batch,
    pending,
    record,
)
from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.sources import FolderSource
from data_catalog.tables.store import Store
from features.audio.reader import encode
from features.extract import EXTRACTOR_VERSION, extract_file
from features.workers import Outcome
from tests.data_catalog.interrupted import stopped_at_commit
from tests.data_catalog.sources_fixtures import SAMPLE_RATE, tone

TABLES = ("features", "embeddings", "fingerprints", "quarantine")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What extraction measures in one short tone."""
    path = tone(tmp_path_factory.mktemp("tone") / "a.flac", seconds=4)
    return extract_file(path, tagger_cache=None)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "_tagger", lambda home: (None, ()))
    return Home(tmp_path / "home")


@pytest.fixture
def track(home, tmp_path):
    ingest(home, FolderSource(tone(tmp_path / "a.ogg"), home))
    [track] = pending(home)
    return track


def done(track, value):
    return track, Outcome(track, value, None, None, 0.1)


def failed(track, reason="timeout"):
    return track, Outcome(track, None, reason, f"{track}: {reason}", 0.1)


def sizes(home):
    return {name: n for name in TABLES if (n := len(Store(home).read(name)))}


@pytest.mark.slow
def test_good_music_is_measured_and_bad_audio_is_quarantined_with_its_reason(home, tmp_path):
    music = tmp_path / "music"
    tone(music / "good.flac", seconds=4)
    rng = np.random.default_rng(0)
    encode(music / "silent.flac", np.zeros(4 * SAMPLE_RATE, np.float32), SAMPLE_RATE)
    encode(music / "noise.flac", rng.uniform(-0.5, 0.5, 4 * SAMPLE_RATE), SAMPLE_RATE)
    whole = tone(music / "corrupt.flac", seconds=4, hz=123).read_bytes()
    middle = len(whole) // 2
    (music / "corrupt.flac").write_bytes(whole[:middle] + bytes(2000) + whole[middle + 2000 :])
    ingest(home, FolderSource(music, home))
    report = extract(home, workers=1)
    assert report.reasons == {"silent": 1, "noise": 1, "corrupt": 1}
    assert (report.extracted, report.quarantined) == (1, 3)
    assert extract(home) == ExtractReport()


@pytest.mark.slow
def test_a_killed_extraction_is_completed_by_the_next(home, tmp_path):
    for n in range(6):
        tone(tmp_path / "music" / f"{n}.flac", hz=110 * (n + 2), seconds=4)
    ingest(home, FolderSource(tmp_path / "music", home))
    script = tmp_path / "extract.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\n"
        "from data_catalog.extraction import extract as extraction\n"
        "from data_catalog.home import Home\n"
        "if __name__ == '__main__':\n"
        "    extraction._tagger = lambda home: (None, ())\n"
        "    home, often = Home(Path(sys.argv[1])), extraction.Cadence(tracks=1)\n"
        "    extraction.extract_batch(home, extraction.pending(home), cadence=often,\n"
        "        on_progress=lambda progress: print(progress.done, flush=True))\n"
    )
    child = subprocess.Popen([sys.executable, script, str(home.root)], stdout=subprocess.PIPE)
    child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    begun = sizes(home)["features"]
    assert 0 < begun < 6
    assert extract(home).extracted == 6 - begun
    assert sizes(home) == {"features": 6, "fingerprints": 6}


def test_a_measured_track_has_features_and_a_fingerprint(home, track, measured):
    record(home, [done(track, measured)])
    assert sizes(home) == {"features": 1, "fingerprints": 1}
    assert pending(home) == []


def test_recording_twice_leaves_one_row(home, track, measured):
    record(home, [done(track, measured)])
    record(home, [done(track, measured)])
    assert sizes(home) == {"features": 1, "fingerprints": 1}


def test_the_row_holds_what_was_measured(home, track, measured):
    record(home, [done(track, measured)])
    [row] = Store(home).read("features").iter_rows(named=True)
    assert (row["extractor_version"], row["loudness_lufs"], row["key"], row["quality"]) == (
        EXTRACTOR_VERSION,
        measured.loudness.integrated_lufs,
        measured.key.name,
        "ok",
    )


def test_the_identity_of_the_audio_is_completed(home, track, measured):
    assert Store(home).read("tracks")["audio_md5"].item() is None
    record(home, [done(track, measured)])
    assert Store(home).read("tracks")["audio_md5"].item() == measured.audio_md5


def test_a_recording_that_was_taken_down_leaves_again(home, track, measured):
    row = {
        "track_id": "0" * 64,
        "audio_md5": measured.audio_md5,
        "taken_down_at": datetime.now(UTC),
    }
    Store(home).append("takedowns", [row])
    record(home, [done(track, measured)])
    assert sizes(home) == {}
    assert Store(home).read("tracks").is_empty()


def test_a_track_that_was_taken_down_is_not_measured(home, track):
    Store(home).append(
        "takedowns", [{"track_id": track.track_id, "taken_down_at": datetime.now(UTC)}]
    )
    assert pending(home) == []


def test_a_failure_is_not_tried_again_by_itself(home, track):
    record(home, [failed(track)])
    [row] = Store(home).read("quarantine").iter_rows(named=True)
    assert (row["stage"], row["reason"], row["path"]) == ("extract", "timeout", track.path)
    assert pending(home) == []


def test_a_failure_is_tried_again_when_asked(home, track):
    record(home, [failed(track)])
    assert pending(home, retry=True) == [track]


def test_a_failure_is_tried_again_by_newer_code(home, track, monkeypatch):
    record(home, [failed(track)])
    monkeypatch.setattr(extraction, "EXTRACTOR_VERSION", "next")
    assert pending(home) == [track]


def test_a_file_that_was_out_of_reach_is_tried_again(home, track):
    record(home, [failed(track, "unreadable")])
    assert pending(home) == [track]


def test_a_track_that_can_be_measured_leaves_quarantine(home, track, measured):
    record(home, [failed(track)])
    record(home, [done(track, measured)])
    assert sizes(home) == {"features": 1, "fingerprints": 1}


def test_a_batch_skips_what_was_measured_meanwhile(home, track, measured):
    record(home, [done(track, measured)])
    assert extract_batch(home, [track]) == ExtractReport()


@pytest.mark.parametrize("stop_at", range(1, 6))
def test_a_recording_that_stops_at_any_commit_is_completed_by_the_next(
    home, track, measured, monkeypatch, stop_at
):
    with stopped_at_commit(monkeypatch, stop_at):
        record(home, [done(track, measured)])
    assert pending(home) == [track]
    record(home, [done(track, measured)])
    assert sizes(home) == {"features": 1, "fingerprints": 1}


def test_reports_of_batches_add_up():
    one = ExtractReport(extracted=2, quarantined=1, audio_s=60.0, reasons={"noise": 1})
    assert (one + one).counts()["quarantined: noise"] == 2


def test_a_pending_track_reads_as_its_path():
    assert str(PendingTrack("ab", str(Path("music") / "a.flac"))).endswith("a.flac")
