"""What curation leaves out and why, and that doing it again changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from data_catalog.artists import ArtistError, join_artists
from data_catalog.curation import CurateReport, curate
from data_catalog.home import Home
from data_catalog.schema.tables import TABLES
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import small_home, track_id


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Eight tracks by four artists; 7 holds the same PCM as 0, 2 is clipped, 3 is unlicensed."""
    home = small_home(tmp_path / "home")
    store = Store(home)
    tracks = store.read("tracks").to_dicts()
    tracks[7]["audio_md5"] = tracks[0]["audio_md5"]
    features = store.read("features").to_dicts()
    features[2]["quality"] = "clipped,lossy_origin"
    features[4]["quality"] = "lossy_origin"
    with store.together():
        store.replace("splits", [])
        store.replace("duplicates", [])
        store.replace("tracks", tracks)
        store.replace("features", features)
    return home


def excluded(report: CurateReport) -> dict[str, int]:
    return {reason: n for reason, n in report.excluded.items() if n}


def test_each_track_is_counted_once_under_its_first_reason(home: Home) -> None:
    report = curate(home)
    assert excluded(report) == {"quality": 1, "duplicate": 1, "licence": 1}
    assert report.trainable + sum(report.excluded.values()) == report.tracks == 8


def test_a_policy_refuses_more(home: Home) -> None:
    report = curate(home, policy="commercial")
    assert report.licence_refusals == {"licence unknown": 1, "commercial use not allowed": 1}


def test_trainable_tracks_are_counted_by_split_and_label_origin(home: Home) -> None:
    report = curate(home)
    assert sum(report.splits.values()) == report.trainable == 5
    assert report.labelled["genre"] == {"source": 5}


def test_the_same_recording_ties_two_artists_to_one_side(home: Home) -> None:
    curate(home)
    sides = {row["track_id"]: row["split"] for row in Store(home).read("splits").to_dicts()}
    assert sides[track_id(0)] == sides[track_id(7)] == sides[track_id(3)]


def test_a_second_run_writes_nothing(home: Home) -> None:
    curate(home)
    before = {name: Store(home).version(name) for name in TABLES}
    curate(home)
    assert {name: Store(home).version(name) for name in TABLES} == before


def test_tags_of_files_become_source_labels_once(home: Home) -> None:
    store = Store(home)
    tags = {"GENRE": ["Synthpop; Dance Pop"], "MOOD": ["beige"]}
    store.append("tracks", [{"track_id": track_id(50), "source_tags": json.dumps(tags)}])
    for _ in range(2):
        curate(home)
    mine = store.read("labels").filter(pl.col("track_id") == track_id(50))
    assert mine.select("field", "value", "origin").rows() == [("genre", "pop", "source")]


def test_tags_that_name_two_genres_wait_for_a_person(home: Home) -> None:
    tags = json.dumps({"GENRE": ["Rock", "Jazz"]})
    Store(home).append("tracks", [{"track_id": track_id(50), "source_tags": tags}])
    curate(home)
    mine = Store(home).read("labels").filter(pl.col("track_id") == track_id(50))
    assert mine["accepted"].to_list() == [False]


def test_an_unmeasured_track_waits_for_extraction(home: Home) -> None:
    Store(home).append("tracks", [{"track_id": track_id(99), "title": "new"}])
    assert excluded(curate(home))["not measured"] == 1


def test_tracks_of_an_unknown_artist_stay_with_their_album(home: Home) -> None:
    store = Store(home)
    store.append(
        "tracks",
        [
            {"track_id": track_id(n), "artist": "Various Artists", "album": "Dawn", "source": "x"}
            for n in (100, 101)
        ],
    )
    curate(home)
    clusters = {r["track_id"]: r["artist_cluster"] for r in store.read("splits").to_dicts()}
    assert clusters[track_id(100)] == clusters[track_id(101)] == "album x dawn"


def test_an_alias_ties_two_names_to_one_side(home: Home) -> None:
    join_artists(home, "Artist 1", "The Artist 2")
    curate(home)
    rows = Store(home).read("splits").to_dicts()
    of = {r["track_id"]: (r["artist_cluster"], r["split"]) for r in rows}
    assert of[track_id(1)] == of[track_id(2)]
    assert of[track_id(1)][0] == "artist 2"


def test_names_that_stand_for_each_other_are_refused(home: Home) -> None:
    join_artists(home, "Ada", "Bob")
    with pytest.raises(ArtistError, match="swap the two names"):
        join_artists(home, "Bob", "Ada")


def test_an_empty_catalog_is_no_error(tmp_path: Path) -> None:
    assert curate(Home(tmp_path / "empty")).counts()["tracks"] == 0
