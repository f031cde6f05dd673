"""The FMA dump: its metadata licenses its files, its checksums guard them."""

from __future__ import annotations

import csv
import hashlib

import pytest

from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.licences.terms import judge
from data_catalog.sources import FmaSource, SourceUnavailable
from data_catalog.tables.store import Store
from tests.data_catalog.sources_fixtures import tone

COLUMNS = (
    "track_id", "album_title", "artist_name", "license_title", "license_url", "track_genres",
    "track_title", "track_url",
)  # fmt: skip
ROW = {
    "track_id": "2", "album_title": "AWOL", "artist_name": "Ada", "track_title": "Food",
    "license_title": "Attribution-Noncommercial-Share Alike 3.0 United States",
    "license_url": "http://creativecommons.org/licenses/by-nc-sa/3.0/us/",
    "track_genres": "[{'genre_id': '21', 'genre_title': 'Hip-Hop', 'genre_url': 'http://x/'}]",
    "track_url": "http://freemusicarchive.org/music/AWOL/Food",
}  # fmt: skip


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def dump(tmp_path):
    """A dump with one track, laid out as the archives unpack."""
    root = tmp_path / "fma"
    path = tone(root / "fma_small" / "000" / "000002.mp3")
    sha1 = hashlib.sha1(path.read_bytes()).hexdigest()
    (root / "fma_small" / "checksums").write_text(f"{sha1}  000/000002.mp3\n")
    (root / "fma_metadata").mkdir()
    write(root, ROW)
    return root


def write(root, row):
    with (root / "fma_metadata" / "raw_tracks.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerow(row)


def fetched(dump, home):
    source = FmaSource(str(dump), home)
    [item] = source.items()
    return source.fetch(item)


def test_a_track_is_described_by_the_metadata(dump, home):
    item = fetched(dump, home)
    assert (item.title, item.artist, item.album, item.tags["GENRE"]) == (
        "Food",
        "Ada",
        "AWOL",
        ["Hip-Hop"],
    )


@pytest.mark.parametrize(
    ("licence", "spdx"),
    [
        ({}, "CC-BY-NC-SA-3.0"),
        ({"license_url": ""}, "CC-BY-NC-SA-3.0"),
        ({"license_url": "", "license_title": ""}, None),
        ({"license_url": "", "license_title": "FMA-Limited: Download Only"}, None),
        ({"license_url": "", "license_title": "CC0 1.0 Universal"}, "CC0-1.0"),
    ],
)
def test_the_metadata_licenses_the_track(dump, home, licence, spdx):
    write(dump, ROW | licence)
    found = judge(fetched(dump, home).licence.statements).licence
    assert (found and found.spdx) == spdx


def test_a_track_that_the_metadata_lacks_is_of_unknown_licence(dump, home):
    write(dump, ROW | {"track_id": "3"})
    assert judge(fetched(dump, home).licence.statements).licence is None


def test_a_file_with_another_checksum_is_quarantined(dump, home):
    tone(dump / "fma_small" / "000" / "000002.mp3", hz=99)
    ingest(home, FmaSource(str(dump), home))
    assert Store(home).read("quarantine")["reason"].to_list() == ["checksum_mismatch"]


def test_new_metadata_reaches_known_tracks(dump, home):
    ingest(home, FmaSource(str(dump), home))
    write(dump, ROW | {"license_url": "http://creativecommons.org/licenses/by/3.0/us/",
                       "license_title": "Attribution 3.0 United States"})  # fmt: skip
    ingest(home, FmaSource(str(dump), home))
    assert Store(home).read("licences")["licence"].to_list() == ["CC-BY-3.0"]


def test_a_folder_without_metadata_is_refused_with_what_to_unpack(tmp_path, home):
    with pytest.raises(SourceUnavailable, match=r"unpack fma_metadata\.zip"):
        FmaSource(str(tmp_path), home)
