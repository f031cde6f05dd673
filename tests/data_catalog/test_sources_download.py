"""Downloads: resumed, patient, checked, and never led astray."""

from __future__ import annotations

import hashlib
import random

import pytest

from data_catalog.sources import ItemUnusable, SourceUnavailable
from data_catalog.sources.download import Downloader, Expected, Manners
from tests.data_catalog.replay import Fault, serving

BODY = random.Random(0).randbytes(300_000)
MD5 = hashlib.md5(BODY).hexdigest()
WHOLE = Expected(len(BODY), {"md5": MD5})


@pytest.fixture
def server():
    with serving() as replay:
        replay.file("/song.flac", BODY)
        yield replay


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def downloader(server, pauses):
    manners = Manners(requests_per_s=1e6, attempts=4, timeout_s=5)
    return Downloader((server.host,), manners, pause=pauses.append)


def fetch(downloader, server, tmp_path, expected=WHOLE, path="/song.flac"):
    return downloader.file(f"{server.url}{path}", tmp_path / "song.flac", expected)


def refusal(*arguments, **options):
    with pytest.raises(ItemUnusable) as refused:
        fetch(*arguments, **options)
    return refused.value.reason


def test_a_file_comes_whole(downloader, server, tmp_path):
    assert fetch(downloader, server, tmp_path).read_bytes() == BODY


def test_a_file_that_is_there_is_not_asked_for(downloader, server, tmp_path):
    (tmp_path / "song.flac").write_bytes(BODY)
    fetch(downloader, server, tmp_path)
    assert server.asked == []


def test_a_transfer_that_breaks_off_goes_on_where_it_stopped(downloader, server, tmp_path):
    server.faults["/song.flac"] = [Fault(cut=100_000), Fault(cut=50_000)]
    assert fetch(downloader, server, tmp_path).read_bytes() == BODY
    ranges = [asked for _, asked in server.asked]
    assert ranges[0] is None
    assert all(asked and asked != "bytes=0-" for asked in ranges[1:])


def test_a_later_run_goes_on_where_an_earlier_one_gave_up(downloader, server, tmp_path):
    server.faults["/song.flac"] = [Fault(cut=200_000), *[Fault(503)] * 3]
    assert refusal(downloader, server, tmp_path) == "unavailable"
    server.asked.clear()
    assert fetch(downloader, server, tmp_path).read_bytes() == BODY
    assert server.asked[0][1] is not None


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(downloader, server, tmp_path):
    server.file("/song.flac", BODY[::-1])
    server.faults["/song.flac"] = [Fault(cut=100_000), *[Fault(503)] * 3]
    assert refusal(downloader, server, tmp_path, Expected()) == "unavailable"
    server.file("/song.flac", BODY)
    assert fetch(downloader, server, tmp_path, Expected()).read_bytes() == BODY


def test_too_many_requests_are_answered_by_the_pause_that_is_asked(
    downloader, server, tmp_path, pauses
):
    server.faults["/song.flac"] = [Fault(429, {"Retry-After": "7"})]
    fetch(downloader, server, tmp_path)
    assert 7.0 in pauses


def test_pauses_grow_while_the_server_is_in_trouble(downloader, server, tmp_path, pauses):
    server.faults["/song.flac"] = [Fault(500), Fault(502), Fault(503)]
    fetch(downloader, server, tmp_path)
    waits = [pause for pause in pauses if pause > 0.1]
    assert len(waits) == 3
    assert waits == sorted(waits)


def test_a_server_in_lasting_trouble_leaves_the_file_for_the_next_run(downloader, server, tmp_path):
    server.faults["/song.flac"] = [Fault(500)] * 9
    assert refusal(downloader, server, tmp_path) == "unavailable"
    assert len(server.asked) == 4


@pytest.mark.parametrize(("status", "reason"), [(404, "gone"), (410, "gone"), (403, "forbidden")])
def test_a_refusal_is_not_asked_again(downloader, server, tmp_path, status, reason):
    server.faults["/song.flac"] = [Fault(status)]
    assert refusal(downloader, server, tmp_path) == reason
    assert len(server.asked) == 1


def test_a_changed_checksum_is_refused_and_nothing_is_left(downloader, server, tmp_path):
    expected = Expected(len(BODY), {"md5": "0" * 32})
    assert refusal(downloader, server, tmp_path, expected) == "checksum_mismatch"
    assert not (tmp_path / "song.flac").exists()


def test_another_size_than_listed_is_refused(downloader, server, tmp_path):
    assert refusal(downloader, server, tmp_path, Expected(1000)) == "checksum_mismatch"


def test_a_redirect_within_the_service_is_followed(downloader, server, tmp_path):
    server.faults["/old.flac"] = [Fault(302, {"Location": "/song.flac"})]
    assert fetch(downloader, server, tmp_path, path="/old.flac").read_bytes() == BODY


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://127.0.0.1:1/song.flac",
        "https://example.org/song.flac",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//example.org/song.flac",
    ],
)
def test_a_redirect_to_another_host_is_refused(downloader, server, tmp_path, elsewhere):
    server.faults["/song.flac"] = [Fault(302, {"Location": elsewhere})]
    assert refusal(downloader, server, tmp_path) == "redirected"


def test_a_circle_of_redirects_ends(downloader, server, tmp_path):
    server.faults["/song.flac"] = [Fault(302, {"Location": "/song.flac"})] * 50
    assert refusal(downloader, server, tmp_path) == "redirected"


def test_plain_http_is_refused_outside_this_machine(tmp_path):
    downloader = Downloader(("example.org",), Manners(requests_per_s=1e6))
    with pytest.raises(ItemUnusable, match="leads away from https"):
        downloader.file("http://example.org/song.flac", tmp_path / "song.flac")


def test_a_host_is_not_matched_by_the_end_of_its_name(tmp_path):
    downloader = Downloader(("archive.org",), Manners(requests_per_s=1e6))
    with pytest.raises(ItemUnusable, match="leads away"):
        downloader.file("https://evilarchive.org/song.flac", tmp_path / "song.flac")


def test_a_file_past_the_limit_is_refused_before_it_comes(server, tmp_path):
    downloader = Downloader((server.host,), Manners(requests_per_s=1e6, most_bytes=1000))
    assert refusal(downloader, server, tmp_path) == "too_large"


def test_requests_keep_their_distance(server, tmp_path, pauses):
    manners = Manners(requests_per_s=4)
    downloader = Downloader((server.host,), manners, pause=pauses.append, clock=lambda: 0.0)
    for number in range(3):
        downloader.file(f"{server.url}/song.flac", tmp_path / str(number))
    assert pauses == [0.25, 0.5]


def test_a_document_is_read(downloader, server):
    server.json("/about", {"a": 1})
    assert downloader.json(f"{server.url}/about") == {"a": 1}


def test_a_document_that_is_not_there_makes_the_source_unavailable(downloader, server):
    with pytest.raises(SourceUnavailable, match="HTTP 404"):
        downloader.json(f"{server.url}/nothing")
