"""A home in an object store: machines that share nothing but the bucket, each with its folder."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from data_catalog.check import check_home, give_up_lost
from data_catalog.home import Home, HomeError
from data_catalog.ingestion.ingest import ingest
from data_catalog.models import ModelRecord, get, register
from data_catalog.queries.questions import ask
from data_catalog.removal.erase import take_down_and_erase
from data_catalog.shared.audio_files import borrowed
from data_catalog.shared.bucket import Bucket, BucketError
from data_catalog.snapshots.snapshot import (
    SnapshotError,
    SnapshotExists,
    create_snapshot,
    load_snapshot,
)
from data_catalog.sources import FolderSource, ObjectSource
from data_catalog.tables.store import Store
from tests.data_catalog.object_store import object_store
from tests.data_catalog.sources_fixtures import tone
from tests.data_catalog.store_fixtures import small_home, track_id

Machine = Callable[[str], Home]

WRITER = """
import sys
from data_catalog.home import Home
from data_catalog.tables.store import Store
store = Store(Home.at(sys.argv[1]))
for batch in range(8):
    rows = [{"track_id": f"{n:064x}"} for n in range(batch * 20, batch * 20 + 40)]
    print(store.insert_new("tracks", rows), flush=True)
"""


@pytest.fixture(scope="module", autouse=True)
def stored() -> Iterator[None]:
    with object_store() as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Makes the home as a machine of that name sees it."""

    def seen_by(name: str) -> Home:
        monkeypatch.setenv("SHIROA_CACHE_DIR", str(tmp_path / name))
        return Home.at(f"s3://bucket/{tmp_path.name}")

    return seen_by


@pytest.fixture(scope="module")
def made(stored: None, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two tracks whose files were copied into it, as its maker sees it."""
    folder = tmp_path_factory.mktemp("made")
    for number, name in enumerate(("dawn", "dusk")):
        tone(folder / "music" / f"{name}.flac", hz=220 + 110 * number)
    home = Home(folder / "maker", "s3://bucket/made")
    source = FolderSource(folder / "music", home, licence="CC0-1.0", artist="Ada", copy=True)
    assert ingest(home, source).new == 2
    assert ingest(home, source).unchanged == 2
    return home


def elsewhere(home: Home, folder: Path) -> Home:
    return replace(home, root=folder / "elsewhere")


def test_writers_that_share_only_the_bucket_double_and_lose_nothing(machine):
    here, there = machine("a"), machine("b")
    Store.open(there)
    machine("a")  # whose folder the first process inherits
    started = [subprocess.Popen([sys.executable, "-c", WRITER, here.place], stdout=-1)]
    machine("c")
    started.append(subprocess.Popen([sys.executable, "-c", WRITER, here.place], stdout=-1))
    started[0].stdout.readline()
    started[0].send_signal(signal.SIGKILL)
    started[1].communicate(timeout=60)

    numbers = [{"track_id": f"{n:064x}"} for n in range(180)]
    assert Store(there).insert_new("tracks", numbers) == 0
    assert ask(there, "select count(*), count(distinct track_id) from catalog").to_pylist()[0] == {
        "count_star()": 180,
        "count(DISTINCT track_id)": 180,
    }
    assert check_home(there) == []


def test_another_machine_asks_and_fetches_audio_for_as_long_as_it_needs_it(made, tmp_path):
    home = elsewhere(made, tmp_path)

    rows = ask(home, "select title, licence, path from catalog order by title").to_pylist()

    assert [(row["title"], row["licence"]) for row in rows] == [
        ("dawn", "CC0-1.0"),
        ("dusk", "CC0-1.0"),
    ]
    assert rows[0]["path"].startswith("s3://bucket/made/audio/")
    with borrowed(home, rows[0]["path"]) as path:
        assert path.stat().st_size > 1000
    assert not path.exists()
    with borrowed(made, rows[0]["path"]) as path:
        pass
    assert path.exists()


def test_music_of_another_bucket_stays_there(machine, tmp_path):
    body = tone(tmp_path / "noon.flac").read_bytes()
    Bucket("s3://music/set").put("noon.flac", body)
    home = machine("a")

    assert ingest(home, ObjectSource("s3://music/set", home)).new == 1

    place = Store(home).read("tracks")["path"].item()
    assert place == "s3://music/set/noon.flac"
    with borrowed(machine("b"), place) as path:
        assert path.read_bytes() == body
    assert list(home.bucket.names("audio")) == []


def test_a_folder_that_is_copied_to_a_bucket_is_a_home_there(machine, tmp_path):
    small = small_home(tmp_path / "small")
    home, other = machine("a"), machine("b")
    for path in small.root.rglob("*"):
        if path.is_file():
            home.bucket.put(path.relative_to(small.root).as_posix(), path)

    assert create_snapshot(home, "first").rows.equals(load_snapshot(other, "first").rows)
    with pytest.raises(SnapshotExists):
        create_snapshot(other, "first")

    take_down_and_erase(other, track_id(1))
    give_up_lost(home)
    with pytest.raises(SnapshotError, match="erased"):
        load_snapshot(home, "first")
    mark = track_id(1).encode()
    for name in home.bucket.names(""):
        home.bucket.fetch(name, tmp_path / "c" / name)
    copies = [path for path in tmp_path.glob("[abc]/**/*") if path.is_file()]
    holders = [path for path in copies if mark in path.read_bytes()]
    assert {path.relative_to(tmp_path).parts[0] for path in holders} == {"a", "b", "c"}
    assert all("takedowns" in path.parts for path in holders)
    assert check_home(home) == []


def test_a_copy_that_broke_is_fetched_again_and_a_lost_object_is_told(machine):
    home = machine("a")
    Store(home).insert_new("tracks", [{"track_id": f"{n:064x}"} for n in range(3)])
    (file,) = Store(home).files("tracks")
    whole = file.read_bytes()
    file.write_bytes(b"PAR1" + b"0" * 50)

    assert check_home(home) == []
    assert file.read_bytes() == whole

    file.unlink()
    home.bucket.delete([f"tables/tracks/{file.name}"])
    (problem,) = check_home(machine("b"))
    assert problem.what == f"{file.name} is missing"
    assert home.place in problem.remedy
    give_up_lost(home)
    assert check_home(home) == []
    assert Store(home).read("tracks").is_empty()


def test_a_model_is_on_the_machine_that_looks_for_it(machine):
    home, other = machine("a"), machine("b")
    folder = home.models / "m1"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    register(home, ModelRecord("m1", "classifier", "first", "0" * 64))

    assert get(other, "m1").kind == "classifier"
    assert (other.models / "m1" / "model.safetensors").read_bytes() == b"weights"


def test_a_store_that_overwrites_what_is_there_is_refused(tmp_path):
    with pytest.raises(BucketError, match="If-None-Match"):
        Store.open(Home(tmp_path, "s3://careless/home"))


@pytest.mark.parametrize("place", ["s3://bucket/x", "s3:/bucket/x", Path("s3://bucket/x/")])
def test_an_address_is_the_same_however_it_is_written(place):
    home = Home.at(place)

    assert home.address == home.place == "s3://bucket/x"
    assert home.root.parent == Home.at("s3://other").root.parent


@pytest.mark.parametrize("place", ["gs://bucket", "https://host/x", "s3://", "/data/s3://b"])
def test_other_addresses_are_refused(place):
    with pytest.raises(HomeError, match="s3://bucket/prefix"):
        Home.at(place)
