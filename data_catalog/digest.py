"""A digest of rows that depends on their content alone, not on file formats or libraries."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl


def digest(rows: pl.DataFrame) -> str:
    """SHA-256, hexadecimal, over ``rows`` in their order, column by column.

    Of each column: its name, one byte a row that says whether there is a value, then the values:
    64-bit little-endian numbers, one byte a flag, or the UTF-8 length of each text followed by all
    texts. Only text, integer, float and boolean columns can be digested.

    >>> digest(pl.DataFrame({"a": [1, None]})) == digest(pl.DataFrame({"a": [1, 0]}))
    False
    """
    hashed = hashlib.sha256()
    for column in rows:
        hashed.update(column.name.encode() + b"\0")
        hashed.update(column.is_not_null().to_numpy().astype(np.uint8).tobytes())
        for part in _parts(column):
            hashed.update(part)
    return hashed.hexdigest()


def _parts(column: pl.Series) -> tuple[bytes, ...]:
    if column.dtype == pl.String:
        filled = column.fill_null("")
        lengths = filled.str.len_bytes().to_numpy().astype("<i8")
        return lengths.tobytes(), "".join(filled.to_list()).encode()
    if column.dtype == pl.Boolean:
        return (column.fill_null(False).to_numpy().astype(np.uint8).tobytes(),)
    kind = "<f8" if column.dtype.is_float() else "<i8"
    return (column.fill_null(0).to_numpy().astype(kind).tobytes(),)
