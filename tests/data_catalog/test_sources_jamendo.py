"""Jamendo, replayed: what a search brings, and what the artist allows."""

from __future__ import annotations

import pytest

from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.sources import JamendoSource, SourceOptions, SourceUnavailable
from data_catalog.sources import jamendo as jamendo_module
from data_catalog.sources.download import Downloader, Manners
from data_catalog.tables.store import Store
from tests.data_catalog.replay import Fault, serving
from tests.data_catalog.sources_fixtures import tone

OPTIONS = SourceOptions(jamendo_client_id="key")


def track(server, number, **fields):
    """One result of ``/tracks``, as https://developer.jamendo.com/v3.0/tracks shows it."""
    return {
        "id": str(number), "name": "Dawn", "duration": 183, "artist_id": "7",
        "artist_name": "Ada", "album_name": "Days", "album_id": "9",
        "license_ccurl": "http://creativecommons.org/licenses/by-nc-nd/3.0/",
        "releasedate": "2021-05-12",
        "audio": f"{server.url}/?trackid={number}&format=flac",
        "audiodownload": f"{server.url}/download/track/{number}/flac/",
        "shareurl": f"https://www.jamendo.com/track/{number}",
        "musicinfo": {"vocalinstrumental": "instrumental",
                      "tags": {"genres": ["rock"], "instruments": [], "vartags": ["happy"]}},
        "audiodownload_allowed": True, **fields,
    }  # fmt: skip


def answer(results):
    return {
        "headers": {
            "status": "success", "code": 0, "error_message": "", "warnings": "",
            "results_count": len(results),
        },
        "results": results,
    }  # fmt: skip


@pytest.fixture
def server(tmp_path):
    with serving() as replay:
        for number in (1, 2, 3):
            body = tone(tmp_path / f"{number}.flac", hz=100 * number).read_bytes()
            replay.file(f"/download/track/{number}/flac/", body)
        replay.json("/tracks/", answer([track(replay, 1)]))
        yield replay


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def jamendo(server, home, spec="tags=rock"):
    downloader = Downloader((server.host,), Manners(requests_per_s=1e6), pause=lambda _: None)
    return JamendoSource(spec, home, OPTIONS, api=server.url, downloader=downloader)


def test_a_track_is_described_by_the_api(server, home):
    source = jamendo(server, home)
    [listed] = source.items()
    item = source.fetch(listed)
    assert (item.title, item.artist, item.album, item.uri) == (
        "Dawn",
        "Ada",
        "Days",
        "https://www.jamendo.com/track/1",
    )
    assert (item.tags["GENRE"], item.tags["MOOD"]) == (["rock"], ["happy"])


def test_the_artists_licence_is_kept(server, home):
    ingest(home, jamendo(server, home))
    [row] = Store(home).read("licences").iter_rows(named=True)
    assert (row["licence"], row["evidence_origin"]) == ("CC-BY-NC-ND-3.0", "api")


def test_a_track_that_may_not_be_downloaded_is_left_out_and_said_so(server, home):
    withheld = track(server, 2, audiodownload_allowed=False, audiodownload="")
    server.json("/tracks/", answer([track(server, 1), withheld]))
    report = ingest(home, jamendo(server, home))
    assert (report.new, report.notes) == (
        1,
        ("jamendo: left out 1 tracks that may not be downloaded",),
    )


def test_a_search_is_read_page_by_page(server, home, monkeypatch):
    monkeypatch.setattr(jamendo_module, "_PAGE_TRACKS", 2)
    query = (
        "tags=rock&client_id=key&format=json&include=licenses+musicinfo&audioformat=flac"
        "&audiodlformat=flac&limit=2&offset="
    )
    server.json(f"/tracks/?{query}0", answer([track(server, 1), track(server, 2)]))
    server.json(f"/tracks/?{query}2", answer([track(server, 3)]))
    assert ingest(home, jamendo(server, home)).new == 3


def test_a_second_run_downloads_nothing(server, home):
    ingest(home, jamendo(server, home))
    server.asked.clear()
    assert ingest(home, jamendo(server, home)).unchanged == 1
    assert not [path for path in server.paths() if path.startswith("/download")]


def test_words_are_a_search(server, home):
    list(jamendo(server, home, "soft piano").items())
    assert "search=soft+piano" in server.paths()[0]


def test_a_refused_key_is_told(server, home):
    failed = {"headers": {"status": "failed", "code": 5, "error_message": "Invalid client"}}
    server.json("/tracks/", failed | {"results": []})
    with pytest.raises(SourceUnavailable, match=r"Invalid client \(code 5\); check the client id"):
        list(jamendo(server, home).items())


def test_a_busy_service_is_waited_for(server, home):
    server.faults["/tracks/"] = [Fault(429, {"Retry-After": "1"})]
    assert ingest(home, jamendo(server, home)).new == 1


def test_without_a_key_the_way_to_one_is_told(home):
    with pytest.raises(SourceUnavailable, match="SHIROA_JAMENDO_CLIENT_ID"):
        JamendoSource("rock", home)


def test_an_unknown_parameter_is_refused(server, home):
    with pytest.raises(SourceUnavailable, match="unknown parameter colour; known are id, name"):
        jamendo(server, home, "colour=red")
