"""The commits that tie rows to the version that was read."""

from __future__ import annotations

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from data_catalog.tables.delta import TIED_TO_VERSION, StoredTable


def append(handle: DeltaTable, stored: StoredTable, data: pa.Table) -> None:
    """Add ``data`` in the next commit."""
    write_deltalake(
        handle,
        data,
        mode="append",
        writer_properties=stored.writer,
        commit_properties=TIED_TO_VERSION,
    )


def merge(handle: DeltaTable, stored: StoredTable, data: pa.Table) -> None:
    """Replace the rows whose key is there and add the others, in the next commit."""
    (
        handle.merge(
            data,
            " AND ".join(f"old.{name} = new.{name}" for name in stored.spec.key),
            source_alias="new",
            target_alias="old",
            writer_properties=stored.writer,
            commit_properties=TIED_TO_VERSION,
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )
