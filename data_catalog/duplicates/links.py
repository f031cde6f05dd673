"""Reasons to think that two tracks hold one recording: what people say, equal PCM, equal sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from data_catalog.duplicates.candidates import Words, candidate_pairs, sketch_size, sketches_of
from data_catalog.duplicates.compared import LINKS, Compared, load_compared, save_compared
from data_catalog.home import Home
from data_catalog.tables.store import Store
from features.alignment import Match, compare, sounding_s

LEAST_SIMILARITY: Final = 0.7
"""Similarity of aligned fingerprints from which two tracks hold one recording."""

LEAST_OVERLAP: Final = 0.75
"""Share of the shorter track that must lie inside the longer one."""

LEAST_LENGTH_RATIO: Final = 0.4
"""A shorter part of a track is an excerpt: it stays in the catalog, on the same side."""

LEAST_OVERLAP_S: Final = 5.0

_BATCH: Final = 20_000
_NAMES: Final = ("track_id", "extractor_version")


@dataclass(frozen=True)
class Link:
    """One reason to think that ``a`` and ``b`` are one recording; ``evidence`` says which."""

    a: str
    b: str
    kind: str
    strength: float
    evidence: Mapping[str, Any]


def person_links(decisions: Iterable[Mapping[str, Any]]) -> list[Link]:
    """The pairs that people joined."""
    return [
        Link(d["track_a"], d["track_b"], "person", 2.0, {"decided_by": d["decided_by"]})
        for d in decisions
        if d["decision"] == "join"
    ]


def audio_links(tracks: pl.DataFrame) -> list[Link]:
    """Each track with the same PCM as another, linked to the first of them."""
    same = (
        tracks.filter(pl.col("audio_md5").is_not_null())
        .group_by("audio_md5")
        .agg(pl.col("track_id").sort())
        .filter(pl.col("track_id").list.len() > 1)
        .sort("audio_md5")
    )
    return [
        Link(ids[0], other, "audio", 1.5, {"audio_md5": md5})
        for md5, ids in same.iter_rows()
        for other in ids[1:]
    ]


def near_links(store: Store, tracks: pl.DataFrame) -> tuple[list[Link], list[Link]]:
    """Pairs whose fingerprints agree: copies, and excerpts. Only one of equal PCM is compared.

    Fingerprints that were compared with each other before are not compared again.
    """
    distinct = tracks.sort("track_id").unique(
        pl.coalesce("audio_md5", "track_id"), keep="first", maintain_order=True
    )
    prints = _newest_fingerprints(store).join(
        distinct.lazy().select("track_id"), on="track_id", how="semi"
    )
    links: dict[str, list[Link]] = {"copy": [], "excerpt": []}
    for row in _brought_up(store.home, prints).links.sort("a", "b").iter_rows(named=True):
        links[row["kind"]].append(_link(row))
    return links["copy"], links["excerpt"]


def _brought_up(home: Home, prints: pl.LazyFrame) -> Compared:
    """Every fingerprint of ``prints`` compared with all others, remembered for the next time."""
    wanted = prints.select(_NAMES).collect().sort(_NAMES)
    before = load_compared(home) or Compared(wanted.clear(), sketches_of([], 1), _links([]))
    new = wanted.join(before.prints, on=_NAMES, how="anti").sort(_NAMES)
    kept = before.prints.select(pl.struct(_NAMES).is_in(wanted.to_struct().implode())).to_series()
    if new.is_empty() and kept.all():
        return before
    stay = before.prints.filter(kept)
    size = sketch_size(wanted.height)
    sketches = sketches_of(_each_print(prints, new), size) + before.sketches.of(kept.to_numpy())
    names = pl.concat([new, stay])
    pairs = candidate_pairs(sketches, new.height)
    ids = names["track_id"].to_list()
    found = _judged(prints, sorted(tuple(sorted((ids[i], ids[j]))) for i, j in pairs.tolist()))
    there = stay["track_id"].implode()
    old = before.links.filter(pl.col("a").is_in(there) & pl.col("b").is_in(there))
    compared = Compared(names, sketches, pl.concat([old, _links(found)]))
    save_compared(home, compared)
    return compared


def _links(rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=LINKS, orient="row")


def _link(row: Mapping[str, Any]) -> Link:
    told = ("similarity", "offset_s", "overlap_s")
    return Link(row["a"], row["b"], "near", row["similarity"], {name: row[name] for name in told})


def _judged(
    prints: pl.LazyFrame, pairs: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, str, float, float, float]]:
    """The pairs that hold one recording, as rows of ``LINKS``."""
    for a, b, match, lengths in _compared(prints, pairs):
        kind = verdict(match, *lengths)
        if kind is not None:
            told = round(float(match.similarity), 4), round(float(match.offset_s), 2)
            yield a, b, kind, *told, round(float(match.overlap_s), 2)


def verdict(match: Match, sounding_a_s: float, sounding_b_s: float) -> str | None:
    """``copy``, ``excerpt`` or None, from an aligned comparison and how long each sounds (s)."""
    shorter, longer = sorted((sounding_a_s, sounding_b_s))
    inside = match.overlap_s >= max(LEAST_OVERLAP * shorter, min(LEAST_OVERLAP_S, shorter))
    if match.similarity < LEAST_SIMILARITY or not inside:
        return None
    return "copy" if shorter >= LEAST_LENGTH_RATIO * longer else "excerpt"


def _newest_fingerprints(store: Store) -> pl.LazyFrame:
    """One fingerprint a track: that of the extractor that measured it last."""
    newest = (
        store.scan("features")
        .select("track_id", "extractor_version", "extracted_at")
        .sort("extracted_at", descending=True)
        .unique("track_id", keep="first", maintain_order=True)
    )
    return store.scan("fingerprints").join(newest, on=["track_id", "extractor_version"], how="semi")


def _words(listed: Any) -> Words:
    return np.asarray(listed, dtype=np.int64).astype(np.uint32)


def _each_print(prints: pl.LazyFrame, names: pl.DataFrame) -> Iterator[Words]:
    """Fingerprints in the order of ``names``, read some thousand at a time."""
    for start in range(0, names.height, _BATCH):
        wanted = names[start : start + _BATCH]
        batch = wanted.join(
            prints.join(wanted.lazy(), on=_NAMES, how="semi").collect(),
            on=_NAMES,
            how="left",
            maintain_order="left",
        )
        yield from (_words(words) for words in batch["fingerprint"])


def _compared(
    prints: pl.LazyFrame, pairs: Sequence[tuple[str, str]]
) -> Iterable[tuple[str, str, Match, tuple[float, float]]]:
    for start in range(0, len(pairs), _BATCH):
        part = pairs[start : start + _BATCH]
        wanted = pl.LazyFrame({"track_id": sorted({name for pair in part for name in pair})})
        held = prints.join(wanted, on="track_id", how="semi").collect()
        words = {
            track: _words(listed)
            for track, listed in zip(held["track_id"], held["fingerprint"], strict=True)
        }
        for a, b in part:
            lengths = sounding_s(words[a]), sounding_s(words[b])
            yield a, b, compare(words[a], words[b]), lengths
