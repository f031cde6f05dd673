"""The stored tables: atomic commits, exact inserts, reads of any version.

Every commit is all or nothing, whoever is killed and whenever. After each one the views in
``catalog.duckdb`` are brought up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake

from data_catalog.home import Home
from data_catalog.schema.tables import TABLES
from data_catalog.tables import commits, views
from data_catalog.tables.delta import TIED_TO_VERSION, StoredTable, stored_table
from data_catalog.tables.rows import Rows, as_arrow, first_of_each_key, last_of_each_key
from data_catalog.tables.scans import rows_in
from data_catalog.tables.state import TableState
from features.errors import ShiroaError

T = TypeVar("T")

UNUSABLE_IN_PATHS = "[]*?|^"
MANY_FILES = 48

_HELD: ContextVar[frozenset[Path]] = ContextVar("_HELD", default=frozenset())
"""Homes whose views wait for the end of a ``Store.together`` block."""


class StoreError(ShiroaError, ValueError):
    """A table, version or home that isn't there or can't be used."""


class Store:
    """The tables below one home. Cheap to make; makes its folders at the first write."""

    def __init__(self, home: Home) -> None:
        root = home.root.resolve()
        unusable = sorted(set(UNUSABLE_IN_PATHS) & set(str(root)))
        if unusable:
            raise StoreError(
                f"home={str(root)!r}: must not contain {' '.join(unusable)}; choose another folder"
            )
        self.home = replace(home, root=root)

    @classmethod
    def open(cls, home: Home) -> Store:
        """The store of ``home``, with every table and view there, if only empty.

        Raises ``BucketError`` for an object store that can't be reached or can't hold tables.
        """
        store = cls(home)
        if store.home.bucket is not None:
            store.home.bucket.require_conditional_puts(store.home.root)
        store._of_each(StoredTable.create)
        store._refresh()
        return store

    def version(self, table: str) -> int:
        """Newest version of ``table``; -1 before its first write."""
        return self._table(table).state().version

    def files(self, table: str) -> tuple[Path, ...]:
        """Absolute paths of the Parquet files of the newest version."""
        return self._table(table).held().files

    def read(self, table: str, version: int | None = None) -> pl.DataFrame:
        """All rows of ``table``, typed by its schema; of an older ``version`` when given."""
        return self.scan(table, version).collect()

    def scan(self, table: str, version: int | None = None) -> pl.LazyFrame:
        """Lazy rows of ``table`` as of one version, whatever is written meanwhile."""
        stored = self._table(table)
        files = stored.held().files if version is None else _files_of_version(stored, version)
        return rows_in(stored.spec, files)

    def scan_keys(self, table: str, **key: Collection[str]) -> pl.LazyFrame:
        """Lazy rows of ``table`` with those keys: ``track_id=ids``, and so each column of its key.

        Only files that hold such rows are read: a few of a large table, where they are new.
        """
        stored = self._table(table)
        wanted = pl.DataFrame({name: key[name] for name in stored.spec.key}).cast(pl.String)
        rows = rows_in(stored.spec, stored.holders(wanted))
        return rows.join(wanted.lazy(), on=wanted.columns, how="semi")

    def append(self, table: str, rows: Rows) -> int:
        """Add ``rows`` without looking at what is there; for rows that are never changed."""
        stored, data = self._ready(table, rows)
        if len(data):
            stored.add(data)
            self._committed(table)
        return len(data)

    def insert_new(self, table: str, rows: Rows) -> int:
        """Add the rows whose key is absent and return their number.

        Exact whoever else inserts at the same time: a key is never there twice.
        """
        stored, data = self._ready(table, rows)
        data = first_of_each_key(stored.spec, data)

        def insert(handle: DeltaTable) -> int:
            new = data.filter(pc.invert(stored.present(data)))
            if len(new):
                commits.append(handle, stored, new)
            return len(new)

        return self._changed(table, insert) if len(data) else 0

    def upsert(self, table: str, rows: Rows) -> int:
        """Add the rows whose key is absent and replace the others whole; returns their number.

        A merge rewrites the files that it touches: use it in small or narrow tables.
        """
        stored, data = self._ready(table, rows)
        data = last_of_each_key(stored.spec, data)

        def merge(handle: DeltaTable) -> int:
            if not pc.any(stored.present(data)).as_py():
                commits.append(handle, stored, data)
            else:
                commits.merge(handle, stored, data)
            return len(data)

        return self._changed(table, merge) if len(data) else 0

    def edit(self, table: str, change: Callable[[pl.DataFrame], Rows]) -> int:
        """Replace or add the rows that ``change`` makes of the newest rows; for small tables.

        ``change`` runs again when somebody else commits meanwhile, so that no edit is lost.
        """
        stored = self._table(table)

        def apply(handle: DeltaTable) -> int:
            changed = as_arrow(stored.spec, change(self.read(table)))
            if len(changed):
                commits.merge(handle, stored, last_of_each_key(stored.spec, changed))
            return len(changed)

        return self._changed(table, apply)

    def replace(self, table: str, rows: Rows) -> int:
        """Make ``rows`` the whole content of ``table`` in one commit."""
        stored, data = self._ready(table, rows)
        data = last_of_each_key(stored.spec, data)

        def overwrite(handle: DeltaTable) -> int:
            write_deltalake(
                handle,
                data,
                mode="overwrite",
                writer_properties=stored.writer,
                commit_properties=TIED_TO_VERSION,
            )
            return len(data)

        return self._changed(table, overwrite)

    def delete(self, table: str, column: str, values: Iterable[str]) -> int:
        """Delete the rows whose ``column`` is one of ``values``; returns their number."""
        wanted = sorted(set(values))
        stored = self._table(table)
        self._column(table, column)
        if not wanted or not self.files(table):
            return 0

        def remove(handle: DeltaTable) -> int:
            listed = ", ".join(_quoted(value) for value in wanted)
            report = handle.delete(
                f"{column} IN ({listed})",
                writer_properties=stored.writer,
                commit_properties=TIED_TO_VERSION,
            )
            return int(report["num_deleted_rows"] or 0)

        return self._changed(table, remove)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Bring the views up to date once, at the end, after several commits.

        Each commit is still atomic by itself; inside, readers of ``catalog.duckdb`` see the time
        before the first.
        """
        held = _HELD.get()
        if self.home.root in held:
            yield
            return
        token = _HELD.set(held | {self.home.root})
        try:
            yield
        finally:
            _HELD.reset(token)
            self._refresh()

    def rebuild_views(self) -> None:
        """Make ``catalog.duckdb`` again from the newest versions, as after a move of the home."""
        views.refresh(self.home, self._states, force=True)

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Leave the views as they are, for a process that nobody asks questions."""
        token = _HELD.set(_HELD.get() | {self.home.root})
        try:
            yield
        finally:
            _HELD.reset(token)

    def follow(self) -> None:
        """Show in the views of this machine what others have committed to a home in a bucket."""
        if self.home.bucket is not None:
            self._refresh()

    def settle(self) -> None:
        """Write the catalog's rows out, so that questions need no joins; nothing if they are."""
        views.refresh(self.home, self._states, settle=True)

    def compact(self) -> int:
        """Join small files of every table; returns how many were replaced.

        Replaced files stay for a week, for readers of older views; see ``maintenance.vacuum``.
        """
        joined = sum(self._joined(name) for name in TABLES if self.files(name))
        self._refresh()
        return joined

    def history(self, table: str) -> list[dict[str, Any]]:
        """Commits of ``table``, newest first, as the Delta log tells them."""
        handle = self._table(table).handle()
        return handle.history() if handle else []

    def stored(self, table: str) -> StoredTable:
        """The table below, for maintenance."""
        return self._table(table)

    def _table(self, name: str) -> StoredTable:
        if name not in TABLES:
            raise StoreError(f"table={name!r}: must be one of {', '.join(TABLES)}")
        return stored_table(TABLES[name], self.home.tables / name, self.home.bucket)

    def _ready(self, name: str, rows: Rows) -> tuple[StoredTable, pa.Table]:
        stored = self._table(name)
        return stored, as_arrow(stored.spec, rows)

    def _column(self, table: str, column: str) -> None:
        known = [c.name for c in self._table(table).spec.columns]
        if column not in known:
            raise StoreError(f"column={column!r}: {table} has {', '.join(known)}")

    def _changed(self, table: str, action: Callable[[DeltaTable], int]) -> int:
        count = self._table(table).change(action)
        if count:
            self._committed(table)
        return count

    def _committed(self, table: str) -> None:
        self._refresh()
        if len(self._table(table).state().files) >= MANY_FILES:
            self._joined(table)
            self._refresh()

    def _joined(self, table: str) -> int:
        """Join small files of ``table``; returns how many were replaced."""
        before, after = self._table(table).join_small_files()
        views.heed_joined(self.home, table, before, after)
        return len(set(before.files) - set(after.files))

    def _refresh(self) -> None:
        if self.home.root not in _HELD.get():
            views.refresh(self.home, self._states)

    def _states(self) -> dict[str, TableState]:
        return self._of_each(StoredTable.held)

    def _of_each(self, ask: Callable[[StoredTable], T]) -> dict[str, T]:
        """What each table answers; all asked at once where the answers come from elsewhere."""
        tables = [self._table(name) for name in TABLES]
        if self.home.bucket is None:
            return {table.spec.name: ask(table) for table in tables}
        with ThreadPoolExecutor(len(tables)) as threads:
            return dict(zip(TABLES, threads.map(ask, tables), strict=True))


def _files_of_version(stored: StoredTable, version: int) -> tuple[Path, ...]:
    newest = stored.state().version
    if not 0 <= version <= newest:
        raise StoreError(f"version={version}: {stored.spec.name} has versions 0 to {newest}")
    return stored.state_at(version).files


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
