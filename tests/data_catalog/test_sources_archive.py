"""The Internet Archive, replayed: which files are taken, checked and licensed how."""

from __future__ import annotations

import hashlib

import pytest

from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.licences.terms import judge
from data_catalog.sources import ArchiveSource, SourceUnavailable
from data_catalog.sources.download import Downloader, Manners
from data_catalog.tables.store import Store
from tests.data_catalog.replay import Fault, serving
from tests.data_catalog.sources_fixtures import tone

BY = "http://creativecommons.org/licenses/by/4.0/"


def digests(body):
    return {
        "size": str(len(body)),
        "md5": hashlib.md5(body).hexdigest(),
        "sha1": hashlib.sha1(body).hexdigest(),
        "mtime": "1262304000",
    }


def item(identifier, bodies, **about):
    """An item's metadata, as https://archive.org/developers/md-read.html shows it."""
    return {
        "created": 1700000000,
        "server": "ia800100.us.archive.org",
        "dir": f"/1/items/{identifier}",
        "files": [
            *(
                {"name": name, "source": "original", "format": "Flac", "title": "Dawn",
                 "track": "01", **digests(body)}
                for name, body in bodies.items()
            ),
            {"name": "dawn.mp3", "source": "derivative", "format": "VBR MP3", "size": "99",
             "original": "dawn.flac"},
            {"name": f"{identifier}_meta.xml", "source": "original", "format": "Metadata"},
        ],
        "metadata": {
            "identifier": identifier, "mediatype": "audio", "title": "Days", "creator": "Ada",
            "licenseurl": BY, "subject": ["ambient", "field recordings"], **about,
        },
    }  # fmt: skip


@pytest.fixture
def server():
    with serving() as replay:
        yield replay


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def song(tmp_path):
    return tone(tmp_path / "dawn.flac").read_bytes()


@pytest.fixture
def one_item(server, song):
    server.json("/metadata/days", item("days", {"dawn.flac": song}))
    server.file("/download/days/dawn.flac", song)


def archive(server, home, spec="days"):
    downloader = Downloader((server.host,), Manners(requests_per_s=1e6), pause=lambda _: None)
    return ArchiveSource(spec, home, api=server.url, downloader=downloader)


def fetched(source):
    [listed] = source.items()
    return source.fetch(listed)


def test_only_original_audio_is_listed(server, home, one_item):
    assert [i.key for i in archive(server, home).items()] == [
        f"{server.url}/download/days/dawn.flac"
    ]


def test_a_file_is_described_by_itself_and_its_item(server, home, one_item):
    track = fetched(archive(server, home))
    assert (track.title, track.artist, track.album, track.uri) == (
        "Dawn",
        "Ada",
        "Days",
        "https://archive.org/details/days",
    )
    assert track.tags["GENRE"] == ["ambient", "field recordings"]


def test_the_licence_is_the_items_with_its_place(server, home, one_item):
    [statement] = fetched(archive(server, home)).licence.statements
    assert (statement.text, statement.where) == (BY, f"{server.url}/metadata/days#licenseurl")


@pytest.mark.parametrize(
    ("about", "spdx"),
    [
        ({"licenseurl": None}, None),
        ({"licenseurl": "http://example.org/mine"}, None),
        ({"rights": "Not for commercial use"}, None),
        ({"rights": "Copyright 2009 Ada"}, "CC-BY-4.0"),
        ({"licenseurl": [BY, "http://creativecommons.org/licenses/by-nc/4.0/"]}, "CC-BY-NC-4.0"),
    ],
)
def test_what_an_item_states_decides_its_licence(server, home, song, about, spdx):
    server.json("/metadata/days", item("days", {"dawn.flac": song}, **about))
    server.file("/download/days/dawn.flac", song)
    licence = judge(fetched(archive(server, home)).licence.statements).licence
    assert (licence and licence.spdx) == spdx


def collection(server, songs):
    """Two pages of the scraping API, as https://archive.org/help/aboutsearch.htm shows them."""
    server.json("/metadata/tunes", {"metadata": {"identifier": "tunes", "mediatype": "collection"}})
    query = "q=collection:tunes+AND+mediatype:audio&fields=identifier,oai_updatedate&count=1000"
    entries = [
        {"identifier": name, "oai_updatedate": ["2024-01-01T00:00:00Z"]} for name in sorted(songs)
    ]
    scrape = "/services/search/v1/scrape"
    server.json(f"{scrape}?{query}", {"items": entries[:1], "count": 1, "total": 2, "cursor": "C"})
    server.json(f"{scrape}?{query}&cursor=C", {"items": entries[1:], "count": 1, "total": 2})
    for name, body in songs.items():
        server.json(f"/metadata/{name}", item(name, {"dawn.flac": body}))
        server.file(f"/download/{name}/dawn.flac", body)


def test_a_collection_is_all_its_items(server, home, song, tmp_path):
    collection(server, {"days": song, "nights": tone(tmp_path / "n.flac", hz=99).read_bytes()})
    report = ingest(home, archive(server, home, "tunes"))
    assert (report.new, report.quarantined) == (2, 0)


def test_a_second_run_costs_the_listing(server, home, song):
    collection(server, {"days": song, "nights": song[::-1]})
    ingest(home, archive(server, home, "tunes"))
    server.asked.clear()
    report = ingest(home, archive(server, home, "tunes"))
    assert report.unchanged == 2
    assert not [path for path in server.paths() if path.startswith(("/download", "/metadata/d"))]


def test_a_changed_licence_is_read_again_without_a_download(server, home, song, one_item):
    ingest(home, archive(server, home))
    server.json(
        "/metadata/days",
        item("days", {"dawn.flac": song}, licenseurl=BY.replace("by/", "by-nc/")),
    )
    server.asked.clear()
    ingest(home, archive(server, home))
    assert Store(home).read("licences")["licence"].to_list() == ["CC-BY-NC-4.0"]
    assert server.paths() == ["/metadata/days"]


def test_a_file_that_is_not_what_the_archive_lists_is_quarantined(server, home, song, one_item):
    server.file("/download/days/dawn.flac", song[::-1])
    ingest(home, archive(server, home))
    assert Store(home).read("quarantine")["reason"].to_list() == ["checksum_mismatch"]


def test_a_failing_server_costs_one_run_and_no_track(server, home, one_item):
    server.faults["/download/days/dawn.flac"] = [Fault(500)] * 5
    assert ingest(home, archive(server, home)).quarantined == 1
    assert ingest(home, archive(server, home)).new == 1
    assert Store(home).read("quarantine").is_empty()


def test_an_item_that_is_not_there_is_said_so(server, home):
    server.json("/metadata/days", {})
    with pytest.raises(SourceUnavailable, match="no such item"):
        list(archive(server, home).items())


@pytest.mark.parametrize("spec", ["", "../etc", "a b", "a/b", "-x"])
def test_an_identifier_is_checked(home, spec):
    with pytest.raises(SourceUnavailable, match="no identifier"):
        ArchiveSource(spec, home)


def test_a_hostile_file_name_stays_in_its_folder(server, home, song):
    name = "../../../evil.flac"
    server.json("/metadata/days", item("days", {name: song}))
    server.file("/evil.flac", song)
    source = archive(server, home)
    [listed] = source.items()
    assert source.fetch(listed).path.parent == (home.audio / "archive" / "days").absolute()
