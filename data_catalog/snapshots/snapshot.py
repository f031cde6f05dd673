"""Snapshots: a frozen, named selection of tracks with everything that training needs to know.

A snapshot is a folder below ``snapshots/`` with its rows as Parquet and a manifest. It outlives
compaction, vacuum and the tables' own history, and is never changed.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import polars as pl

from data_catalog.digest import digest
from data_catalog.home import Home
from data_catalog.schema.tables import SCHEMA_VERSION
from data_catalog.shared.folders import bring, upload, withdraw
from data_catalog.snapshots.selection import EmptySnapshot, Selection, SnapshotError, select
from data_catalog.tables.store import Store

__all__ = [
    "EmptySnapshot",
    "Snapshot",
    "SnapshotError",
    "SnapshotExists",
    "create_snapshot",
    "erase_snapshot",
    "list_snapshots",
    "load_snapshot",
    "snapshot_if_changed",
]

ROWS: Final = "rows.parquet"
MANIFEST: Final = "manifest.json"
ERASED: Final = "ERASED"
NAME_RULE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NOT_CONTENT: Final = ("path",)
"""Columns outside the digest: the same music in another place is the same snapshot."""


class SnapshotExists(SnapshotError):  # noqa: N818 - reads as the fact that it states
    """The name is taken; a snapshot is never overwritten."""


@dataclass(frozen=True)
class Snapshot:
    """A frozen dataset. ``rows`` are read when first asked for, unless they are ``given``, as with
    other paths."""

    name: str
    path: Path
    manifest: dict[str, Any]
    given: pl.DataFrame | None = field(default=None, compare=False, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted rows without their paths."""
        return str(self.manifest["digest"])

    @property
    def tracks(self) -> int:
        """Number of tracks."""
        return int(self.manifest["tracks"])

    @cached_property
    def rows(self) -> pl.DataFrame:
        """One row a track, sorted by track_id."""
        return (
            self.given if self.given is not None else pl.read_parquet(self.path / ROWS, glob=False)
        )


def create_snapshot(
    home: Home,
    name: str,
    *,
    policy: str = "any",
    where: str | None = None,
    duplicates: bool = False,
    flawed: bool = False,
) -> Snapshot:
    """Freeze the tracks that pass, under ``name``.

    A track passes when it was measured, its licence is known and passes ``policy``, it has a side
    of the split and meets ``where`` (SQL over the catalog view). Duplicates of another track are
    left out unless ``duplicates``, tracks of faulty quality unless ``flawed``; copies of one
    recording share the rights of the strictest. Raises
    ``SnapshotExists``, ``EmptySnapshot``, or ``SnapshotError`` for a bad name, policy or ``where``.
    """
    _check_name(name)
    if (home.snapshots / name).exists():
        raise SnapshotExists(f"snapshot={name!r} exists and never changes: choose another name")
    chosen = select(home, policy=policy, where=where, duplicates=duplicates, flawed=flawed)
    return _freeze(home, name, chosen)


def snapshot_if_changed(
    home: Home, prefix: str, *, policy: str = "any", where: str | None = None
) -> Snapshot:
    """The newest snapshot of this prefix if it still holds, else a new one: prefix, prefix-2, ...

    What a model said about genre and mood doesn't count as a change, because models learn from
    snapshots: counting it would train again after every training.
    """
    _check_name(prefix)
    chosen = select(home, policy=policy, where=where)
    earlier = [s for s in list_snapshots(home) if _number(prefix, s.name)]
    newest = max(earlier, key=lambda s: _number(prefix, s.name), default=None)
    same = ("stated_digest", "policy", "where")
    if newest and all(newest.manifest[k] == v for k, v in zip(same, _terms(chosen), strict=True)):
        _register(home, newest)
        return newest
    number = 1 + max(
        (_number(prefix, folder.name) for folder in home.snapshots.glob("*")), default=0
    )
    try:
        return _freeze(home, prefix if number == 1 else f"{prefix}-{number}", chosen)
    except SnapshotExists:  # somebody else made it meanwhile: it may hold the same rows
        return snapshot_if_changed(home, prefix, policy=policy, where=where)


def erase_snapshot(home: Home, name: str, reason: str) -> None:
    """Delete the rows of a snapshot for good; its manifest stays, and its name stays taken."""
    folder = load_snapshot(home, name).path
    (folder / ERASED).write_text(reason + "\n", encoding="utf-8")
    upload(home, folder, f"{home.snapshots.name}/{name}")
    withdraw(home, folder / ROWS)


def load_snapshot(home: Home, name: str) -> Snapshot:
    """The snapshot of that name, or ``SnapshotError`` that lists the ones there are."""
    bring(home, home.snapshots, last=MANIFEST)
    return _load(home, name)


