"""Rows on their way into a table: checked against its schema, and cast to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from data_catalog.schema.tables import EMBEDDING_SIZE, Table
from features.errors import ShiroaError

Rows: TypeAlias = Sequence[Mapping[str, Any]] | pl.DataFrame | pa.Table

SHOWN_FAULTS = 5


class RowError(ShiroaError, ValueError):
    """Rows that don't fit the table's schema; the message lists every fault."""


def as_arrow(table: Table, rows: Rows) -> pa.Table:
    """``rows`` as an Arrow table with exactly the columns of ``table``.

    Missing columns become null. Raises ``RowError`` when a column is unknown, a key is missing or
    null, or a value can't be cast.
    """
    if isinstance(rows, pl.DataFrame):
        data = rows.to_arrow()
    elif isinstance(rows, pa.Table):
        data = rows
    else:
        return _from_mappings(table, rows)
    _check_names(table, data.column_names)
    schema = table.arrow_schema()
    columns = [
        _cast(table, data.column(field.name), field)
        if field.name in data.column_names
        else pa.nulls(len(data), field.type)
        for field in schema
    ]
    return _checked(table, pa.Table.from_arrays(columns, schema=schema))


def first_of_each_key(table: Table, data: pa.Table) -> pa.Table:
    """``data`` with only the first row of each key, in their order."""
    frame = pl.DataFrame(data.select(list(table.key)))
    kept = frame.with_row_index("_row").unique(list(table.key), keep="first")["_row"].sort()
    return data if len(kept) == len(data) else data.take(kept.to_arrow())


def last_of_each_key(table: Table, data: pa.Table) -> pa.Table:
    """``data`` with only the last row of each key."""
    turned = first_of_each_key(table, data.take(pa.array(range(len(data) - 1, -1, -1), pa.int64())))
    return turned.take(pa.array(range(len(turned) - 1, -1, -1), pa.int64()))


def _from_mappings(table: Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    listed = list(rows)
    _check_names(table, {name for row in listed for name in row})
    arrays = [_array(table, [row.get(f.name) for row in listed], f) for f in table.arrow_schema()]
    return _checked(table, pa.Table.from_arrays(arrays, schema=table.arrow_schema()))


def _array(table: Table, values: list[Any], field: pa.Field) -> pa.Array:
    if pa.types.is_list(field.type):
        values = [v.tolist() if isinstance(v, np.ndarray) else v for v in values]
    elif pa.types.is_timestamp(field.type):
        _refuse_naive_times(table, values, field)
    elif pa.types.is_floating(field.type):
        values = [float(v) if isinstance(v, np.generic) else v for v in values]
    elif pa.types.is_integer(field.type):
        values = [int(v) if isinstance(v, np.generic) else v for v in values]
    elif pa.types.is_boolean(field.type):
        values = [bool(v) if isinstance(v, np.bool_) else v for v in values]
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError) as error:
        raise RowError(f"{table.name}.{field.name}: must be {field.type}: {error}") from error


def _refuse_naive_times(table: Table, values: list[Any], field: pa.Field) -> None:
    naive = [v for v in values if v is not None and getattr(v, "tzinfo", None) is None]
    if naive:
        raise RowError(
            f"{table.name}.{field.name}={naive[0]!r}: must carry a time zone; use datetime.now(UTC)"
        )


def _cast(table: Table, column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise RowError(f"{table.name}.{field.name}: must be {field.type}: {error}") from error


def _check_names(table: Table, names: Iterable[str]) -> None:
    known = {column.name for column in table.columns}
    unknown = sorted(set(names) - known)
    if unknown:
        raise RowError(
            f"{table.name} has no column {', '.join(unknown[:SHOWN_FAULTS])}; "
            f"its columns are {', '.join(c.name for c in table.columns)} (data_catalog/schema)"
        )


def _checked(table: Table, data: pa.Table) -> pa.Table:
    if table.name == "embeddings":
        sizes = set(pc.list_value_length(data.column("embedding")).unique().to_pylist())
        if sizes - {EMBEDDING_SIZE}:
            raise RowError(
                f"embeddings.embedding: {sorted(map(str, sizes))} values; each must have exactly "
                f"{EMBEDDING_SIZE}"
            )
    empty = [name for name in table.key if data.column(name).null_count]
    if empty:
        raise RowError(f"{table.name}: the key column {', '.join(empty)} is null in some rows")
    return data
