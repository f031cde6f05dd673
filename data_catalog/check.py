"""Is the home whole? Every file that the tables and snapshots name is read and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError

from data_catalog.digest import digest
from data_catalog.home import Home
from data_catalog.queries.questions import QuestionError, connect
from data_catalog.removal.forget import forget_copies
from data_catalog.schema.tables import TABLES
from data_catalog.shared.folders import bring
from data_catalog.snapshots.snapshot import ERASED, MANIFEST, NAME_RULE, NOT_CONTENT, load_snapshot
from data_catalog.tables.delta import StoredTable, TableDamagedError
from data_catalog.tables.store import Store
from data_catalog.tables.views import shown_versions


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
    if home.address is None and not home.tables.is_dir():
        return []
    store = Store(home)
    problems = list(_check_logs(store)) or [
        problem for name in TABLES for problem in _check_files(store.stored(name))
    ]
    listed: list[str] = []
    if not problems:
        problems += _check_keys(store)
        problems += _check_views(store)
        listed = store.read("snapshots")["name"].to_list()
    return problems + list(_check_snapshots(store, listed))


def give_up_lost(home: Home) -> list[Path]:
    """Take files that are missing or can't be read out of the tables, and rebuild the views.

    Of a home in a bucket, this machine's copies of what others deleted go, too.

    What was readable stays. Unreadable files are kept in ``tables/lost``. Their rows come back
    when the stage that made them runs again; what people stated in them is gone. Nothing is done
    while the log of a table is damaged, since files that it lost would be given up too.
    """
    store, given_up = Store(home), []
    if any(_check_logs(store)):
        return []
    for name in TABLES:
        lost = [path for path, _ in _faults(store.stored(name))]
        if lost:
            store.stored(name).give_up(lost)
            given_up += lost
    forget_copies(home)
    store.rebuild_views()
    return given_up


def _check_logs(store: Store) -> Iterator[Problem]:
    shown = shown_versions(store.home)
    for name, spec in TABLES.items():
        folder, bucket = store.stored(name).folder, store.home.bucket
        table = StoredTable(spec, folder, bucket)  # that has not read the log before
        fault = _log_fault(table, *shown.get(name, (-1, 0)))
        if fault:
            yield Problem(
                f"table {name}",
                fault,
                f"restore {table.address} from a backup, or move it away and run the stages again",
            )


def _log_fault(table: StoredTable, version: int, files: int) -> str | None:
    """What is wrong with a table's log, of which the views have shown a version with ``files``."""
    try:
        state = table.state()
    except (TableDamagedError, DeltaError, OSError, ValueError) as error:
        return f"its log can't be read: {_first_line(error)}"
    if state.version < version:
        return f"its log ends at version {state.version}, and there was a version {version}"
    if state.version == version and len(state.files) != files:
        return f"its log names {len(state.files)} files at version {version}, which had {files}"
    return None


def _check_files(table: StoredTable) -> Iterator[Problem]:
    for path, fault in _faults(table):
        yield Problem(f"table {table.spec.name}", f"{path.name} {fault}", _remedy(table, path))


def _faults(table: StoredTable) -> Iterator[tuple[Path, str]]:
    state = table.held()
    for path, rows in zip(state.files, state.rows, strict=True):
        fault = _fault(path, rows)
        if fault and table.fetched_again(path):
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
        return f"can't be read ({_first_line(error)})"
    if found != rows:
        return f"holds {found} rows where the log says {rows}"
    return None


def _remedy(table: StoredTable, path: Path) -> str:
    return (
        f"put {table.address}/{path.name} back from a backup; or give up its rows with `shiroa"
        f" doctor --repair` and run the stage again that fills {table.spec.name}"
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
        yield Problem("catalog.duckdb", _first_line(error), remedy)
        return
    held = store.scan("tracks").select(pl.len()).collect().item()
    if seen != held:
        yield Problem("catalog.duckdb", f"shows {seen} tracks of {held}", remedy)


def _check_snapshots(store: Store, listed: Collection[str]) -> Iterator[Problem]:
    folder = store.home.snapshots
    bring(store.home, folder, last=MANIFEST)
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    for name in sorted(n for n in there | set(listed) if NAME_RULE.fullmatch(n)):
        fault = None if (folder / name / ERASED).exists() else _snapshot_fault(store.home, name)
        if fault:
            remedy = f"restore {folder / name} from a backup, or make a new snapshot"
            yield Problem(f"snapshot {name}", fault, remedy)


def _snapshot_fault(home: Home, name: str) -> str | None:
    if not (home.snapshots / name / MANIFEST).exists():
        return f"has no {MANIFEST}"
    try:
        snapshot = load_snapshot(home, name)
        sound = digest(snapshot.rows.drop(NOT_CONTENT)) == snapshot.digest
    except (OSError, pl.exceptions.PolarsError, ValueError, LookupError) as error:
        return f"can't be read ({_first_line(error)})"
    return None if sound else f"its rows don't match the digest in {MANIFEST}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
