"""The catalog as one file, so that questions over a million tracks need no joins.

``catalog_full`` joins seven tables. Over a small catalog it is a plain view. Over a large one its
rows are written to a Parquet file now and then, and the view is that file; a few tracks that
changed since stand in a second, small one (``settled_changes``). When too much has changed, the
file is written again, as whenever a collection is curated. In between the changed tracks are joined
anew by each question, which then looks through all tables.
The file is sorted, so that one track is found in one part of it, and packed lightly, because
unpacking ids is most of what a question costs.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from data_catalog.home import Home
from data_catalog.queries.sql import text
from data_catalog.tables.delta import TableState
from data_catalog.tables.settled_changes import Changes, fold_in, write_index
from data_catalog.tables.settled_rows import HIDDEN, full_join, live, recipe

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
    changes: Changes | None = None


@dataclass(frozen=True)
class Difference:
    """Table files, with their rows, that came or went since a catalog was written."""

    came: Mapping[str, Mapping[str, int]]
    went: Mapping[str, int]

    def files(self) -> dict[str, int]:
        """All of them, by path."""
        return {path: n for files in self.came.values() for path, n in files.items()} | {
            **self.went
        }


def full_view(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    states: Mapping[str, TableState],
    *,
    settle: bool = False,
) -> str:
    """SQL of the view ``catalog_full``; writes the file first where that is due.

    ``connection`` must show the table views of ``states``. With ``settle`` any change that is not
    folded in yet is enough.
    """
    tracks = sum(states["tracks"].rows)
    if tracks < SETTLE_FROM:
        return f"{_VIEW} select * exclude ({HIDDEN}) from ({live(None)})"  # noqa: S608
    written = _load(home)
    since = None if written is None else _difference(written, states)
    if written is not None and since is not None and since.files() and not since.went:
        folded = fold_in(connection, written.file, written.changes, since.came)
        if folded is not None:
            written, since = _remembered(home, written, states, folded), Difference({}, {})
    changed = None if since is None else since.files()
    if written is None or changed is None or (changed and settle) or _too_many(changed, tracks):
        written, changed = _settle(connection, home, states), {}
    stored = _stored(written)
    if not changed:
        return f"{_VIEW} {stored}"
    listed = ", ".join(text(path) for path in sorted(changed))
    ids = f"select track_id from read_parquet([{listed}], union_by_name = true)"  # noqa: S608
    return (
        f"{_VIEW} from ({stored}) where track_id not in ({ids}) "  # noqa: S608
        f"union all by name select * exclude ({HIDDEN}) from ({live(ids)})"
    )


def is_behind(home: Home, states: Mapping[str, TableState]) -> bool:
    """Whether the view must join anything that a written catalog would hold."""
    if sum(states["tracks"].rows) < SETTLE_FROM:
        return False
    written = _load(home)
    since = None if written is None else _difference(written, states)
    return since is None or bool(since.files())


def heed_joined(home: Home, table: str, before: TableState, after: TableState) -> None:
    """Tell the written catalog that rows of ``table`` lie in other files, and are the same.

    Nothing is told unless joining them was the one commit between the two states and every row
    that moved is written; the catalog is then written again in its time.
    """
    written = _load(home) if table in PARTS and after.version == before.version + 1 else None
    if written is None:
        return
    held, earlier, now = written.parts.get(table, {}), _files(before), _files(after)
    gone = earlier.keys() - now.keys()
    if gone <= held.keys():
        came = {path: rows for path, rows in now.items() if path not in earlier}
        kept = {path: rows for path, rows in held.items() if path not in gone}
        _record(home, replace(written, parts={**written.parts, table: kept | came}))


def _stored(written: Settled) -> str:
    """The rows that are written, without what only folding needs."""
    file = text(written.file.as_posix())
    if written.changes is None:
        return f"select * exclude ({HIDDEN}) from read_parquet({file}) where known"  # noqa: S608
    replaced, changed = (text(path.as_posix()) for path in written.changes.files())
    return (
        f"select * exclude ({HIDDEN}, file_row_number) "  # noqa: S608
        f"from read_parquet({file}, file_row_number = true) "
        f"where known and file_row_number not in (select row from read_parquet({replaced})) "
        f"union all by name select * exclude ({HIDDEN}) from read_parquet({changed}) where known"
    )


def _difference(written: Settled, states: Mapping[str, TableState]) -> Difference | None:
    """What came and went since; None when one of those files is lost."""
    came, went = {}, {}
    for name in PARTS:
        before, now = written.parts.get(name, {}), _files(states[name])
        went.update({p: n for p, n in before.items() if p not in now})
        came[name] = {p: n for p, n in now.items() if p not in before}
    since = Difference(came, went)
    return since if all(Path(path).exists() for path in since.files()) else None


def _too_many(changed: Mapping[str, int], tracks: int) -> bool:
    return sum(changed.values()) > max(SETTLE_FROM, SETTLE_SHARE * tracks)


def _settle(
    connection: duckdb.DuckDBPyConnection, home: Home, states: Mapping[str, TableState]
) -> Settled:
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{uuid.uuid4().hex}.parquet"
    aside = file.with_suffix(".tmp")
    connection.execute(f"set threads = {os.cpu_count() or 1}")
    connection.execute(
        f"copy ({full_join(live(None))} order by track_id) to {text(aside.as_posix())} "
        "(format parquet, compression snappy, row_group_size 100000)"
    )
    write_index(connection, aside, file)
    connection.execute("set threads = 1")
    aside.replace(file)
    return _remembered(home, Settled(file, {}), states, None)


def _remembered(
    home: Home, written: Settled, states: Mapping[str, TableState], changes: Changes | None
) -> Settled:
    """``written`` with those changes, as of ``states``, recorded for the next time."""
    written = replace(
        written, parts={name: _files(states[name]) for name in PARTS}, changes=changes
    )
    _record(home, written)
    return written


def _record(home: Home, written: Settled) -> None:
    folder = _folder(home)
    told = None if written.changes is None else written.changes.told()
    record = {"file": written.file.name, "parts": written.parts, "changes": told}
    aside = folder / f"{uuid.uuid4().hex}.tmp"
    aside.write_text(json.dumps(record | {"recipe": recipe()}))
    aside.replace(folder / "settled.json")
    _forget(folder, written)


def _load(home: Home) -> Settled | None:
    folder = _folder(home)
    try:
        record = json.loads((folder / "settled.json").read_text())
        told = record["changes"]
        changes = None if told is None else Changes.of(folder, told)
        written = Settled(folder / record["file"], record["parts"], changes)
    except (OSError, ValueError, LookupError):
        return None
    needed = [written.file, *(changes.files() if changes else ())]
    current = record.get("recipe") == recipe() and all(path.exists() for path in needed)
    return written if current else None


def _forget(folder: Path, current: Settled) -> None:
    stems = {current.file.stem, current.changes.name if current.changes else ""}
    files = [path for path in folder.iterdir() if path.is_file() and path.suffix != ".json"]
    for old in files:
        replaced = old.name.partition(".")[0] not in stems
        if replaced and time.time() - old.stat().st_mtime > KEPT_S:
            old.unlink(missing_ok=True)


def _files(state: TableState) -> dict[str, int]:
    return {path.as_posix(): rows for path, rows in zip(state.files, state.rows, strict=True)}


def _folder(home: Home) -> Path:
    return home.tables / "catalog"
