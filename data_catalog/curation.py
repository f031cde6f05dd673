"""Curation: which recordings are the same, who stands on which side, and what may be trained on.

Running it again with nothing new writes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from data_catalog.artists import credited, fold_artist, known_artists
from data_catalog.duplicates import Found, find_duplicates
from data_catalog.home import Home
from data_catalog.licences import policy_refusal
from data_catalog.quality import fatal_verdicts
from data_catalog.queries import ask
from data_catalog.splits import Fractions, Member, assign_splits
from data_catalog.store import Store

TRAINED_FIELDS: Final = ("genre", "mood")

REASONS: Final = {
    "not measured": "features are missing: run `shiroa extract`",
    "quality": "the audio is silent, noise, clipped or broken",
    "duplicate": "another track stands for the same recording",
    "licence": "the licence is unknown or the policy refuses it",
    "withdrawn": "late evidence tied it to artists or recordings of another side",
}
"""Why a track can't be trained on, in the order in which the reasons are looked for."""


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
    found = find_duplicates(home)
    rows = track_rows(home, policy)
    assign_splits(home, members(rows, found), fractions)
    rows = track_rows(home, policy)
    return _report(policy, rows, found, time.perf_counter() - started)


def track_rows(home: Home, policy: str) -> list[dict[str, Any]]:
    """Each track with what curation decides by, and ``reason``, its exclusion or None."""
    rows = ask(home, _TRACKS).to_pylist()
    for row in rows:
        row["refusal"] = policy_refusal(policy, row)
        row["reason"] = next(_reasons(row), None)
    return rows


def members(rows: Sequence[Mapping[str, Any]], found: Found) -> list[Member]:
    """Tracks with the artists and recordings that they are tied to.

    A track by nobody known is tied to its album, and without one to itself.
    """
    known = known_artists(row["artist"] for row in rows)
    recordings: dict[str, list[str]] = {row["track_id"]: [] for row in rows}
    for track_id, cluster in found.clusters().items():
        recordings[track_id].append(f"recording:{cluster}")
    for link in found.excerpts:
        for track_id in (link.a, link.b):
            recordings[track_id].append(f"excerpt:{link.a}:{link.b}")
    return [_member(row, known, recordings[row["track_id"]]) for row in rows]


def _member(row: Mapping[str, Any], known: frozenset[str], recordings: Sequence[str]) -> Member:
    artists = list(credited(row["artist"], known))
    if not artists:
        album = fold_artist(row["album"] or "")
        artists = [f"album {row['source']} {album}" if album else row["track_id"]]
    return Member(
        track_id=row["track_id"],
        artist=artists[0],
        units=(*(f"artist:{name}" for name in artists), *recordings),
        genre=row["genre"] or "",
        counts=row["reason"] is None,
    )


def _reasons(row: Mapping[str, Any]) -> Iterator[str]:
    if row["quality"] is None:
        yield "not measured"
    elif fatal_verdicts(row["quality"]):
        yield "quality"
    if row["duplicate_of"] is not None:
        yield "duplicate"
    if row["refusal"] is not None:
        yield "licence"
    if row["withdrawn"]:
        yield "withdrawn"


def _report(
    policy: str, rows: Sequence[Mapping[str, Any]], found: Found, seconds: float
) -> CurateReport:
    kinds = Counter(row["kind"] for row in found.rows if not row["canonical"])
    passed = [row for row in rows if row["reason"] is None]
    reasons = Counter(row["reason"] for row in rows)
    labelled = {
        name: dict(sorted(Counter(row[f"{name}_origin"] or "nobody" for row in passed).items()))
        for name in TRAINED_FIELDS
    }
    return CurateReport(
        policy=policy,
        tracks=len(rows),
        duplicates_audio=kinds["audio"],
        duplicates_near=kinds["near"],
        duplicates_person=kinds["person"],
        excerpts=len(found.excerpts),
        labelled=labelled,
        splits=dict(sorted(Counter(row["split"] for row in passed).items())),
        excluded={reason: reasons[reason] for reason in REASONS},
        licence_refusals=dict(
            sorted(Counter(r["refusal"] for r in rows if r["reason"] == "licence").items())
        ),
        trainable=len(passed),
        seconds=seconds,
    )


_TRACKS: Final = """
select
    c.track_id, c.artist, t.album, c.source, c.quality, c.duplicate_of, c.genre, c.genre_origin,
    c.mood, c.mood_origin, c.split, s.track_id is not null and s.split is null as withdrawn,
    l.licence, l.commercial_use, l.derivatives, l.ai_training_reserved
from catalog as c
join tracks as t using (track_id)
left join splits as s using (track_id)
left join licences as l using (track_id)
order by c.track_id
"""
