"""One stored table: a Delta table that many processes write at once.

A commit that depends on what the table holds (insert if absent, merge, delete) is tied to the
version it read: it is refused when somebody else committed in between, and tried again on the new
version. A lock file keeps writers of one machine in line, so that few are refused; exactness does
not depend on it.

The log and the files of a table lie in its folder; or at an address in an object store, and the
folder holds copies of the files, fetched when they are first read: they never change.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import polars as pl
import pyarrow as pa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Schema,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from filelock import FileLock, Timeout

from data_catalog.schema.tables import Table
from data_catalog.shared.bucket import Bucket
from data_catalog.shared.mirror import Mirror
from data_catalog.tables.keyindex import KeyIndex
from data_catalog.tables.state import TableState, state_of
from features.errors import ShiroaError

T = TypeVar("T")

PATIENCE_S = 120.0
TARGET_FILE_BYTES = 32 * 1024 * 1024
TIED_TO_VERSION = CommitProperties(max_commit_retries=0)
WRITER = WriterProperties(compression="ZSTD", compression_level=1)
WRITER_OF_WIDE_ROWS = WriterProperties(
    compression="SNAPPY", default_column_properties=ColumnProperties(dictionary_enabled=False)
)
"""Long lists of floats don't shrink, and must be read fast."""


class StoreBusyError(ShiroaError):
    """Other writers won every race for too long."""


class TableDamagedError(ShiroaError):
    """A table without its log: nothing tells which of its files count."""


