from datetime import timedelta

import duckdb
import pytest

from data_catalog.tables import settled, settled_changes
from data_catalog.tables import store as stores
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import NOW, label, small_home, track_id


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    """The small home, settled as if it were large; four rows may change before it is again."""
    monkeypatch.setattr(settled, "SETTLE_FROM", 4)
    store = Store(small_home(tmp_path))
    store.rebuild_views()
    return store


def rows(store: Store) -> list[tuple]:
    with duckdb.connect(str(store.home.catalog), read_only=True) as connection:
        return connection.sql("from catalog_full order by track_id").fetchall()


def joined(store: Store, monkeypatch) -> list[tuple]:
    """The same view by joins alone."""
    with monkeypatch.context() as patch:
        patch.setattr(settled, "SETTLE_FROM", 10**9)
        store.rebuild_views()
        return rows(store)


def written(store: Store) -> set[str]:
    """The files that hold a whole catalog."""
    return {path.name for path in (store.home.tables / "catalog").glob("*.ids.npy")}


def view_of(store: Store) -> str:
    sql = "select sql from duckdb_views() where view_name = 'catalog_full'"
    with duckdb.connect(str(store.home.catalog), read_only=True) as connection:
        return connection.sql(sql).fetchall()[0][0]


def test_the_file_holds_what_the_joins_give(store, monkeypatch):
    assert rows(store) == joined(store, monkeypatch)


def change(store: Store) -> None:
    """What adds rows: labels that win, lose and take back, tracks, features, and a takedown."""
    later = NOW + timedelta(days=1)
    store.append("labels", [label(0, "genre", "pop", origin="person", labelled_at=later)])
    store.append("labels", [label(1, "genre", "rock", labelled_at=NOW - timedelta(days=1))])
    store.append("labels", [label(2, "mood", "calm", origin="model", confidence=0.4)])
    store.append("labels", [label(0, "tempo_bpm", "99", origin="person")])
    store.append("labels", [label(0, "tempo_bpm", "", origin="person", labelled_at=later)])
    store.insert_new("licences", [{"track_id": track_id(50), "licence": "CC0-1.0"}])
    store.insert_new("tracks", [{"track_id": track_id(50), "title": "New"}])
    again = {"track_id": track_id(4), "extractor_version": "2", "tempo_bpm": 77.0}
    store.insert_new("features", [again | {"extracted_at": later}])
    store.insert_new("takedowns", [{"track_id": track_id(3)}])


def test_changed_tracks_stand_beside_the_file(store, monkeypatch):
    before = written(store)
    change(store)

    shown, view = rows(store), view_of(store)

    assert written(store) == before
    assert "labels" not in view
    assert shown == joined(store, monkeypatch)
    assert len(shown) == 8


def test_too_many_to_fold_in_are_joined_anew(store, monkeypatch):
    monkeypatch.setattr(settled_changes, "MOST_CHANGED", 1)
    monkeypatch.setattr(settled, "SETTLE_FROM", 8)
    before = written(store)
    change(store)

    shown = rows(store)

    assert written(store) == before
    assert shown == joined(store, monkeypatch)


def test_settling_leaves_no_change_to_join(store, monkeypatch):
    store.upsert("duplicates", [{"track_id": track_id(7), "cluster_id": track_id(7)}])
    assert "labels" in view_of(store)
    store.settle()

    assert "labels" not in view_of(store)
    assert rows(store) == joined(store, monkeypatch)


def test_too_many_changes_write_the_file_again(store, monkeypatch):
    before = written(store)
    monkeypatch.setattr(settled_changes, "MOST_CHANGED", 1)
    store.insert_new("tracks", [{"track_id": track_id(n)} for n in range(50, 60)])

    shown = rows(store)

    assert len(written(store)) == len(before) + 1
    assert shown == joined(store, monkeypatch)


def test_joining_small_files_keeps_what_is_written(store, monkeypatch):
    before = written(store)
    monkeypatch.setattr(stores, "MANY_FILES", 3)
    for number in range(2):
        store.append("labels", [label(number, "mood", "calm")])

    shown, view = rows(store), view_of(store)

    assert len(store.files("labels")) == 1
    assert written(store) == before
    assert "labels" not in view
    assert shown == joined(store, monkeypatch)


def test_joined_files_with_rows_that_are_not_written_yet_are_not_taken_for_them(store, monkeypatch):
    with store.together():
        store.append("labels", [label(1, "mood", "calm")])
        store.compact()

    assert rows(store) == joined(store, monkeypatch)
    with duckdb.connect(str(store.home.catalog), read_only=True) as connection:
        moods = connection.sql("select track_id from catalog_full where mood = 'calm'").fetchall()
    assert moods == [(track_id(1),)]
