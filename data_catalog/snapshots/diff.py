"""What changed from one snapshot to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from data_catalog.home import Home
from data_catalog.snapshots.snapshot import NOT_CONTENT, load_snapshot

SHOWN: Final = ("track_id", "artist", "title")


@dataclass(frozen=True)
class SnapshotDiff:
    """``added`` and ``removed`` tracks, and ``changed`` values: one row a track and column.

    ``added`` and ``removed`` have ``track_id, artist, title``; ``changed`` has these and ``column,
    before, after`` as text.
    """

    before: str
    after: str
    added: pl.DataFrame
    removed: pl.DataFrame
    changed: pl.DataFrame

    @property
    def same(self) -> bool:
        """True when both hold the same rows."""
        return self.added.is_empty() and self.removed.is_empty() and self.changed.is_empty()

    def counts(self) -> dict[str, int]:
        """Tracks added and removed, and the tracks that changed in each column."""
        columns = self.changed.group_by("column").len().sort("column")
        return {
            "added": self.added.height,
            "removed": self.removed.height,
            **{f"changed {name}": number for name, number in columns.iter_rows()},
        }


def diff_snapshots(home: Home, before: str, after: str) -> SnapshotDiff:
    """Compare two snapshots by name; places of files don't count."""
    old = load_snapshot(home, before).rows.drop(NOT_CONTENT)
    new = load_snapshot(home, after).rows.drop(NOT_CONTENT)
    return SnapshotDiff(
        before,
        after,
        added=new.join(old, on="track_id", how="anti").select(SHOWN),
        removed=old.join(new, on="track_id", how="anti").select(SHOWN),
        changed=_changed(old, new),
    )


def _changed(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    both = new.join(old, on="track_id", suffix="_before").sort("track_id")
    shared = [name for name in new.columns if name in old.columns and name != "track_id"]
    return pl.concat(
        both.filter(pl.col(name).ne_missing(pl.col(f"{name}_before"))).select(
            *SHOWN,
            column=pl.lit(name),
            before=pl.col(f"{name}_before").cast(pl.String),
            after=pl.col(name).cast(pl.String),
        )
        for name in shared
    ).sort("track_id", "column")
