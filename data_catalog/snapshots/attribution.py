"""The attribution file of a snapshot: the credit that its licences ask for, track by track.

Creative Commons asks for title, author, source, licence and changes
(https://wiki.creativecommons.org/wiki/Recommended_practices_for_attribution); BSD, MIT and GPL for
the copyright notice. Tracks that ask for nothing are listed too, so that the file is complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from data_catalog.home import Home
from data_catalog.licences.terms import attribution_line, normalise
from data_catalog.snapshots.snapshot import Snapshot, load_snapshot

CHANGES: Final = (
    "Changes: tracks were converted, resampled, cut into excerpts and described by machine for"
    " training; each line says what was changed before that."
)


def write_attribution(home: Home, name: str, path: Path | None = None) -> Path:
    """Write the attribution file of the snapshot ``name``; beside its rows unless ``path``.

    Raises ``SnapshotError`` where there is no such snapshot.
    """
    snapshot = load_snapshot(home, name)
    path = path or home.root / f"ATTRIBUTION-{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(attribution(snapshot), encoding="utf-8")
    part.replace(path)
    return path


def attribution(snapshot: Snapshot) -> str:
    """The attribution file of a snapshot, as Markdown: a section for each licence."""
    rows = snapshot.rows.sort("licence", "artist", "title", "track_id", nulls_last=True)
    parts = [
        f"# Attribution: {snapshot.name}",
        f"{rows.height} tracks, digest {snapshot.digest}.",
        CHANGES,
    ]
    for licence in rows["licence"].unique(maintain_order=True):
        same = rows.filter(pl.col("licence").eq_missing(pl.lit(licence)))
        parts.append(f"## {licence or 'licence unknown'} ({same.height})")
        parts.append("\n".join(_conditions(same.row(0, named=True))))
        parts.append("\n".join(f"- {_credit(row)}" for row in same.iter_rows(named=True)))
    return "\n\n".join(parts) + "\n"


def _conditions(row: Mapping[str, Any]) -> Iterator[str]:
    if row["licence_url"]:
        yield f"Terms: {row['licence_url']}"
    yield "Attribution required." if row["attribution"] else "No attribution required."
    if row["share_alike"]:
        yield "What is derived from these tracks must carry the same licence."
    if not row["commercial_use"]:
        yield "Not for commercial use."
    if not row["derivatives"]:
        yield "No derivatives may be shared."


def _credit(row: Mapping[str, Any]) -> str:
    """One track's line; its line breaks and Markdown signs are made harmless."""
    line = row["attribution"] or attribution_line(
        normalise(row["licence"] or ""), row["title"], row["artist"], row["source_uri"]
    )
    if not line:
        line = f'"{row["title"] or "untitled"}" by {row["artist"] or "unknown author"}'
    plain = " ".join(str(line).split())
    return "".join(f"\\{sign}" if sign in "*`[]<>|" else sign for sign in plain)
