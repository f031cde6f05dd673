"""A snapshot as arrays: what the classifier learns from and is measured on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.schema.tables import EMBEDDING_SIZE
from data_catalog.tables.store import Store
from data_catalog.vocabulary import GENRES, MOODS
from features.errors import ShiroaError

FIELDS: Final = {"genre": GENRES, "mood": tuple(MOODS)}
"""What the classifier learns, with the words of each."""

HEARD_SIZE: Final = sum(map(len, FIELDS.values()))
"""Values that stage ``mel`` tells of a track: the log-odds of each word of each field."""

SPLITS: Final = ("train", "validation", "test")


class DatasetError(ShiroaError, ValueError):
    """A snapshot that nothing can be learnt from; the message says what it needs."""


@dataclass(frozen=True)
class Examples:
    """The tracks of a snapshot in one order.

    ``embeddings`` float32 (n, 200), or (n, 0) when no track has one. ``descriptors`` float32
    (n, d). ``tags`` are the pretrained tags of each track. ``genre`` and ``mood`` hold words or
    None, ``split`` one of ``SPLITS``, ``groups`` what may not be separated (artist, duplicates).
    ``heard`` float32 (n, HEARD_SIZE) is what stage ``mel`` tells, None without it: of a track of
    train or validation, told by a network that never learnt from its group.
    """

    track_ids: np.ndarray
    embeddings: np.ndarray
    descriptors: np.ndarray
    tags: tuple[dict[str, float], ...]
    genre: np.ndarray
    mood: np.ndarray
    split: np.ndarray
    groups: np.ndarray
    left_out: int = 0
    heard: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.track_ids)

    @property
    def inputs(self) -> np.ndarray:
        """What a model reads: heard, where there is any, embedding, descriptors; float32 (n, d)."""
        heard = [] if self.heard is None else [self.heard]
        return np.concatenate([*heard, self.embeddings, self.descriptors], axis=1)

    def only(self, rows: np.ndarray) -> Examples:
        """The examples of ``rows``, indices or a mask."""
        kept = {
            one.name: value[rows]
            for one in fields(self)
            if isinstance(value := getattr(self, one.name), np.ndarray)
        }
        tags = tuple(self.tags[row] for row in np.arange(len(self))[rows])
        return replace(self, **kept, tags=tags)

    def labels(self, field: str) -> np.ndarray:
        """Indices into ``FIELDS[field]`` (n,), -1 where there is no label."""
        index = {word: place for place, word in enumerate(FIELDS[field])}
        words = self.genre if field == "genre" else self.mood
        return np.array([index.get(word, -1) for word in words], dtype=int)


def load_examples(home: Home, snapshot_name: str) -> Examples:
    """The tracks of a snapshot with the embeddings and descriptors of its extractor version.

    Labels that a model gave are left out: no model learns from another's guesses. Tracks without
    features, or without an embedding where others have one, are left out and counted in
    ``left_out``. Raises ``DatasetError``, or ``SnapshotError`` for an unknown name.
    """
    from data_catalog.snapshots.snapshot import load_snapshot

    rows = load_snapshot(home, snapshot_name).rows
    return examples_from(rows, inputs_of(home, rows.select("track_id", "extractor_version")))


def inputs_of(home: Home, wanted: pl.DataFrame | None = None) -> pl.DataFrame:
    """``track_id, embedding, descriptors, tags``, one row a track.

    ``wanted`` holds ``track_id, extractor_version``; None takes the newest features of every
    track. The embedding is null where the tagger was absent.
    """
    store = Store.open(home)
    keys = ["track_id", "extractor_version"]
    features = store.scan("features").select(*keys, "descriptors", "tags", "extracted_at")
    if wanted is not None:
        features = features.join(wanted.lazy(), on=keys, how="semi")
    newest = features.sort("extracted_at", descending=True).unique(
        "track_id", keep="first", maintain_order=True
    )
    return (
        newest.join(store.scan("embeddings"), on=keys, how="left")
        .select("track_id", "embedding", "descriptors", "tags")
        .sort("track_id")
        .collect()
    )


def heard_columns(field: str, words: Sequence[str]) -> list[int]:
    """Where in ``Examples.heard`` the words of ``field`` stand.

    >>> heard_columns("mood", ["happy"]) == [len(FIELDS["genre"])]
    True
    """
    first = 0 if field == "genre" else len(FIELDS["genre"])
    return [first + FIELDS[field].index(word) for word in words]


def examples_from(rows: pl.DataFrame, inputs: pl.DataFrame) -> Examples:
    """Examples from a snapshot's ``rows`` and the result of ``inputs_of``."""
    wanted = _snapshot_columns(rows)
    joined = wanted.join(inputs, on="track_id", how="inner").sort("track_id")
    usable = joined.filter(pl.col("descriptors").is_not_null())
    if usable["embedding"].null_count() < usable.height:
        usable = usable.filter(pl.col("embedding").is_not_null())
    if usable.is_empty():
        raise DatasetError(
            f"the snapshot has {rows.height} tracks and none has features: run `shiroa extract`, "
            "`shiroa curate`, and make a new snapshot"
        )
    tags = tuple(json.loads(text) if text else {} for text in usable["tags"])
    return Examples(
        track_ids=usable["track_id"].to_numpy(),
        embeddings=_matrix(usable["embedding"], EMBEDDING_SIZE),
        descriptors=_matrix(usable["descriptors"]),
        tags=tags,
        genre=usable["genre"].to_numpy(),
        mood=usable["mood"].to_numpy(),
        split=usable["split"].to_numpy(),
        groups=usable["group"].to_numpy(),
        left_out=rows.height - usable.height,
    )