def _load(home: Home, name: str) -> Snapshot:
    folder = home.snapshots / name
    if NAME_RULE.fullmatch(name) and (folder / ERASED).exists():
        (folder / ROWS).unlink(missing_ok=True)
        reason = (folder / ERASED).read_text(encoding="utf-8").strip()
        raise SnapshotError(f"snapshot={name!r} was erased: {reason}. Make a new one")
    if not NAME_RULE.fullmatch(name) or not (folder / MANIFEST).exists():
        known = ", ".join(s.name for s in list_snapshots(home)) or "none yet"
        raise SnapshotError(
            f"snapshot={name!r}: not found; there are: {known}. "
            "Make one with `shiroa snapshot NAME`"
        )
    return Snapshot(name, folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def list_snapshots(home: Home) -> list[Snapshot]:
    """All snapshots, oldest first."""
    bring(home, home.snapshots, last=MANIFEST)
    if not home.snapshots.is_dir():
        return []
    found = [
        _load(home, folder.name)
        for folder in home.snapshots.iterdir()
        if (folder / MANIFEST).exists()
        and not (folder / ERASED).exists()
        and NAME_RULE.fullmatch(folder.name)
    ]
    return sorted(found, key=lambda s: (s.manifest["created_at"], s.name))


def _check_name(name: str) -> None:
    if not NAME_RULE.fullmatch(name):
        raise SnapshotError(
            f"snapshot={name!r}: must be 1-64 letters, digits, dots, dashes or underscores, "
            "beginning with a letter or digit"
        )


def _stated(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as people and sources state them, without what models said."""
    guessed = {
        f"{field}{part}": pl.when(pl.col(f"{field}_origin") != "model").then(f"{field}{part}")
        for field in ("genre", "mood")
        for part in ("", "_confidence", "_origin")
    }
    return rows.with_columns(**guessed)


def _terms(chosen: Selection) -> tuple[str, str, str]:
    return digest(_stated(chosen.rows.drop(NOT_CONTENT))), chosen.policy, chosen.where


def _number(prefix: str, name: str) -> int:
    """1 for the prefix itself, n for ``prefix-n``, 0 for other names."""
    if name == prefix:
        return 1
    numbered = re.fullmatch(re.escape(prefix) + r"-(\d+)", name)
    return int(numbered[1]) if numbered else 0


def _freeze(home: Home, name: str, chosen: Selection) -> Snapshot:
    manifest = _manifest(home, name, chosen)
    aside = home.snapshots / f".{name}-{uuid.uuid4().hex}"
    aside.mkdir(parents=True)
    try:
        chosen.rows.write_parquet(aside / ROWS, compression="zstd", compression_level=3)
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        (aside / MANIFEST).write_text(text + "\n", encoding="utf-8")
        for file in aside.iterdir():
            file.chmod(0o444)
        _place(home, aside, home.snapshots / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    snapshot = Snapshot(name, home.snapshots / name, manifest)
    _register(home, snapshot)
    return snapshot


def _place(home: Home, aside: Path, folder: Path) -> None:
    taken = f"snapshot={folder.name!r} exists and never changes: choose another name"
    if not upload(home, aside, f"{home.snapshots.name}/{folder.name}", claim=ROWS):
        raise SnapshotExists(taken)
    try:
        aside.rename(folder)
    except OSError as error:
        if not folder.exists():
            raise
        if home.address is None:
            raise SnapshotExists(taken) from error
        bring(home, home.snapshots, last=MANIFEST)  # somebody here fetched what was just stored


def _manifest(home: Home, name: str, chosen: Selection) -> dict[str, Any]:
    rows, store = chosen.rows, Store(home)
    stated, policy, where = _terms(chosen)
    return {
        "name": name,
        "created_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "policy": policy,
        "where": where,
        "digest": digest(rows.drop(NOT_CONTENT)),
        "stated_digest": stated,
        "tracks": rows.height,
        "duration_s": float(rows["duration_s"].sum()),
        "funnel": chosen.funnel,
        **{f"{field}s": _counts(rows, field) for field in ("licence", "split", "genre", "mood")},
        "sources": _counts(rows, "source"),
        "extractor_versions": _counts(rows, "extractor_version"),
        "table_versions": {
            table: store.version(table)
            for table in ("tracks", "licences", "features", "labels", "duplicates", "splits")
        },
        "schema_version": SCHEMA_VERSION,
    }


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    counted = rows.group_by(pl.col(column).fill_null("(none)")).len().sort(column)
    return dict(counted.iter_rows())


def _register(home: Home, snapshot: Snapshot) -> None:
    manifest = snapshot.manifest
    row = {
        "name": snapshot.name,
        "digest": snapshot.digest,
        "path": (snapshot.path / ROWS).relative_to(home.root).as_posix(),
        "policy": manifest["policy"],
        "filter": manifest["where"],
        "tracks": snapshot.tracks,
        "duration_s": manifest["duration_s"],
        "licences": json.dumps(manifest["licences"]),
        "splits": json.dumps(manifest["splits"]),
        "extractor_version": ", ".join(manifest["extractor_versions"]),
        "created_at": datetime.fromisoformat(manifest["created_at"]),
    }
    Store(home).insert_new("snapshots", [row])
