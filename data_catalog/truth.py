"""A catalog held against a collection whose truth is known, file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data_catalog.home import Home
from data_catalog.queries.questions import ask
from features.scores import KeyScores, TempoScores, key_scores, tempo_scores

_FILES = """
select f.path, f.track_id, c.tempo_bpm, c.key,
    c.duplicate_of, d.cluster_id
from files f
left join catalog c using (track_id)
left join duplicates d using (track_id)
"""
_QUARANTINE = "select path, reason from quarantine"


@dataclass(frozen=True)
class Truth:
    """How the catalog compares with the manifest of a collection.

    ``copies_missed`` and ``copies_false`` are file names: planted copies that were not linked to
    their original, and originals that were linked to another. ``broken`` maps each planted bad file
    to the reason found (None: not in quarantine) and the reason expected. ``missing`` are good
    files that the catalog does not hold.
    """

    tempo: TempoScores
    key: KeyScores
    copies_planted: int = 0
    copies_missed: tuple[str, ...] = ()
    copies_false: tuple[str, ...] = ()
    broken: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def broken_explained(self) -> int:
        """Planted bad files that are in quarantine with the expected reason."""
        return sum(found == expected for found, expected in self.broken.values())


def compare_with_truth(home: Home, folder: Path, rows: list[dict[str, Any]]) -> Truth:
    """Compare the catalog of ``home`` with the ``tracks`` of a manifest written in ``folder``."""
    known = {row["path"]: row for row in ask(home, _FILES).to_pylist()}
    quarantine = {row["path"]: row["reason"] for row in ask(home, _QUARANTINE).to_pylist()}

    def path_of(name: str) -> str:
        return str((folder / name).resolve())

    def found(name: str) -> dict[str, Any]:
        return known.get(path_of(name)) or {}

    def cluster(name: str) -> str | None:
        row = found(name)
        return row.get("cluster_id") or row.get("track_id")

    good = [row for row in rows if row["kind"] == "good"]
    copies = [row for row in rows if row["kind"].endswith("duplicate")]
    clusters = [cluster(row["file"]) for row in good]
    return Truth(
        tempo=tempo_scores(
            [found(row["file"]).get("tempo_bpm") for row in good],
            [row["tempo_bpm"] for row in good],
        ),
        key=key_scores(
            [found(row["file"]).get("key") for row in good], [row["key"] for row in good]
        ),
        copies_planted=len(copies),
        copies_missed=tuple(r["file"] for r in copies if cluster(r["file"]) != cluster(r["of"])),
        copies_false=tuple(
            row["file"]
            for row, mine in zip(good, clusters, strict=True)
            if mine is not None and clusters.count(mine) > 1
        ),
        broken={
            row["file"]: (quarantine.get(path_of(row["file"])), row["expected_reason"])
            for row in rows
            if row["kind"] == "bad"
        },
        missing=tuple(row["file"] for row in good if not found(row["file"]).get("track_id")),
    )
