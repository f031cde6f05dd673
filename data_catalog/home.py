"""Where everything of one installation lives: the folders below one home."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from features.errors import ShiroaError

_ADDRESS: Final = re.compile(r"(?:^|/)(s3a?|gs|gcs|az|abfss?|https?|hf):/")
"""An address, also where a path was made of it and put below a folder."""


class HomeError(ShiroaError, ValueError):
    """A home that can't be one."""


@dataclass(frozen=True)
class Home:
    """The layout of a home folder. Nothing is created until somebody writes.

    >>> Home(Path("data")).tables.as_posix()
    'data/tables'
    """

    root: Path

    def __post_init__(self) -> None:
        """Refuse addresses, which a path would take for a folder of that name."""
        if address := _ADDRESS.search(str(self.root)):
            raise HomeError(
                f"SHIROA_HOME={str(self.root)!r}: a home is a folder, and {address[1]}: is none. "
                "Music is read from there (`shiroa ingest s3://bucket/prefix`); for the home mount "
                "the bucket or name a disk with --home"
            )

    @property
    def tables(self) -> Path:
        """Delta tables, one folder each."""
        return self.root / "tables"

    @property
    def audio(self) -> Path:
        """What sources downloaded."""
        return self.root / "audio"

    @property
    def models(self) -> Path:
        """Trained models, one folder each."""
        return self.root / "models"

    @property
    def generated(self) -> Path:
        """Audio that the service made."""
        return self.root / "generated"

    @property
    def cache(self) -> Path:
        """What can be made again: converted weights, codes."""
        return self.root / "cache"

    @property
    def snapshots(self) -> Path:
        """Frozen Parquet files with their manifests."""
        return self.root / "snapshots"

    @property
    def catalog(self) -> Path:
        """The DuckDB file that holds the views."""
        return self.root / "catalog.duckdb"
