"""Tracks that hold the same recording: the same PCM, or the same sound once aligned.

Evidence is kept for every member. What a person joined or split always wins: joins come first, and
no later link may bring a split pair together. When in doubt both tracks stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from data_catalog.duplicates.clusters import Clusters
from data_catalog.duplicates.links import Link, audio_links, near_links, person_links
from data_catalog.home import Home
from data_catalog.labels import find_track
from data_catalog.tables.store import Store
from features.errors import ShiroaError

KINDS: Final = ("person", "audio", "near")


class DecisionError(ShiroaError, ValueError):
    """A decision about a pair that can't be recorded."""


@dataclass(frozen=True)
class Found:
    """The rows of the ``duplicates`` table, and pairs that merely share a part."""

    rows: tuple[Mapping[str, Any], ...]
    excerpts: tuple[Link, ...]

    def clusters(self) -> dict[str, str]:
        """The canonical track of every track that has copies."""
        return {row["track_id"]: row["cluster_id"] for row in self.rows}


def find_duplicates(home: Home) -> Found:
    """Clusters of all measured tracks, written to ``duplicates`` where they changed."""
    store = Store(home)
    tracks = _measured(store)
    decisions = store.read("duplicate_decisions").to_dicts()
    licensed = store.scan("licences").filter(pl.col("licence").is_not_null())
    with_licence = set(licensed.select("track_id").collect()["track_id"])
    known = set(tracks["track_id"])
    decisions = [d for d in decisions if {d["track_a"], d["track_b"]} <= known]
    near, excerpts = near_links(store, tracks)
    links = [*person_links(decisions), *audio_links(tracks), *near]
    apart = [(d["track_a"], d["track_b"]) for d in decisions if d["decision"] == "split"]
    rows = cluster_rows(links, apart, _ranking(tracks, with_licence))
    _write(store, rows)
    return Found(tuple(rows), tuple(excerpts))


def decide(home: Home, track: str, other: str, decision: str, by: str = "person") -> None:
    """Record that a person heard the same recording (``join``) or not (``split``).

    The tracks are named by the beginning of their ids. The last decision on a pair counts, over
    all evidence, and takes effect at the next ``curate``. Raises ``DecisionError``.
    """
    if decision not in ("join", "split"):
        raise DecisionError(f"decision={decision!r}: must be join or split")
    first, second = sorted((find_track(home, track), find_track(home, other)))
    if first == second:
        raise DecisionError(f"track={track!r}: is the same track as {other!r}; name two")
    row = {
        "track_a": first,
        "track_b": second,
        "decision": decision,
        "decided_by": by,
        "decided_at": datetime.now(UTC),
    }
    Store(home).upsert("duplicate_decisions", [row])


def _measured(store: Store) -> pl.DataFrame:
    """Tracks that were decoded to their end: only then is a stated MD5 of the PCM proven."""
    measured = store.scan("features").select("track_id").unique()
    return store.scan("tracks").join(measured, on="track_id", how="semi").collect()


def cluster_rows(
    links: Sequence[Link], apart: Iterable[tuple[str, str]], rank: Callable[[str], Any]
) -> list[dict[str, Any]]:
    """Rows of ``duplicates`` from links and split pairs; ``rank`` is smallest for the canonical.

    Stronger links come first, so a weaker one gives way where they contradict a split.
    """
    clusters = Clusters(apart)
    used: dict[str, list[Link]] = {}
    for link in sorted(links, key=lambda k: (KINDS.index(k.kind), -k.strength, k.a, k.b)):
        if clusters.join(link.a, link.b):
            used.setdefault(link.a, []).append(link)
            used.setdefault(link.b, []).append(link)
    rows = []
    for members in clusters.members():
        canonical = min(members, key=lambda member: (rank(member), member))
        rows += [_row(member, canonical, used[member], len(members)) for member in members]
    return sorted(rows, key=lambda row: row["track_id"])


def _row(member: str, canonical: str, links: Sequence[Link], size: int) -> dict[str, Any]:
    """The strongest link tells the kind, one to the canonical track before any other."""
    link = min(links, key=lambda k: canonical not in (k.a, k.b))
    to = link.b if link.a == member else link.a
    evidence = {"kind": link.kind, "linked_to": to, "cluster_size": size, **link.evidence}
    return {
        "track_id": member,
        "cluster_id": canonical,
        "canonical": member == canonical,
        "kind": link.kind,
        "evidence": json.dumps(evidence, sort_keys=True),
    }


def _ranking(tracks: pl.DataFrame, with_licence: set[str]) -> Callable[[str], Any]:
    """Licensed first, then lossless, longest (to the second), finest, and first to come."""
    ranks = {
        track: (track not in with_licence, not lossless, -round(length), -rate, at)
        for track, lossless, length, rate, at in tracks.select(
            pl.col("track_id"),
            pl.col("lossless").fill_null(False),
            pl.col("duration_s").fill_null(0.0),
            pl.col("sample_rate").fill_null(0),
            pl.col("ingested_at"),
        ).iter_rows()
    }
    return ranks.__getitem__


def _write(store: Store, rows: Sequence[Mapping[str, Any]]) -> None:
    stored = sorted(store.read("duplicates").to_dicts(), key=lambda row: row["track_id"])
    if stored != list(rows):
        store.replace("duplicates", rows)
