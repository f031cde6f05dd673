"""Is the home whole? Every file that the tables and snapshots name is read and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError

from data_catalog.delta import StoredTable, TableState
from data_catalog.digest import digest
from data_catalog.home import Home
from data_catalog.queries import QuestionError, connect
from data_catalog.schema import TABLES
from data_catalog.snapshot import MANIFEST, NOT_CONTENT, list_snapshots
from data_catalog.store import Store


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the home, and what to do about it."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check_home(home: Home) -> list[Problem]:
    """Everything that is wrong; an empty list for a sound home, or one with nothing in it."""
    if not home.tables.is_dir():
        return []
    store = Store(home)
    problems = [problem for name in TABLES for problem in _check_table(store.stored(name))]
    if not problems:
        problems += _check_keys(store)
        problems += _check_views(store)
    return problems + list(_check_snapshots(store))


def give_up_lost(home: Home) -> list[Path]:
    """Take files that are missing or can't be read out of the tables, and rebuild the views.

    What was readable stays. Unreadable files are kept in ``tables/lost``. Their rows come back
    when the stage that made them runs again; what people stated in them is gone.
    """
    store, given_up = Store(home), []
    for name in TABLES:
        lost = [path for path, _ in _faults(store.stored(name).state())]
        if lost:
            store.stored(name).give_up(lost)
            given_up += lost
    store.rebuild_views()
    return given_up


def _check_table(table: StoredTable) -> Iterator[Problem]:
    try:
        state = table.state()
    except (DeltaError, OSError, ValueError) as error:
        yield Problem(
            f"table {table.spec.name}",
            f"its log can't be read: {error}",
            f"restore {table.folder} from a backup, or move it away and run the stages again",
        )
        return
    for path, fault in _faults(state):
        yield Problem(f"table {table.spec.name}", f"{path.name} {fault}", _remedy(table, path))


def _faults(state: TableState) -> Iterator[tuple[Path, str]]:
    for path, rows in zip(state.files, state.rows, strict=True):
        fault = _fault(path, rows)
        if fault:
            yield path, fault


def _fault(path: Path, rows: int) -> str | None:
    """What is wrong with a Parquet file, read whole; None when it is sound."""
    if not path.exists():
        return "is missing"
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            found = sum(batch.num_rows for batch in file.iter_batches())
    except (OSError, pa.ArrowException) as error:
        return f"can't be read ({str(error).splitlines()[0]})"
    if found != rows:
        return f"holds {found} rows where the log says {rows}"
    return None


def _remedy(table: StoredTable, path: Path) -> str:
    return (
        f"put {path} back from a backup; or give up its rows with `shiroa doctor --repair` and run "
        f"the stage again that fills {table.spec.name}"
    )


def _check_keys(store: Store) -> Iterator[Problem]:
    for name, spec in TABLES.items():
        keys = store.scan(name).select(spec.key)
        twice = keys.group_by(spec.key).len().filter(pl.col("len") > 1).collect().height
        if twice:
            yield Problem(
                f"table {name}",
                f"{twice} keys ({', '.join(spec.key)}) are there more than once",
                "report it: this should never happen",
            )


def _check_views(store: Store) -> Iterator[Problem]:
    remedy = "make the views again with `shiroa doctor --repair`"
    if not any(store.files(name) for name in TABLES):
        return
    try:
        with connect(store.home) as connection:
            seen = connection.sql("select count(*) from tracks").fetchall()[0][0]
            connection.sql("select * from catalog limit 1").fetchall()
    except (duckdb.Error, QuestionError) as error:
        yield Problem("catalog.duckdb", str(error).splitlines()[0], remedy)
        return
    held = store.scan("tracks").select(pl.len()).collect().item()
    if seen != held:
        yield Problem("catalog.duckdb", f"shows {seen} tracks of {held}", remedy)


def _check_snapshots(store: Store) -> Iterator[Problem]:
    for snapshot in list_snapshots(store.home):
        remedy = f"restore {snapshot.path} from a backup, or make a new snapshot"
        try:
            sound = digest(snapshot.rows.drop(NOT_CONTENT)) == snapshot.digest
        except (OSError, pl.exceptions.PolarsError, json.JSONDecodeError) as error:
            yield Problem(
                f"snapshot {snapshot.name}",
                f"can't be read ({str(error).splitlines()[0]})",
                remedy,
            )
            continue
        if not sound:
            yield Problem(
                f"snapshot {snapshot.name}",
                f"its rows don't match the digest in {MANIFEST}",
                remedy,
            )
