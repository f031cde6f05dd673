import shutil

import pytest

from data_catalog.check import check_home, give_up_lost
from data_catalog.home import Home
from data_catalog.snapshot import create_snapshot
from data_catalog.store import Store
from tests.data_catalog.store_fixtures import small_home


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path / "home")


def test_a_sound_home_has_no_problem(home):
    create_snapshot(home, "spring")

    assert check_home(home) == []


def test_an_empty_home_has_no_problem(tmp_path):
    assert check_home(Home(tmp_path)) == []


def test_a_deleted_table_file_is_found(home):
    lost = Store(home).files("features")[0]
    lost.unlink()

    (problem,) = check_home(home)
    assert "features" in str(problem)
    assert "is missing" in problem.what
    assert str(lost) in problem.remedy


def test_a_corrupted_table_file_is_found(home):
    broken = Store(home).files("labels")[0]
    content = bytearray(broken.read_bytes())
    content[len(content) // 3 : 2 * len(content) // 3] = bytes(len(content) // 3 + 1)
    broken.write_bytes(content)

    assert ["table labels" in str(problem) for problem in check_home(home)] == [True]


def test_a_truncated_table_file_is_found(home):
    broken = Store(home).files("labels")[0]
    broken.write_bytes(broken.read_bytes()[:-20])

    assert "can't be read" in check_home(home)[0].what


def test_a_changed_snapshot_is_found(home):
    create_snapshot(home, "spring")
    create_snapshot(home, "folk", where="genre = 'folk'")
    rows = home.snapshots / "spring" / "rows.parquet"
    rows.unlink()
    shutil.copy(home.snapshots / "folk" / "rows.parquet", rows)

    (problem,) = check_home(home)
    assert "digest" in problem.what


def test_a_moved_home_asks_for_its_views(home, tmp_path):
    moved = Home(home.root.rename(tmp_path / "elsewhere"))

    (problem,) = check_home(moved)
    assert "--repair" in problem.remedy
    Store(moved).rebuild_views()
    assert check_home(moved) == []


def test_giving_up_a_lost_file_leaves_the_rest_usable(home):
    Store(home).insert_new("tracks", [{"track_id": "later"}])
    broken = Store(home).files("tracks")[0]
    broken.write_bytes(b"not Parquet")

    assert give_up_lost(home) == [broken]
    assert check_home(home) == []
    assert (home.tables / "lost" / "tracks" / broken.name).exists()
