"""The catalog as one file, so that questions over a million tracks need no joins.

``catalog_full`` joins seven tables. Over a small catalog it is a plain view. Over a large one its
rows are written to a Parquet file now and then, and the view is that file, with only the tracks
that changed since joined anew. When too much has changed the file is written again, and whenever a
collection is curated or labelled: a few changed tracks make each question look through all tables.
The file is sorted, so that one track is found in one part of it, and packed lightly, because
unpacking ids is most of what a question costs.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from data_catalog.delta import TableState
from data_catalog.home import Home
from data_catalog.sql import sql_resource, text

PARTS: Final = (
    "tracks",
    "licences",
    "features",
    "labels",
    "duplicates",
    "splits",
    "takedowns",
)
"""Tables whose commits change ``catalog_full``."""

SETTLE_FROM: Final = 20_000
"""Rows that may have changed, and tracks below which there is no file at all."""

SETTLE_SHARE: Final = 0.1
"""Share of the tracks that may have changed."""

KEPT_S: Final = 24 * 3600.0
"""Time for which a replaced file stays, for readers of an older ``catalog.duckdb``."""

_VIEW: Final = "create or replace view catalog_full as"


@dataclass(frozen=True)
class Settled:
    """A written catalog, and the table files that it was made of, with the rows in each."""

    file: Path
    parts: Mapping[str, Mapping[str, int]]


def full_view(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    states: Mapping[str, TableState],
    *,
    settle: bool = False,
) -> str:
    """SQL of the view ``catalog_full``; writes the file first where that is due.

    ``connection`` must show the table views of ``states``. With ``settle`` any change is enough.
    """
    tracks = sum(states["tracks"].rows)
    if tracks < SETTLE_FROM:
        return f"{_VIEW} {_live(None)}"
    written = _load(home)
    changed = None if written is None else _changed(written, states)
    if written is None or changed is None or (changed and settle) or _too_many(changed, tracks):
        written, changed = _settle(connection, home, states), {}
    stored = f"from read_parquet({text(written.file.as_posix())})"
    if not changed:
        return f"{_VIEW} {stored}"
    listed = ", ".join(text(path) for path in sorted(changed))
    ids = f"select track_id from read_parquet([{listed}], union_by_name = true)"  # noqa: S608
    return f"{_VIEW} {stored} where track_id not in ({ids}) union all by name from ({_live(ids)})"


def is_behind(home: Home, states: Mapping[str, TableState]) -> bool:
    """Whether the view must join anything that a written catalog would hold."""
    if sum(states["tracks"].rows) < SETTLE_FROM:
        return False
    written = _load(home)
    return written is None or _changed(written, states) != {}


def _live(ids: str | None) -> str:
    """The joins; over the tracks of the query ``ids`` alone when given."""
    only = "" if ids is None else f"semi join ({ids}) as changed using (track_id)"
    return sql_resource("_catalog_full.sql").replace("/* only */", only)


def _changed(written: Settled, states: Mapping[str, TableState]) -> dict[str, int] | None:
    """Files, with their rows, that came or went since; None when one of them is lost."""
    changed = {}
    for name in PARTS:
        before, now = written.parts.get(name, {}), _files(states[name])
        changed.update({p: n for p, n in before.items() if p not in now})
        changed.update({p: n for p, n in now.items() if p not in before})
    return changed if all(Path(path).exists() for path in changed) else None


def _too_many(changed: Mapping[str, int], tracks: int) -> bool:
    return sum(changed.values()) > max(SETTLE_FROM, SETTLE_SHARE * tracks)


def _settle(
    connection: duckdb.DuckDBPyConnection, home: Home, states: Mapping[str, TableState]
) -> Settled:
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    written = Settled(
        folder / f"{uuid.uuid4().hex}.parquet", {name: _files(states[name]) for name in PARTS}
    )
    aside = written.file.with_suffix(".tmp")
    connection.execute(f"set threads = {os.cpu_count() or 1}")
    connection.execute(
        f"copy ({_live(None)} order by track_id) to {text(aside.as_posix())} "
        "(format parquet, compression snappy, row_group_size 100000)"
    )
    connection.execute("set threads = 1")
    aside.replace(written.file)
    record = aside.with_suffix(".json")
    record.write_text(json.dumps({"file": written.file.name, "parts": written.parts}))
    record.replace(folder / "settled.json")
    _forget(folder, written.file)
    return written


def _load(home: Home) -> Settled | None:
    folder = _folder(home)
    try:
        record = json.loads((folder / "settled.json").read_text())
    except (OSError, ValueError):
        return None
    file = folder / record["file"]
    return Settled(file, record["parts"]) if file.exists() else None


def _forget(folder: Path, current: Path) -> None:
    for old in folder.iterdir():
        replaced = old.suffix != ".json" and old != current
        if replaced and time.time() - old.stat().st_mtime > KEPT_S:
            old.unlink(missing_ok=True)


def _files(state: TableState) -> dict[str, int]:
    return {path.as_posix(): rows for path, rows in zip(state.files, state.rows, strict=True)}


def _folder(home: Home) -> Path:
    return home.tables / "catalog"
