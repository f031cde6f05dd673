"""Where everything of one installation lives: the folders below one home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The layout of a home folder. Nothing is created until somebody writes.

    >>> Home(Path("data")).tables.as_posix()
    'data/tables'
    """

    root: Path

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