class StoredTable:
    """The Delta table of ``spec`` in ``folder``: its handle, live files and keys.

    Of a table in ``bucket``, the folder holds copies.
    """

    def __init__(self, spec: Table, folder: Path, bucket: Bucket | None = None) -> None:
        self.spec = spec
        self.folder = folder
        self._mirror = None if bucket is None else Mirror(bucket, spec.name, folder)
        self.address = str(folder) if self._mirror is None else self._mirror.address
        self._handle: DeltaTable | None = None
        self._guard = threading.RLock()
        self._state = TableState()
        self._index = KeyIndex(spec.key)
        self._current = False

    @property
    def writer(self) -> WriterProperties:
        """How the files of this table are written."""
        return WRITER_OF_WIDE_ROWS if self.spec.name == "embeddings" else WRITER

    def handle(self) -> DeltaTable | None:
        """The table at its newest version, or None before the first write."""
        with self._guard, self._reaching():
            if self._handle is not None and self._log_is_there():
                self._handle.update_incremental()
                return self._handle
            self._state, self._current = TableState(), False
            try:
                self._handle = DeltaTable(self.address)
            except TableNotFoundError:
                self._handle = None
                self._refuse_lost_log()
            return self._handle

    def state(self) -> TableState:
        """The newest version and its files; those in a bucket may not be fetched yet."""
        with self._guard:
            handle = self.handle()
            if handle is None:
                return TableState()
            if handle.version() != self._state.version:
                self._state = state_of(handle, self.folder)
            return self._state

    def held(self) -> TableState:
        """The newest version, its files there to be read."""
        state = self.state()
        if self._mirror is not None:
            self._mirror.bring(state.files)
        return state

    def fetched_again(self, path: Path) -> bool:
        """Whether the copy ``path``, which can't be read, was replaced from the bucket."""
        return self._mirror is not None and self._mirror.fetch_again(path)

    def state_at(self, version: int) -> TableState:
        """An older version, its files there to be read."""
        state = state_of(DeltaTable(self.address, version=version), self.folder)
        if self._mirror is not None:
            self._mirror.bring(state.files)
        return state

    def add(self, data: pa.Table) -> None:
        """Append ``data``; concurrent appends all succeed."""
        with self._guard, self._line():
            write_deltalake(self._made(), data, mode="append", writer_properties=self.writer)

    def change(self, action: Callable[[DeltaTable], T]) -> T:
        """Run ``action`` on the newest version until its commit is the next one.

        ``action`` must commit with ``TIED_TO_VERSION``. Raises ``StoreBusyError`` after
        ``PATIENCE_S`` seconds.
        """
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with self._guard, self._line():
                    return action(self._made())
            except (CommitFailedError, Timeout) as error:
                if time.monotonic() > deadline:
                    raise StoreBusyError(
                        f"{self.spec.name}: no commit went through in {PATIENCE_S:.0f} s "
                        "because others kept writing; run it again when they are done"
                    ) from error
            time.sleep(random.uniform(0.005, 0.1))

    def present(self, data: pa.Table) -> pa.ChunkedArray:
        """Mask: true where the newest version holds the row's key."""
        with self._guard:
            self._index.follow(self.held().files)
            keys = pl.DataFrame(data.select(list(self.spec.key)))
            return pa.chunked_array([pa.array(self._index.present(keys))])

    def holders(self, keys: pl.DataFrame) -> list[Path]:
        """Files of the newest version that may hold rows of ``keys``, and all that do."""
        with self._guard:
            self._index.follow(self.held().files)
            return self._index.holders(keys)

    def create(self) -> None:
        """Make the empty table unless it is there."""
        self._made()

    def join_small_files(self) -> tuple[TableState, TableState]:
        """Rewrite small files into larger ones; returns the states before and after.

        Gives up, without harm, when somebody else changed the same files.
        """
        with self._guard, self._line():
            handle, before = self._made(), self.state()
            with contextlib.suppress(CommitFailedError):
                handle.optimize.compact(
                    target_size=TARGET_FILE_BYTES, writer_properties=self.writer
                )
            return before, self.state()

    def forget_history(self) -> None:
        """Delete for good what the newest version does not hold: old files and old log entries.

        Readers of older versions lose them at once.
        """
        with self._guard, self._line():
            handle = self.handle()
            if handle is None:
                return
            handle.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
            handle.alter.set_table_properties({"delta.logRetentionDuration": "interval 0 seconds"})
            handle.create_checkpoint()
            handle.cleanup_metadata()
            handle.alter.set_table_properties({"delta.logRetentionDuration": "interval 30 days"})
            self.forget_copies()

    def forget_copies(self) -> None:
        """Delete copies of files that the newest version does not hold."""
        if self._mirror is not None:
            self._mirror.forget_all_but(self.state().files)

    def give_up(self, lost: Collection[Path]) -> None:
        """Take files that can't be read out of the table; they are moved to ``tables/lost``."""
        folder = self.folder.parent / "lost" / self.spec.name
        folder.mkdir(parents=True, exist_ok=True)
        with self._guard, self._line():
            for path in lost:
                if path.exists():
                    path.rename(folder / path.name)
            if self._mirror is not None:
                self._mirror.put_aside(lost)
            self._made().repair()

    def _line(self) -> FileLock:
        locks = self.folder.parent / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        return FileLock(
            locks / f"{self.spec.name}.lock",
            timeout=PATIENCE_S,
            poll_interval=0.01,
            thread_local=False,
        )

    def _made(self) -> DeltaTable:
        handle = self.handle()
        if handle is None:
            with contextlib.suppress(CommitFailedError):
                DeltaTable.create(
                    self.address,
                    schema=self.spec.arrow_schema(),
                    mode="ignore",
                    name=self.spec.name,
                    description=self.spec.doc,
                )
            handle = self.handle() or DeltaTable(self.address)
        return self._migrated(handle)

    def _reaching(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext() if self._mirror is None else self._mirror.reaching()

    def _log_is_there(self) -> bool:
        return self._mirror is not None or (self.folder / "_delta_log").is_dir()

    def _refuse_lost_log(self) -> None:
        files = self.folder.glob("*.parquet") if self._mirror is None else self._mirror.names()
        if any(files):
            raise TableDamagedError(
                f"{self.address} holds data but no _delta_log; restore that folder from a backup,"
                " or move the table away and run the stages again"
            )

    def _migrated(self, handle: DeltaTable) -> DeltaTable:
        """Add the columns that a table written by an older version lacks; files stay as they are.

        One of several processes adds them, and the others find them there.
        """
        while not self._current:
            there = {field.name for field in handle.schema().fields}
            wanted = Schema.from_arrow(self.spec.arrow_schema()).fields
            missing = [field for field in wanted if field.name not in there]
            with contextlib.suppress(CommitFailedError):
                if missing:
                    handle.alter.add_columns(missing)
                self._current = True
            handle.update_incremental()
        return handle


_TABLES: dict[tuple[int, Path], StoredTable] = {}
_TABLES_GUARD = threading.Lock()


def stored_table(spec: Table, folder: Path, bucket: Bucket | None = None) -> StoredTable:
    """The one ``StoredTable`` of this process for ``folder``, so that its index stays warm."""
    place = (os.getpid(), folder)
    with _TABLES_GUARD:
        if place not in _TABLES:
            _TABLES[place] = StoredTable(spec, folder, bucket)
        return _TABLES[place]
