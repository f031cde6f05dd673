from pathlib import Path

import polars as pl
import pytest

from data_catalog.queries.questions import ask
from data_catalog.removal.erase import erase, take_down_and_erase
from data_catalog.removal.takedown import Takedown, TakedownError
from data_catalog.snapshots.snapshot import SnapshotError, create_snapshot, load_snapshot
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import small_home, track_id

WORD = "Zephyrwhistle"


@pytest.fixture(scope="module")
def erased(tmp_path_factory):
    """A home from which one track, with a title found nowhere else, was erased."""
    home = small_home(tmp_path_factory.mktemp("erase"))
    store = Store(home)
    audio = home.audio / "downloaded.flac"
    audio.parent.mkdir()
    audio.write_text(WORD)
    mine = store.read("tracks").filter(pl.col("track_id") == track_id(1))
    store.upsert("tracks", mine.with_columns(title=pl.lit(WORD), path=pl.lit(str(audio))))
    code = home.cache / "codes" / f"{track_id(1)}.npz"
    code.parent.mkdir(parents=True)
    code.write_text("codes")
    create_snapshot(home, "with")
    create_snapshot(home, "without", where="genre = 'jazz'")
    _, result = take_down_and_erase(home, track_id(1))
    return home, result


def parquet_rows(root: Path):
    for path in root.rglob("*.parquet"):
        yield path, pl.read_parquet(path, glob=False)


def test_no_byte_on_disk_holds_its_title_or_audio(erased):
    home, _ = erased

    assert [
        p for p in home.root.rglob("*") if p.is_file() and WORD.encode() in p.read_bytes()
    ] == []


def test_no_parquet_file_holds_it_but_the_mark_that_keeps_it_out(erased):
    home, _ = erased

    holders = {
        path.parent.name
        for path, rows in parquet_rows(home.root)
        if "track_id" in rows.columns and track_id(1) in rows["track_id"].to_list()
    }
    assert holders == {"takedowns"}


def test_its_audio_and_cached_codes_are_gone(erased):
    home, result = erased

    assert not (home.audio / "downloaded.flac").exists()
    assert {path.suffix for path in result.files} == {".flac", ".npz"}


def test_a_snapshot_that_held_it_is_closed_and_others_stay(erased):
    home, result = erased

    assert result.snapshots == ("with",)
    with pytest.raises(SnapshotError, match="was erased"):
        load_snapshot(home, "with")
    assert load_snapshot(home, "without").rows.height > 0


def test_the_rest_of_the_catalog_still_answers(erased):
    home, _ = erased

    assert ask(home, "from catalog").num_rows == 7
    assert Store(home).insert_new("tracks", [{"track_id": "new"}]) == 1


def test_a_track_that_is_still_there_is_not_erased(tmp_path):
    home = small_home(tmp_path)

    with pytest.raises(TakedownError, match="take them down first"):
        erase(home, Takedown((track_id(1),), (), (), ()))
