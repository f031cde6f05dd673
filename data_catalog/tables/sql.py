"""SQL that reads the Parquet files of a stored table, typed by its schema."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyarrow as pa

from data_catalog.queries.sql import name_of, text
from data_catalog.schema.tables import EMBEDDING_SIZE, Table

_DUCKDB_TYPES: Final = {
    pa.string(): "VARCHAR",
    pa.int8(): "TINYINT",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.list_(pa.float32()): "FLOAT[]",
    pa.list_(pa.int64()): "BIGINT[]",
}


def duckdb_type(kind: pa.DataType) -> str:
    """The DuckDB type of a schema's Arrow type."""
    return _DUCKDB_TYPES[kind]


def table_rows(spec: Table, files: Iterable[str | Path]) -> str:
    """The rows of ``spec`` in ``files``: every column of the schema, typed, absent ones null."""
    empty = ", ".join(f"null::{duckdb_type(c.type)} as {name_of(c.name)}" for c in spec.columns)
    source = f"select {empty} where false"
    if listed := ", ".join(text(Path(path).as_posix()) for path in files):
        stored = f"select * from read_parquet([{listed}], union_by_name = true)"  # noqa: S608
        source = f"{source} union all by name {stored}"
    shown = ", ".join(_shown(spec, column.name) for column in spec.columns)
    return f"select {shown} from ({source})"  # noqa: S608


def _shown(spec: Table, column: str) -> str:
    if spec.name == "embeddings" and column == "embedding":
        return f"embedding::FLOAT[{EMBEDDING_SIZE}] as embedding"
    return name_of(column)
