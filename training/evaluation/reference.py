"""The music that generated clips are held against, and the track that each is most like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from data_catalog.duplicates.links import LEAST_SIMILARITY
from data_catalog.home import Home
from data_catalog.snapshots.snapshot import Snapshot
from data_catalog.tables.store import Store
from features.alignment import compare
from features.tagger.tagging import TAG_NAMES
from training.classifier.dataset import inputs_of
from training.distance import cosines
from training.evaluation.clips import Clip

COMPARED: Final = 10
"""Tracks nearest by embedding whose fingerprints are compared."""

COPY_OVERLAP_S: Final = 4.0
"""For how long a clip must sound like a track to count as a copy, at the similarity from which
the catalog calls two tracks the same recording."""


@dataclass(frozen=True)
class Reference:
    """Tracks that have an embedding: ``embeddings`` (n, 200), ``tags`` (n, 50), and fingerprints
    by row, where there are any.
    """

    titles: tuple[str, ...]
    embeddings: np.ndarray
    tags: np.ndarray
    fingerprints: dict[int, np.ndarray]


def load_reference(home: Home, snapshot: Snapshot) -> Reference:
    """The snapshot's tracks as a reference; empty when none has an embedding."""
    keys = snapshot.rows.select("track_id", "extractor_version")
    rows = (
        inputs_of(home, keys)
        .filter(pl.col("embedding").is_not_null() & pl.col("tags").is_not_null())
        .join(snapshot.rows.select("track_id", "title"), on="track_id")
    )
    prints = (
        Store.open(home)
        .scan("fingerprints")
        .join(keys.lazy(), on=["track_id", "extractor_version"], how="semi")
        .select("track_id", "fingerprint")
        .collect()
    )
    place = {track_id: row for row, track_id in enumerate(rows["track_id"])}
    tags = [json.loads(text) for text in rows["tags"]]
    return Reference(
        titles=tuple(title or "" for title in rows["title"]),
        embeddings=np.array(rows["embedding"].to_list(), dtype=float),
        tags=np.array([[row.get(name, 0.0) for name in TAG_NAMES] for row in tags]),
        fingerprints={
            place[row["track_id"]]: np.array(row["fingerprint"], dtype=np.uint32)
            for row in prints.to_dicts()
            if row["track_id"] in place and row["fingerprint"]
        },
    )


def likenesses(reference: Reference, clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """For each clip the track it is most like, by embedding and by fingerprint.

    The embedding finds what sounds alike; the fingerprint tells a copy from a likeness.
    """
    if not len(reference.embeddings):
        return []
    return [
        _likeness(
            reference, clip.path.name, clip.features.tags.embedding, clip.features.fingerprint
        )
        for clip in clips
        if clip.features and clip.features.tags
    ]


def _likeness(
    reference: Reference, name: str, embedding: np.ndarray, words: np.ndarray
) -> dict[str, Any]:
    cosine = cosines(embedding[None].astype(float), reference.embeddings)[0]
    order = np.argsort(cosine)[::-1]
    similarity, closest = 0.0, int(order[0])
    for row in order[:COMPARED].tolist():
        if row not in reference.fingerprints:
            continue
        match = compare(words, reference.fingerprints[row])
        if match.overlap_s >= COPY_OVERLAP_S and match.similarity > similarity:
            similarity, closest = match.similarity, row
    return {
        "file": name,
        "nearest": reference.titles[int(order[0])],
        "cosine": round(float(cosine[order[0]]), 4),
        "same_sound": reference.titles[closest] if similarity else None,
        "similarity": round(float(similarity), 4),
        "copy": similarity >= LEAST_SIMILARITY,
    }
