"""An object store, replayed as S3 documents it: listing, ranges, ETags, and what breaks."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from obstore.store import from_url

from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.sources import ObjectSource, SourceUnavailable
from data_catalog.tables.store import Store
from tests.data_catalog.replay import Fault, serving
from tests.data_catalog.sources_fixtures import tone

LISTING = "/bucket"


def listing(bodies, etags=None):
    """The answer of ListObjectsV2, as the S3 API reference shows it."""
    entries = "".join(
        f"<Contents><Key>music/{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;{(etags or {}).get(name, hashlib.md5(body).hexdigest())}&quot;</ETag>"
        f"<Size>{len(body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for name, body in sorted(bodies.items())
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>'
        f"<Prefix>music/</Prefix><KeyCount>{len(bodies)}</KeyCount><MaxKeys>1000</MaxKeys>"
        f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
    ).encode()


@pytest.fixture
def server():
    with serving() as replay:
        yield replay


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def song(tmp_path):
    return tone(tmp_path / "dawn.flac", tags={"LICENSE": "CC-BY-4.0"}).read_bytes()


def put(server, bodies, etags=None):
    server.file(LISTING, listing(bodies, etags))
    server.types[LISTING] = "application/xml"
    for name, body in bodies.items():
        server.file(f"/bucket/music/{name}", body)


def objects(server, home):
    store = from_url(
        "s3://bucket/music",
        endpoint=server.url,
        region="us-east-1",
        skip_signature=True,
        client_options={"allow_http": True},
        retry_config={
            "max_retries": 2,
            "backoff": {
                "init_backoff": timedelta(milliseconds=1),
                "max_backoff": timedelta(milliseconds=2),
                "base": 2,
            },
            "retry_timeout": timedelta(seconds=5),
        },
    )
    return ObjectSource("s3://bucket/music", home, store=store)


def reasons(home):
    return Store(home).read("quarantine")["reason"].to_list()


def test_audio_objects_become_tracks(server, home, song):
    put(server, {"days/dawn.flac": song, "readme.txt": b"x"})
    assert ingest(home, objects(server, home)).new == 1
    [track] = Store(home).read("tracks").iter_rows(named=True)
    assert (track["source_uri"], track["title"]) == ("s3://bucket/music/days/dawn.flac", "dawn")


def test_a_second_run_costs_the_listing(server, home, song):
    put(server, {"dawn.flac": song})
    ingest(home, objects(server, home))
    server.asked.clear()
    assert ingest(home, objects(server, home)).unchanged == 1
    assert all(path.startswith("/bucket?list-type=2") for path in server.paths())


def test_a_sidecar_licenses_the_objects_below(server, home, song):
    put(server, {"days/dawn.flac": song, "shiroa.toml": b'licence = "CC-BY-NC-4.0"'})
    ingest(home, objects(server, home))
    assert Store(home).read("licences")["licence"].to_list() == ["CC-BY-NC-4.0"]


def test_a_server_error_is_tried_again(server, home, song):
    put(server, {"dawn.flac": song})
    server.faults["/bucket/music/dawn.flac"] = [Fault(500)]
    assert ingest(home, objects(server, home)).new == 1


def test_lasting_errors_leave_the_object_for_the_next_run(server, home, song):
    put(server, {"dawn.flac": song})
    server.faults["/bucket/music/dawn.flac"] = [Fault(503)] * 3
    assert ingest(home, objects(server, home)).quarantined == 1
    assert ingest(home, objects(server, home)).new == 1


def test_an_object_that_changed_since_the_listing_is_not_mixed_up(server, home, song):
    put(server, {"dawn.flac": song})
    server.file("/bucket/music/dawn.flac", song[::-1])
    ingest(home, objects(server, home))
    assert reasons(home) == ["unavailable"]


def test_content_that_its_etag_denies_is_refused(server, home, song):
    put(server, {"dawn.flac": song}, etags={"dawn.flac": "0" * 32})
    server.etags["/bucket/music/dawn.flac"] = "0" * 32
    ingest(home, objects(server, home))
    assert reasons(home) == ["checksum_mismatch"]


def test_a_bucket_that_can_t_be_listed_is_refused_in_one_line(server, home):
    server.faults[LISTING] = [Fault(403)]
    with pytest.raises(SourceUnavailable, match="can't be listed"):
        list(objects(server, home).items())
