import duckdb
import pytest

from data_catalog import settled
from data_catalog.store import Store
from tests.data_catalog.store_fixtures import label, small_home, track_id


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
    return {path.name for path in (store.home.tables / "catalog").glob("*.parquet")}


def test_the_file_holds_what_the_joins_give(store, monkeypatch):
    assert rows(store) == joined(store, monkeypatch)


def test_tracks_that_changed_are_joined_anew(store, monkeypatch):
    before = written(store)
    store.append("labels", [label(0, "genre", "pop", origin="person")])
    store.insert_new("tracks", [{"track_id": track_id(50), "title": "New"}])
    store.insert_new("takedowns", [{"track_id": track_id(3)}])

    shown = rows(store)

    assert written(store) == before
    assert shown == joined(store, monkeypatch)
    assert len(shown) == 8


def test_settling_leaves_no_change_to_join(store, monkeypatch):
    store.append("labels", [label(0, "genre", "pop", origin="person")])
    store.settle()

    with duckdb.connect(str(store.home.catalog), read_only=True) as connection:
        view = "select sql from duckdb_views() where view_name = 'catalog_full'"
        assert "UNION" not in connection.sql(view).fetchall()[0][0]
    assert rows(store) == joined(store, monkeypatch)


def test_too_many_changes_write_the_file_again(store, monkeypatch):
    before = written(store)
    store.insert_new("tracks", [{"track_id": track_id(n)} for n in range(50, 60)])

    shown = rows(store)

    assert len(written(store)) == len(before) + 1
    assert shown == joined(store, monkeypatch)
