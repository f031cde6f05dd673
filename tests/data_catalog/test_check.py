import shutil

import pytest

from data_catalog.check import check_home, give_up_lost
from data_catalog.home import Home
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from features.errors import ShiroaError
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


def harmed(path):
    """Empty the file, fill it with nonsense, delete it; then put it back."""
    whole = path.read_bytes()
    for harm in (lambda: path.write_text(""), lambda: path.write_text("{not it"), path.unlink):
        harm()
        yield
    path.write_bytes(whole)


def test_a_damaged_log_is_found_and_nothing_is_given_up_for_it(home):
    log = home.tables / "tracks" / "_delta_log"
    for _ in harmed(sorted(log.glob("*.json"))[-1]):
        (problem,) = check_home(home)
        assert "table tracks: its log" in str(problem)
        assert str(log.parent) in problem.remedy
        assert give_up_lost(home) == []
        assert check_home(home) == [problem]
    assert check_home(home) == []


def test_a_table_without_its_log_is_not_begun_anew(home):
    shutil.rmtree(home.tables / "tracks" / "_delta_log")

    (problem,) = check_home(home)
    assert "no _delta_log" in problem.what
    with pytest.raises(ShiroaError, match="restore that folder"):
        Store(home).insert_new("tracks", [{"track_id": "later"}])


def test_a_damaged_snapshot_is_found(home):
    folder = create_snapshot(home, "spring").path
    for name in ("manifest.json", "rows.parquet"):
        for _ in harmed(folder / name):
            (problem,) = check_home(home)
            assert str(problem).startswith("snapshot spring: ")
            assert str(folder) in problem.remedy
    assert check_home(home) == []


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
