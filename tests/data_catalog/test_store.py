import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from data_catalog.home import Home, HomeError
from data_catalog.schema.tables import CATALOG, TABLES
from data_catalog.tables.rows import RowError
from data_catalog.tables.store import MANY_FILES, Store, StoreError
from tests.data_catalog.store_fixtures import NOW, label, small_home, track_id


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Home(tmp_path))


def tracks(*numbers: int) -> list[dict[str, str]]:
    return [{"track_id": track_id(n), "title": f"Song {n}"} for n in numbers]


def ids(store: Store, table: str = "tracks") -> list[int]:
    return sorted(int(name, 16) for name in store.read(table)["track_id"])


def catalog(store: Store, sql: str) -> list[tuple]:
    with duckdb.connect(str(store.home.catalog), read_only=True) as connection:
        return connection.sql(sql).fetchall()


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_there_typed_and_empty_before_its_first_row(store, table):
    frame = store.read(table)

    assert frame.is_empty()
    assert frame.columns == [column.name for column in TABLES[table].columns]


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Store:
    return Store.open(Home(tmp_path_factory.mktemp("empty")))


@pytest.mark.parametrize("name", [*TABLES, "catalog"])
def test_every_view_answers_before_the_first_row(empty, name):
    assert catalog(empty, f"from {name}") == []


def test_the_catalog_has_the_agreed_columns_in_order(empty):
    columns = " ".join(row[0] for row in catalog(empty, "describe catalog"))

    assert columns == (
        "track_id title artist duration_s tempo_bpm tempo_confidence key tonic mode "
        "key_confidence genre genre_confidence genre_origin mood mood_confidence mood_origin "
        "loudness_lufs licence commercial_use derivatives source quality duplicate_of split path"
    )
    assert columns == " ".join(column.name for column in CATALOG.columns)


def test_only_absent_keys_are_inserted(store):
    assert store.insert_new("tracks", tracks(1, 2, 2)) == 2
    assert store.insert_new("tracks", tracks(2, 3)) == 1
    assert ids(store) == [1, 2, 3]


def test_upsert_replaces_the_row_whole(store):
    store.upsert("tracks", [{"track_id": "a", "title": "old", "artist": "Ada"}])
    store.upsert("tracks", [{"track_id": "a", "title": "new"}, {"track_id": "b"}])

    rows = store.read("tracks").sort("track_id").select("track_id", "title", "artist").rows()
    assert rows == [("a", "new", None), ("b", None, None)]


def test_replace_leaves_only_the_new_rows(store):
    store.insert_new("tracks", tracks(1, 2))
    store.replace("tracks", tracks(3))

    assert ids(store) == [3]


def test_delete_says_how_many_went(store):
    store.insert_new("tracks", tracks(1, 2, 3))

    assert store.delete("tracks", "track_id", [track_id(1), track_id(9)]) == 1
    assert ids(store) == [2, 3]


def test_rows_are_found_by_their_keys(store):
    store.insert_new("tracks", tracks(1, 2))
    store.insert_new("tracks", tracks(3))

    found = store.scan_keys("tracks", track_id=[track_id(1), track_id(3), track_id(9)]).collect()

    assert set(found["title"]) == {"Song 1", "Song 3"}


def test_only_files_that_hold_the_keys_are_read(store):
    store.insert_new("tracks", tracks(1, 2))
    (old,) = store.files("tracks")
    store.insert_new("tracks", tracks(3))
    old.write_bytes(b"not read")

    assert store.scan_keys("tracks", track_id=[track_id(3)]).collect()["title"].item() == "Song 3"


def test_no_keys_find_no_rows(store):
    store.insert_new("tracks", tracks(1))

    assert store.scan_keys("tracks", track_id=[]).collect().is_empty()


def test_a_quote_in_a_value_deletes_nothing_else(store):
    store.insert_new("tracks", [{"track_id": "it's"}, {"track_id": "b"}])

    assert store.delete("tracks", "track_id", ["it's", "' OR '1'='1"]) == 1


def test_an_older_version_can_be_read(store):
    store.insert_new("tracks", tracks(1))
    before = store.version("tracks")
    store.insert_new("tracks", tracks(2))

    assert store.read("tracks", version=before).height == 1


