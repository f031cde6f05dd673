"""What people decide, through the command line: labels to hear, joined names, copies, erasure."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from data_catalog.artists import artist_aliases
from data_catalog.home import Home
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from flows import cli
from flows.commands.context import Exit
from tests.data_catalog.store_fixtures import label, small_home, track_id

WORD = b"Zephyrwhistle"
TRACK = hashlib.sha256(WORD).hexdigest()


def run(home: Home, *words: str):
    return CliRunner().invoke(cli.app, ["--home", str(home.root), *words])


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return small_home(tmp_path_factory.mktemp("decided"))


@pytest.fixture
def held(tmp_path: Path) -> Home:
    """A home with a downloaded track whose title, artist and audio are one word."""
    home = small_home(tmp_path / "held")
    store = Store(home)
    audio = home.audio / "archive" / "item" / "song.flac"
    audio.parent.mkdir(parents=True)
    audio.write_bytes(WORD)
    told = {name: pl.lit(WORD.decode()) for name in ("title", "artist")}
    first = store.read("tracks").head(1)
    store.append(
        "tracks", first.with_columns(track_id=pl.lit(TRACK), path=pl.lit(str(audio)), **told)
    )
    for table in ("licences", "features", "splits"):
        store.append(table, store.read(table).head(1).with_columns(track_id=pl.lit(TRACK)))
    create_snapshot(home, "spring")
    return home


def bytes_that_hold(home: Home, word: bytes) -> list[Path]:
    return [p for p in home.root.rglob("*") if p.is_file() and word in p.read_bytes()]


def test_erasing_leaves_no_byte_of_it_on_disk(held: Home) -> None:
    assert bytes_that_hold(held, WORD)

    result = run(held, "takedown", TRACK[:12], "--erase", "--yes", "--json")

    assert json.loads(result.output)["erased"]["snapshots"] == ["spring"]
    assert bytes_that_hold(held, WORD) == []


def test_what_is_down_already_can_still_be_erased(held: Home) -> None:
    run(held, "takedown", "--artist", WORD.decode())
    assert bytes_that_hold(held, WORD)

    run(held, "takedown", "--artist", WORD.decode(), "--erase", "--yes")

    assert bytes_that_hold(held, WORD) == []


def test_nothing_is_erased_without_a_yes(decided: Home) -> None:
    result = run(decided, "takedown", track_id(3), "--erase")

    assert "--yes" in str(result.exception)
    assert track_id(3) in Store(decided).read("tracks")["track_id"].to_list()


def test_labels_to_hear_are_listed(decided: Home) -> None:
    model = {"origin": "model", "model_id": "m1", "labelled_by": "model"}
    Store(decided).append("labels", [label(0, "genre", "rock", confidence=0.6, **model)])

    listed = json.loads(run(decided, "review", "--json").output)

    assert [item["track_id"] for item in listed if item["why"] == "conflict"] == [track_id(0)]
    assert listed[0]["why"] == "conflict"
    assert "conflict" in run(decided, "review").output


def test_names_are_joined_and_taken_apart(decided: Home) -> None:
    run(decided, "artists", "join", "A. Lark", "Ada Lark")
    assert json.loads(run(decided, "artists", "list", "--json").output) == {"a lark": "ada lark"}

    run(decided, "artists", "split", "A. Lark")
    assert artist_aliases(decided) == {}


@pytest.mark.parametrize("decision", ["join", "split"])
def test_a_decision_on_two_tracks_is_kept(decided: Home, decision: str) -> None:
    result = run(decided, "duplicates", decision, track_id(1), track_id(2), "--by", "Ada")

    assert result.exit_code == Exit.DONE
    kept = Store(decided).read("duplicate_decisions").row(0, named=True)
    assert (kept["decision"], kept["decided_by"]) == (decision, "Ada")