def _snapshot_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Labels that people or sources gave, the split, and the group of each track."""
    group = next(name for name in ("group_id", "artist", "track_id") if name in rows.columns)
    given = [
        pl.when(pl.col(f"{field}_origin") == "model").then(None).otherwise(pl.col(field))
        if f"{field}_origin" in rows.columns
        else pl.col(field)
        for field in FIELDS
    ]
    return rows.select(
        "track_id",
        "split",
        *(column.alias(field) for column, field in zip(given, FIELDS, strict=True)),
        pl.coalesce(group, "track_id").alias("group"),
    )


def _matrix(vectors: pl.Series, width: int | None = None) -> np.ndarray:
    """A list column as float32 (n, width); (n, 0) when every row is null.

    Raises ``DatasetError`` when rows differ in width, as after a change of the extractor.
    """
    if vectors.null_count() == len(vectors):
        return np.zeros((len(vectors), 0), np.float32)
    widths = set(vectors.list.len().to_list())
    if len(widths) > 1 or (width is not None and widths != {width}):
        raise DatasetError(
            f"{vectors.name}: lengths {sorted(widths)} are mixed; run `shiroa extract` so that "
            "every track has features of one extractor version, then make a new snapshot"
        )
    (found,) = widths
    flat = vectors.explode().cast(pl.Float32).to_numpy()
    return np.nan_to_num(flat.reshape(len(vectors), int(found)), posinf=0, neginf=0)


def require_labels(examples: Examples, field: str) -> str | None:
    """Why ``field`` can't be learnt from ``examples``, or None when it can."""
    labels = examples.labels(field)
    counts: dict[str, Any] = {}
    for split in SPLITS:
        counts[split] = int(np.sum((labels >= 0) & (examples.split == split)))
    if not counts["train"]:
        return f"{field}: no track of the train split is labelled"
    words = {FIELDS[field][label] for label in set(labels[examples.split == "train"]) - {-1}}
    if len(words) < 2:
        return f"{field}: every labelled track is {words.pop()!r}; two classes or more are needed"
    empty = [split for split in SPLITS[1:] if not counts[split]]
    if empty:
        return (
            f"{field}: no labelled track in {' and '.join(empty)}; splits keep artists apart, "
            "so at least three artists with labels are needed"
        )
    return None
