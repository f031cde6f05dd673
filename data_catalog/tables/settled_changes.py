"""A few changed tracks beside a written catalog: their rows, and which of its rows they replace.

A label, an answer to a review or a small batch of new files only adds rows to tables. The changed
tracks' rows follow from what was written of them and from the added files alone, so no table is
looked through: a written row keeps what was stated and measured and when, and rows are found by an
index of the sorted ids.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from data_catalog.queries.sql import text
from data_catalog.schema.tables import TABLES
from data_catalog.tables.settled_rows import STATEMENTS, full_join, rows_of, stated
from data_catalog.tables.sql import table_rows

MOST_CHANGED: Final = 1000
"""Changed tracks that are folded in: each fold writes all of them again."""

_ROWS_A_TRACK: Final = 8
_PREFIX: Final = 16
"""Characters of an id in the index; tracks that share them are replaced together."""


@dataclass(frozen=True)
class Changes:
    """The files ``<name>.rows.parquet`` and ``<name>.replaced.parquet``, with ``tracks`` rows."""

    folder: Path
    name: str
    tracks: int

    @classmethod
    def of(cls, folder: Path, told: Mapping[str, Any]) -> Changes:
        """What ``told`` says, as written before."""
        return cls(folder, told["name"], told["tracks"])

    def told(self) -> dict[str, Any]:
        """For the record, relative to the folder."""
        return {"name": self.name, "tracks": self.tracks}

    def files(self) -> tuple[Path, Path]:
        """Both files, those replaced first."""
        return self.replaced, self.rows

    @property
    def rows(self) -> Path:
        """The changed tracks, as the written catalog has tracks."""
        return self.folder / f"{self.name}.rows.parquet"

    @property
    def replaced(self) -> Path:
        """Numbers (``row``) of the written rows that do not count any more."""
        return self.folder / f"{self.name}.replaced.parquet"


def index_of(written: Path) -> Path:
    """The first characters of each id of ``written``, in its order."""
    return written.with_suffix(".ids.npy")


def write_index(connection: duckdb.DuckDBPyConnection, rows: Path, written: Path) -> None:
    """Index ``rows``, which will be ``written``."""
    ids = connection.sql(
        f"select left(track_id, {_PREFIX}) as id from read_parquet({text(rows.as_posix())})"  # noqa: S608
    ).to_arrow_table()
    np.save(index_of(written), np.asarray(ids["id"].to_numpy(), dtype=f"S{_PREFIX}"))


def fold_in(
    connection: duckdb.DuckDBPyConnection,
    written: Path,
    before: Changes | None,
    came: Mapping[str, Iterable[str]],
) -> Changes | None:
    """``before`` with what the added files of each table tell; None where that is too much."""
    added = [path for files in came.values() for path in files]
    touched = _touched(added, MOST_CHANGED)
    if touched is None or (before.tracks if before else 0) + len(touched) > MOST_CHANGED:
        return None
    replaced = set() if before is None else set(pl.read_parquet(before.replaced)["row"])
    new = _places(written, touched) - replaced
    name = uuid.uuid4().hex
    changes = Changes(written.parent, name, 0)
    pl.DataFrame({"row": sorted(replaced | new)}, schema={"row": pl.Int64}).write_parquet(
        changes.replaced
    )
    sql = full_join(_rows(_were(written, sorted(new), before), came))
    connection.execute(f"copy ({sql}) to {text(changes.rows.as_posix())} (format parquet)")
    count = pl.scan_parquet(changes.rows).select(pl.len()).collect().item()
    return Changes(written.parent, name, count)


def _touched(added: Iterable[str], most: int) -> pl.Series | None:
    """Ids in the added files; None where there are more than ``most`` of them."""
    ids = pl.concat(pl.scan_parquet(path, glob=False).select("track_id") for path in added)
    found = ids.head(_ROWS_A_TRACK * most + 1).collect()["track_id"]
    return None if len(found) > _ROWS_A_TRACK * most else found.unique()


def _places(written: Path, ids: pl.Series) -> set[int]:
    """Rows of ``written`` whose id begins as one of ``ids``."""
    index = np.load(index_of(written), mmap_mode="r")
    wanted = np.unique(ids.to_numpy().astype("S").astype(f"S{_PREFIX}"))
    first, end = (np.searchsorted(index, wanted, side=side) for side in ("left", "right"))
    return {row for a, b in zip(first, end, strict=True) for row in range(int(a), int(b))}


def _were(written: Path, rows: list[int], before: Changes | None) -> str:
    """What was written of the tracks to write again."""
    listed = ", ".join(map(str, rows)) or "-1"
    were = (
        f"select * exclude (file_row_number) "  # noqa: S608
        f"from read_parquet({text(written.as_posix())}, file_row_number = true) "
        f"where file_row_number in ({listed})"
    )
    if before is None:
        return were
    return f"{were} union all by name from read_parquet({text(before.rows.as_posix())})"


def _rows(were: str, came: Mapping[str, Iterable[str]]) -> str:
    """The joins over what was written and the added files, of which the newer counts.

    Tables that nothing was added to are left out: planning is most of what this costs.
    """
    added = {name: table_rows(TABLES[name], files) for name, files in came.items() if files}
    sources = {
        "tracks": _over("tracks", "select * exclude (known) from was where known", added),
        "licences": _over("licences", "from was", added),
        "duplicates": _over("duplicates", _COPIES, added),
        "splits": _over("splits", "from was", added),
        "current_features": _newest_measured(added),
        "stated": _last_said(added),
    }
    return f"with was as materialized ({were}) from ({rows_of(sources)})"


_COPIES: Final = (
    "select track_id, duplicate_cluster as cluster_id, duplicate_of is null as canonical, "
    "duplicate_kind as kind from was"
)
_MEASURED: Final = (
    "select * replace (measured.tempo_bpm as tempo_bpm, measured.key as key, "
    "measured.tempo_confidence as tempo_confidence, measured.key_confidence as key_confidence), "
    "measured.extracted_at as extracted_at from was"
)
_STATED: Final = "select track_id, unnest(stated) from was where stated is not null"


def _over(table: str, was: str, added: Mapping[str, str]) -> str:
    """The added rows of ``table``, and what was written of other tracks."""
    if table not in added:
        return was
    new = added[table]
    return f"{new} union all by name from ({was}) anti join ({new}) using (track_id)"


def _newest_measured(added: Mapping[str, str]) -> str:
    """What was measured of each track, newly where it was."""
    if "features" not in added:
        return _MEASURED
    rank = "row_number() over (partition by track_id order by extracted_at desc nulls last)"
    return f"from ({added['features']} union all by name {_MEASURED}) qualify {rank} = 1"


def _last_said(added: Mapping[str, str]) -> str:
    """Of each statement the last, among the new ones and those that were written."""
    if "labels" not in added:
        return _STATED
    last = ", ".join(f"max_by({name}, {name}.at) as {name}" for name in STATEMENTS)
    new = stated(added["labels"])
    return f"select track_id, {last} from (({new}) union all by name ({_STATED})) group by track_id"  # noqa: S608
