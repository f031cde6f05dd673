"""Rows on their way out of a table: its Parquet files as lazy rows, typed by the schema."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from data_catalog.schema.tables import Table


def rows_in(spec: Table, files: Collection[Path]) -> pl.LazyFrame:
    """The rows of ``files``: every column of ``spec``, null where a file is older than it."""
    schema = pl.DataFrame(spec.arrow_schema().empty_table()).schema
    if not files:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(
        list(files),
        schema=schema,
        glob=False,
        missing_columns="insert",
        extra_columns="ignore",
    )
