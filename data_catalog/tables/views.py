"""``catalog.duckdb``: views over the Parquet files of each table's newest version.

The file holds no data, opens in any DuckDB without extensions, and is never changed in place: a
copy is brought up to date and moved over it, so an open reader keeps what it has.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import duckdb
from filelock import FileLock

from data_catalog.home import Home
from data_catalog.neighbours import coded_search, similar_view
from data_catalog.quality import fit_sql
from data_catalog.queries.sql import name_of, sql_resource, text
from data_catalog.schema.tables import CATALOG, TABLES, Table
from data_catalog.tables import settled
from data_catalog.tables.delta import PATIENCE_S
from data_catalog.tables.settled_rows import recipe
from data_catalog.tables.sql import table_rows
from data_catalog.tables.state import TableState
from data_catalog.vocabulary import MOODS
from features.errors import ShiroaError, says_disk_full

READABLE_BY: Final = "v1.0.0"
"""Oldest DuckDB that opens the file."""

_BUILDING: Final = threading.Lock()

RESOURCES: Final = ("catalog", "macros", "similar")

EXTRACTED: Final = ("features", "embeddings", "fingerprints")


class CatalogNotWrittenError(ShiroaError):
    """There is no room for the views."""


def refresh(
    home: Home,
    states: Callable[[], Mapping[str, TableState]],
    *,
    force: bool = False,
    settle: bool = False,
) -> bool:
    """Bring the views up to the newest versions; True when the file was replaced.

    Of several writers that come at once, one rebuilds for all: the others find the versions
    current when they get the lock. ``force`` makes every view anew; ``settle`` leaves no changed
    track to be joined by each question.
    """
    with _line(home):
        current = states()
        record = _record(home)
        shown = {} if force or not home.catalog.exists() else _recorded(record, home)
        wanted = {name: _mark(state) for name, state in current.items()}
        stale = [name for name in TABLES if shown.get(name) != wanted[name]]
        settle = settle and settled.is_behind(home, current)
        if not stale and not settle:
            return False
        _replace(home, current, stale, fresh=not shown, settle=settle)
        told = {"home": str(home.root), "recipe": _recipe(), "versions": wanted}
        record.write_text(json.dumps(told))
        return True


def heed_joined(home: Home, table: str, before: TableState, after: TableState) -> None:
    """Keep the written catalog though rows of ``table`` were moved into joined files."""
    with _line(home):
        settled.heed_joined(home, table, before, after)


def _line(home: Home) -> FileLock:
    locks = home.tables / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    return FileLock(
        locks / "catalog.lock", timeout=PATIENCE_S, poll_interval=0.01, thread_local=False
    )


def shown_versions(home: Home) -> dict[str, tuple[int, int]]:
    """The version of each table that the views were last made of, and how many files it had; empty
    when nothing tells."""
    try:
        written = json.loads(_record(home).read_text())
        return {name: (int(mark[0]), int(mark[1])) for name, mark in written["versions"].items()}
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return {}


def made_by_other_code(home: Home) -> bool:
    """Whether another version of this code made the views of ``home``."""
    try:
        made = json.loads(_record(home).read_text())
        return bool(made["home"] == str(home.root) and made["recipe"] != _recipe())
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _record(home: Home) -> Path:
    return home.tables / "locks" / "views.json"


def table_view(spec: Table, files: tuple[Path, ...]) -> str:
    """SQL of the view over ``files``: every column of the schema, typed, absent ones null."""
    return f"create or replace view {name_of(spec.name)} as {table_rows(spec, files)}"


def current_view(name: str, several: bool) -> str:
    """SQL of ``current_<name>``: of each track, only what the newest extractor made."""
    view = f"create or replace view current_{name} as"
    if not several:
        return f"{view} from {name}"
    if name == "features":
        rank = "row_number() over (partition by track_id order by extracted_at desc)"
        return f"{view} from features qualify {rank} = 1"
    newest = "semi join current_features using (track_id, extractor_version)"
    return f"{view} select this.* from {name} as this {newest}"  # noqa: S608


def _mark(state: TableState) -> list[object]:
    return [state.version, len(state.files), state.several_extractors]


def _recorded(record: Path, home: Home) -> dict[str, list[object]]:
    try:
        written = json.loads(record.read_text())
    except (OSError, ValueError):
        return {}
    if written.get("home") != str(home.root) or written.get("recipe") != _recipe():
        return {}
    versions: dict[str, list[object]] = written["versions"]
    return versions


@cache
def _recipe() -> str:
    """Changes whenever this code would make other views."""
    texts = [sql_resource(f"_{name}.sql") for name in RESOURCES]
    texts += [recipe(), coded_search(), _moods_view(), fit_sql()]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:16]


def _replace(
    home: Home,
    current: Mapping[str, TableState],
    stale: Collection[str],
    *,
    fresh: bool,
    settle: bool,
) -> None:
    for left_over in home.root.glob(".catalog-*"):
        left_over.unlink(missing_ok=True)
    aside = home.root / f".catalog-{uuid.uuid4().hex}.duckdb"
    try:
        if not fresh:
            shutil.copyfile(home.catalog, aside)
        with _builder(aside) as connection:
            _define(connection, home, current, stale, fresh=fresh, settle=settle)
    except (OSError, duckdb.Error) as error:
        if not says_disk_full(error):
            raise
        raise CatalogNotWrittenError(
            f"{home.catalog}: can't be made ({str(error).splitlines()[0]}); free some room and run"
            " the same command again. What was committed before is safe"
        ) from error
    aside.replace(home.catalog)


@contextmanager
def _builder(aside: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default database is the file ``aside``, in one transaction.

    The DuckDB instance is kept from one rebuild to the next: starting one is most of the cost.
    """
    with _BUILDING:
        connection = _instance(os.getpid())
        connection.execute(f"attach {text(str(aside))} as made (storage_version '{READABLE_BY}')")
        try:
            connection.execute("use made; begin")
            yield connection
            connection.execute("commit")
        except BaseException:
            _instance.cache_clear()  # what failed to write can't always be rolled back or detached
            raise
        connection.execute("use memory; detach made")


@cache
def _instance(process: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set enable_progress_bar = false")
    return connection


def _define(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    current: Mapping[str, TableState],
    stale: Collection[str],
    *,
    fresh: bool,
    settle: bool,
) -> None:
    for name in stale:
        connection.execute(table_view(TABLES[name], current[name].files))
        _comment(connection, TABLES[name])
    for name in EXTRACTED:
        if name in stale:
            connection.execute(current_view(name, current[name].several_extractors))
    if fresh or settle or any(name in stale for name in settled.PARTS):
        connection.execute(settled.full_view(connection, home, current, settle=settle))
    if fresh:
        connection.execute(_moods_view())
        connection.execute(f"create or replace macro sound(quality) as {fit_sql('quality')}")
        connection.execute(sql_resource("_catalog.sql"))
        connection.execute(sql_resource("_macros.sql"))
        _comment(connection, CATALOG)
    if fresh or "embeddings" in stale:
        connection.execute(similar_view(home, current["embeddings"]))


def _moods_view() -> str:
    rows = ", ".join(f"({text(m.name)}, {m.valence}, {m.arousal})" for m in MOODS.values())
    return f"create or replace view moods as from (values {rows}) as m(mood, valence, arousal)"


def _comment(connection: duckdb.DuckDBPyConnection, spec: Table) -> None:
    connection.execute(f"comment on view {name_of(spec.name)} is {text(spec.doc)}")
    for column in spec.columns:
        connection.execute(
            f"comment on column {name_of(spec.name)}.{name_of(column.name)} is {text(column.doc)}"
        )
