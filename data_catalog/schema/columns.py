"""What a stored table is: columns with their types, units and meaning, and a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column: its name, Arrow type, and what it means with its unit."""

    name: str
    type: pa.DataType
    doc: str


@dataclass(frozen=True)
class Table:
    """One stored table. ``key`` names the columns that identify a row."""

    name: str
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of the table, all columns nullable but the key."""
        return pa.schema(
            [pa.field(c.name, c.type, nullable=c.name not in self.key) for c in self.columns]
        )


TEXT: Final = pa.string()
INT: Final = pa.int64()
REAL: Final = pa.float64()
FLAG: Final = pa.bool_()
TIME: Final = pa.timestamp("us", tz="UTC")
TRACK_ID: Final = Column("track_id", TEXT, "SHA-256 of the file, hexadecimal")
VERSION: Final = Column("extractor_version", TEXT, "version of the code that made the row")
