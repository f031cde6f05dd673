"""The dataset card of a snapshot: what is in it, where it came from, what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from data_catalog.snapshots.croissant import column_doc, description
from data_catalog.snapshots.snapshot import Snapshot


def dataset_card(snapshot: Snapshot, data_files: Mapping[str, str] | None = None) -> str:
    """The card as Markdown, with the YAML head that the Hugging Face hub reads.

    ``data_files`` maps a split to its files, relative to the card, where audio is beside it.
    """
    manifest = snapshot.manifest
    parts = [
        _head(snapshot, data_files or {}),
        f"# {snapshot.name}",
        description(snapshot),
        "## What is in it",
        _table("split", manifest["splits"]),
        _table("genre", manifest["genres"]),
        _table("mood", manifest["moods"]),
        "## Where it came from",
        _table("source", manifest["sources"]),
        "## What may be done with it",
        f"Licence policy: `{manifest['policy']}`. Every track has a known licence; the credit that "
        "each one asks for is in `ATTRIBUTION.md`.",
        _licence_table(snapshot.rows),
        "## How it was chosen",
        _table("step", manifest["funnel"]),
        f"Filter: `{manifest['where'] or 'none'}`. Artists and duplicates of one recording never "
        "stand on two sides of the split.",
        "## Where labels come from",
        "\n\n".join(_origins(snapshot.rows, field) for field in ("genre", "mood")),
        "Tempo, key and loudness are measured by Shiroa, extractor "
        f"{', '.join(manifest['extractor_versions'])}, each with its confidence; a person's "
        "correction wins.",
        "## Columns",
        _columns(snapshot.rows),
        "## Version",
        f"Made {manifest['created_at']}, SHA-256 over the rows `{snapshot.digest}`.",
    ]
    return "\n\n".join(parts) + "\n"


def _head(snapshot: Snapshot, data_files: Mapping[str, str]) -> str:
    lines = ["---", f"pretty_name: {snapshot.name}", "license: other", "tags:", "- music"]
    lines += ["- audio", f"size_categories: {_size(snapshot.tracks)}"]
    if data_files:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split, files in data_files.items():
            lines += [f"  - split: {split}", f"    path: {files}"]
    return "\n".join([*lines, "---"])


def _size(tracks: int) -> str:
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K")):
        if tracks < limit:
            return name
    return "100K<n<1M" if tracks < 1_000_000 else "1M<n<10M"


def _table(what: str, counts: Mapping[str, int]) -> str:
    rows = "\n".join(f"| {_cell(name)} | {number:,} |" for name, number in counts.items())
    return f"| {what} | tracks |\n|---|---|\n{rows}"


def _licence_table(rows: pl.DataFrame) -> str:
    columns = ("licence", "commercial_use", "derivatives", "share_alike")
    counted = (
        rows.group_by(columns)
        .agg(tracks=pl.len(), hours=pl.col("duration_s").sum() / 3600)
        .sort("tracks", "licence", descending=[True, False])
    )
    lines = [
        f"| {_cell(row['licence'])} | {_yes(row['commercial_use'])} | {_yes(row['derivatives'])} "
        f"| {_yes(row['share_alike'])} | {row['tracks']:,} | {row['hours']:.2f} |"
        for row in counted.iter_rows(named=True)
    ]
    head = "| licence | commercial use | derivatives | share alike | tracks | hours |"
    return "\n".join([head, "|---|---|---|---|---|---|", *lines])


def _origins(rows: pl.DataFrame, field: str) -> str:
    counted = rows.group_by(pl.col(f"{field}_origin").fill_null("(none)")).len()
    return _table(f"{field} by", dict(counted.sort(f"{field}_origin").iter_rows()))


def _columns(rows: pl.DataFrame) -> str:
    lines = [
        f"| `{name}` | {kind} | {_cell(column_doc(name))} |" for name, kind in rows.schema.items()
    ]
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *lines])


def _yes(flag: bool | None) -> str:
    return {True: "yes", False: "no", None: "not stated"}[flag]


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|")