def test_a_version_that_is_not_there_is_named(store):
    store.insert_new("tracks", tracks(1))

    with pytest.raises(StoreError, match="versions 0 to 1"):
        store.read("tracks", version=9)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"track_id": "a", "tempo": 1}, "no column tempo"),
        ({"title": "a"}, "key column track_id is null"),
        ({"track_id": "a", "duration_s": "long"}, "duration_s: must be double"),
        ({"track_id": "a", "ingested_at": datetime(2026, 5, 1)}, "time zone"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(store, row, message):
    with pytest.raises(RowError, match=message):
        store.insert_new("tracks", [row])


def test_arrays_of_numbers_come_back_as_they_were(store):
    words = np.array([0, 2**32 - 1], dtype=np.uint32)
    row = {"track_id": "a", "extractor_version": "1", "fingerprint": words}
    store.insert_new("fingerprints", [row])

    assert store.read("fingerprints")["fingerprint"].to_list() == [[0, 2**32 - 1]]


def test_a_home_may_have_spaces_and_quotes_in_its_path(tmp_path):
    store = Store(Home(tmp_path / "Ada's music 100%"))
    store.insert_new("tracks", tracks(1))

    assert catalog(store, "select count(*) from catalog") == [(1,)]


def test_a_home_that_globs_is_refused(tmp_path):
    with pytest.raises(StoreError, match="choose another folder"):
        Store(Home(tmp_path / "music [2026]"))


def test_a_person_wins_over_the_source_and_the_source_over_the_model(tmp_path):
    store = Store(small_home(tmp_path))
    store.append(
        "labels",
        [
            label(0, "genre", "rock", origin="model", model_id="m", labelled_at=later(2)),
            label(1, "genre", "pop", origin="person", labelled_at=later(-1)),
        ],
    )
    asked = "select genre, genre_origin from catalog order by track_id limit 2"
    assert catalog(store, asked) == [("jazz", "source"), ("pop", "person")]


def test_an_abstaining_model_leaves_the_label_empty(tmp_path):
    store = Store(small_home(tmp_path))
    said = {"origin": "model", "model_id": "m"}
    store.append(
        "labels",
        [
            label(0, "mood", "calm", **said),
            label(0, "mood", "sad", accepted=False, labelled_at=later(1), **said),
            label(1, "mood", "calm", **said),
        ],
    )
    assert catalog(store, "select mood from catalog order by track_id limit 2") == [
        (None,),
        ("calm",),
    ]


def test_a_corrected_tempo_and_key_win_over_the_measured_ones(tmp_path):
    store = Store(small_home(tmp_path))
    store.append(
        "labels",
        [
            label(0, "tempo_bpm", "45", origin="person"),
            label(0, "key", "A# minor", origin="person"),
            label(1, "key", "B major", origin="source"),
        ],
    )
    asked = "select tempo_bpm, key, tonic, mode from catalog order by track_id limit 2"
    assert catalog(store, asked) == [
        (45.0, "A# minor", "A#", "minor"),
        (91.0, "A minor", "A", "minor"),
    ]


def test_only_the_newest_extraction_of_a_track_is_shown(tmp_path):
    store = Store(small_home(tmp_path))
    newer = {"track_id": track_id(0), "extractor_version": "2", "extracted_at": later(1)}
    store.insert_new("features", [newer | {"tempo_bpm": 120.0}])

    asked = "select tempo_bpm from catalog order by track_id limit 2"
    assert catalog(store, asked) == [(120.0,), (91.0,)]


def test_a_column_that_older_files_lack_is_null_in_the_view(store):
    from deltalake import write_deltalake

    old = pl.DataFrame({"track_id": ["a"], "title": ["before"]})
    write_deltalake(store.home.tables / "tracks", old)
    store.rebuild_views()

    assert catalog(store, "select title, artist from tracks") == [("before", None)]
    assert store.read("tracks")["artist"].to_list() == [None]


def test_an_open_reader_keeps_its_version_while_writers_go_on(store):
    store.insert_new("tracks", tracks(1))
    with duckdb.connect(str(store.home.catalog), read_only=True) as connection:
        for number in range(2, 5):
            store.insert_new("tracks", tracks(number))
            assert connection.sql("select count(*) from catalog").fetchall() == [(1,)]
    assert catalog(store, "select count(*) from catalog") == [(4,)]


def test_many_small_commits_stay_few_files(store):
    with store.together():
        for number in range(MANY_FILES + 10):
            store.insert_new("tracks", tracks(number))

    assert len(store.files("tracks")) < MANY_FILES
    assert ids(store) == list(range(MANY_FILES + 10))


def test_several_commits_together_show_at_once(store):
    store.insert_new("tracks", tracks(1))
    with store.together():
        store.insert_new("tracks", tracks(2))
        assert catalog(store, "select count(*) from catalog") == [(1,)]
        store.insert_new("tracks", tracks(3))
    assert catalog(store, "select count(*) from catalog") == [(3,)]


INSERTER = """
import sys
from pathlib import Path
from data_catalog.home import Home, HomeError
from data_catalog.tables.store import Store
store = Store(Home(Path(sys.argv[1])))
new = 0
for batch in range(8):
    rows = [{"track_id": f"{n:064x}"} for n in range(batch * 20, batch * 20 + 40)]
    new += store.insert_new("tracks", rows)
    store.upsert("splits", [{"track_id": f"{batch:064x}", "split": "train"}])
print(new)
"""


def test_two_processes_that_insert_the_same_keys_never_double_one(store):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", INSERTER, str(store.home.root)], stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    inserted = [int(process.communicate(timeout=60)[0]) for process in started]

    assert sum(inserted) == 180
    assert ids(store) == list(range(180))
    assert ids(store, "splits") == list(range(8))
    assert catalog(store, "select count(*), count(distinct track_id) from catalog") == [(180, 180)]


def test_threads_of_one_process_never_double_a_key(store):
    store.insert_new("tracks", tracks(0))
    inserted: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: inserted.append(store.insert_new("tracks", tracks(*range(50))))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(inserted) == 49
    assert ids(store) == list(range(50))


def test_no_edit_is_lost_between_threads(store):
    store.insert_new("models", [{"model_id": "m", "note": ""}])

    def add_letter() -> None:
        for _ in range(5):
            store.edit("models", lambda rows: rows.with_columns(pl.col("note") + "x"))

    threads = [threading.Thread(target=add_letter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.read("models")["note"].to_list() == ["x" * 10]


def test_a_killed_writer_leaves_the_last_commit_readable(store):
    process = subprocess.Popen([sys.executable, "-c", INSERTER, str(store.home.root)])
    deadline = time.monotonic() + 30
    while store.version("tracks") < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()

    kept = ids(store)
    assert len(set(kept)) == len(kept) >= 60
    assert store.insert_new("tracks", tracks(*range(180))) == 180 - len(kept)
    assert catalog(store, "select count(*) from catalog") == [(180,)]


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def test_a_bucket_is_refused_as_a_home_and_says_what_works():
    with pytest.raises(HomeError, match=r"SHIROA_HOME=.*shiroa ingest s3://"):
        Home(Path("s3://music/shiroa"))
