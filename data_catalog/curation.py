"""Curation: which recordings are the same, who stands on which side, and what may be trained on.

Running it again with nothing new writes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from data_catalog.artists import (
    artist_aliases,
    canonical_artist,
    credited,
    fold_artist,
    known_artists,
)
from data_catalog.duplicates.groups import Found, find_duplicates
from data_catalog.home import Home
from data_catalog.snapshots.judged import REASONS, judged_tracks
from data_catalog.source_labels import label_from_sources
from data_catalog.splits import Fractions, Member, assign_splits
from data_catalog.tables.store import Store

TRAINED_FIELDS: Final = ("genre", "mood")


@dataclass(frozen=True)
class CurateReport:
    """What curation found.

    ``excluded`` counts each track once, under the first reason of ``REASONS`` that holds; with
    ``trainable`` they add up to ``tracks``. ``labelled`` counts tracks by field and origin.
    """

    policy: str
    tracks: int
    duplicates_audio: int = 0
    duplicates_near: int = 0
    duplicates_person: int = 0
    excerpts: int = 0
    labelled: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    splits: Mapping[str, int] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    licence_refusals: Mapping[str, int] = field(default_factory=dict)
    trainable: int = 0
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """The counts as one flat table, ready to print."""
        counts = {
            "tracks": self.tracks,
            "duplicates: same audio": self.duplicates_audio,
            "duplicates: same recording": self.duplicates_near,
            "duplicates: joined by a person": self.duplicates_person,
            "excerpts": self.excerpts,
        }
        for name, origins in self.labelled.items():
            counts |= {f"{name} by {origin}": n for origin, n in origins.items()}
        counts |= {f"excluded: {reason}": n for reason, n in self.excluded.items() if n}
        counts |= {"trainable": self.trainable}
        return counts | {f"trainable in {split}": n for split, n in self.splits.items()}


def curate(home: Home, policy: str = "any", *, fractions: Fractions | None = None) -> CurateReport:
    """Find duplicates, decide sides, and count what each rule leaves out under ``policy``."""
    started = time.perf_counter()
    if not home.catalog.exists():
        Store.open(home)
    Store(home).follow()
    label_from_sources(home)
    found = find_duplicates(home)
    assign_splits(
        home, members(judged_tracks(home, policy), found, artist_aliases(home)), fractions
    )
    Store(home).settle()
    return _report(policy, judged_tracks(home, policy), found, time.perf_counter() - started)


def members(tracks: pl.DataFrame, found: Found, aliases: Mapping[str, str]) -> list[Member]:
    """Tracks with the artists and recordings that they are tied to.

    A track by nobody known is tied to its album, and without one to itself.
    """
    known = known_artists(tracks["artist"].unique())
    ties: dict[str, list[str]] = {}
    for track_id, cluster in found.clusters().items():
        ties.setdefault(track_id, []).append(f"recording:{cluster}")
    for link in found.excerpts:
        for track_id in (link.a, link.b):
            ties.setdefault(track_id, []).append(f"excerpt:{link.a}:{link.b}")
    columns = ("track_id", "artist", "album", "source", "genre", "reason")
    return [
        _member(
            track_id, _artists(track_id, artist, album, source, known, aliases), ties, genre, reason
        )
        for track_id, artist, album, source, genre, reason in tracks.select(columns).iter_rows()
    ]


def _artists(
    track_id: str,
    artist: str | None,
    album: str | None,
    source: str,
    known: frozenset[str],
    aliases: Mapping[str, str],
) -> tuple[str, ...]:
    names = credited(artist, known)
    if names:
        return tuple(dict.fromkeys(canonical_artist(name, aliases) for name in names))
    folded = fold_artist(album or "")
    return (f"album {source} {folded}" if folded else track_id,)


def _member(
    track_id: str,
    artists: Sequence[str],
    ties: Mapping[str, Sequence[str]],
    genre: str | None,
    reason: str | None,
) -> Member:
    units = (*(f"artist:{name}" for name in artists), *ties.get(track_id, ()))
    return Member(track_id, artists[0], units, genre or "", counts=reason is None)


def _counted(values: pl.Series) -> dict[str, int]:
    return dict(sorted(values.drop_nulls().value_counts().iter_rows()))


def _report(policy: str, tracks: pl.DataFrame, found: Found, seconds: float) -> CurateReport:
    copies = pl.Series([row["kind"] for row in found.rows if not row["canonical"]], dtype=pl.String)
    kinds = _counted(copies)
    passed = tracks.filter(pl.col("reason").is_null())
    reasons = _counted(tracks["reason"])
    return CurateReport(
        policy=policy,
        tracks=tracks.height,
        duplicates_audio=kinds.get("audio", 0),
        duplicates_near=kinds.get("near", 0),
        duplicates_person=kinds.get("person", 0),
        excerpts=len(found.excerpts),
        labelled={
            name: _counted(passed[f"{name}_origin"].fill_null("nobody")) for name in TRAINED_FIELDS
        },
        splits=_counted(passed["split"]),
        excluded={reason: reasons.get(reason, 0) for reason in REASONS},
        licence_refusals=_counted(tracks.filter(pl.col("reason") == "licence")["refusal"]),
        trainable=passed.height,
        seconds=seconds,
    )
