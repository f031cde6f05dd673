"""Arrow tables on the terminal and in files."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from rich.table import Table
from rich.text import Text

from features.errors import ShiroaError
from flows.console import out

_MAX_ROWS: Final = 50
_ID: Final = 12
_TRACK_ID: Final = re.compile(r"[0-9a-f]{64}")


def print_table(answer: pa.Table) -> None:
    """Print an answer, at most fifty rows of it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for field in answer.schema:
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        table.add_column(
            field.name,
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=field.name.endswith("_id"),  # a person copies it in one piece
        )
    for row in answer.slice(0, _MAX_ROWS).to_pylist():
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    out.print(table)
    if answer.num_rows > _MAX_ROWS:
        out.print(f"({answer.num_rows - _MAX_ROWS:,} more rows; --format csv shows all)")


def _cell(value: Any) -> str:
    """A value as people read it; of a track's id the beginning, which commands take for it.

    >>> _cell(0.25), _cell(1234.56), _cell(None), _cell("0f" * 32)
    ('0.25', '1234.6', '·', '0f0f0f0f0f0f')
    """
    if value is None:
        return "·"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value[:_ID] if isinstance(value, str) and _TRACK_ID.fullmatch(value) else str(value)


def write_table(answer: pa.Table, format: str, stream: BinaryIO) -> None:
    """Write an answer as ``csv``, ``json`` (one array of objects) or ``parquet``."""
    if format == "csv":
        pyarrow.csv.write_csv(answer, stream)
    elif format == "parquet":
        pyarrow.parquet.write_table(answer, stream)
    elif format == "json":
        rows = json.dumps(answer.to_pylist(), default=str, ensure_ascii=False, indent=1)
        stream.write(rows.encode() + b"\n")
    else:
        raise ShiroaError(f"format={format!r}: must be csv, json or parquet")
