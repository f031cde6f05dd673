import json
from pathlib import Path

import polars as pl
import pytest

from data_catalog.digest import digest
from data_catalog.snapshots.snapshot import (
    EmptySnapshot,
    SnapshotError,
    SnapshotExists,
    create_snapshot,
    list_snapshots,
    load_snapshot,
    snapshot_if_changed,
)
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import label, small_home, track_id


@pytest.fixture
def home(tmp_path: Path):
    return small_home(tmp_path)


def numbers(snapshot):
    return [int(name, 16) for name in snapshot.rows["track_id"]]


def test_it_holds_sound_licensed_originals_only(home):
    snapshot = create_snapshot(home, "spring")

    assert numbers(snapshot) == [0, 1, 4, 5, 6]  # 2 clips, 3 has no licence, 7 repeats 0


def test_duplicates_and_flawed_tracks_come_when_asked(home):
    snapshot = create_snapshot(home, "all", duplicates=True, flawed=True)

    assert numbers(snapshot) == [0, 1, 2, 4, 5, 6]


def test_a_noncommercial_licence_never_reaches_a_commercial_snapshot(home):
    snapshot = create_snapshot(home, "sold", policy="commercial")

    assert set(snapshot.rows["licence"]) == {"CC0-1.0", "CC-BY-4.0"}


def test_an_unknown_licence_never_passes(home):
    with pytest.raises(EmptySnapshot, match="allowed by policy any: 0"):
        create_snapshot(home, "unknown", where="licence is null")


def test_where_is_a_condition_over_the_catalog(home):
    assert numbers(create_snapshot(home, "folk", where="genre = 'folk'")) == [1, 5]


def test_a_faulty_condition_says_what_is_wanted(home):
    with pytest.raises(SnapshotError, match="SQL condition over catalog"):
        create_snapshot(home, "x", where="genere = 'folk'")


def test_a_name_is_never_used_twice(home):
    create_snapshot(home, "spring")

    with pytest.raises(SnapshotExists):
        create_snapshot(home, "spring")


def test_a_name_that_leaves_the_folder_is_refused(home):
    with pytest.raises(SnapshotError, match="1-64"):
        create_snapshot(home, "../spring")


def test_the_manifest_agrees_with_the_rows(home):
    created = create_snapshot(home, "spring")
    loaded = load_snapshot(home, "spring")

    assert loaded.manifest == created.manifest
    assert loaded.tracks == loaded.rows.height == sum(loaded.manifest["splits"].values())
    assert digest(loaded.rows.drop("path")) == loaded.digest


def test_it_outlives_the_tables(home):
    created = create_snapshot(home, "spring")
    Store(home).delete("tracks", "track_id", [track_id(n) for n in range(8)])

    assert load_snapshot(home, "spring").rows.equals(created.rows)


def test_its_files_are_write_protected(home):
    create_snapshot(home, "spring")

    assert {f.stat().st_mode & 0o222 for f in (home.snapshots / "spring").iterdir()} == {0}


def test_it_is_registered(home):
    snapshot = create_snapshot(home, "spring", policy="commercial")

    row = Store(home).read("snapshots").to_dicts()[0]
    assert (row["name"], row["digest"], row["policy"]) == ("spring", snapshot.digest, "commercial")
    assert json.loads(row["licences"]) == snapshot.manifest["licences"]


def test_an_unchanged_catalog_gives_the_same_snapshot(home):
    first = snapshot_if_changed(home, "weekly")

    assert snapshot_if_changed(home, "weekly").name == first.name
    assert len(list_snapshots(home)) == 1


def test_a_new_statement_gives_the_next_snapshot(home):
    snapshot_if_changed(home, "weekly")
    Store(home).append("labels", [label(0, "mood", "calm", origin="person")])

    assert snapshot_if_changed(home, "weekly").name == "weekly-2"


def test_a_models_label_is_not_news(home):
    first = snapshot_if_changed(home, "weekly")
    Store(home).append("labels", [label(0, "mood", "calm", origin="model", model_id="m")])

    assert snapshot_if_changed(home, "weekly").digest == first.digest


def test_another_policy_is_another_snapshot(home):
    snapshot_if_changed(home, "weekly")

    assert snapshot_if_changed(home, "weekly", policy="commercial").name == "weekly-2"


def test_the_digest_tells_an_absent_value_from_a_zero_and_columns_from_each_other():
    frames = (
        pl.DataFrame({"a": [0], "b": [None]}, schema={"a": pl.Int64, "b": pl.Int64}),
        pl.DataFrame({"a": [None], "b": [0]}, schema={"a": pl.Int64, "b": pl.Int64}),
        pl.DataFrame({"a": ["xy", "z"]}),
        pl.DataFrame({"a": ["x", "yz"]}),
    )
    assert len({digest(frame) for frame in frames}) == 4
