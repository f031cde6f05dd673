"""Tables of what people, sources and the code decided about tracks."""

from __future__ import annotations

from typing import Final

from data_catalog.schema.columns import FLAG, REAL, TEXT, TIME, TRACK_ID, Column, Table

LABELS: Final = Table(
    "labels",
    "Every statement about a track's genre, mood, tempo or key. Rows are never changed.",
    ("track_id", "field", "origin", "model_id", "value", "labelled_at"),
    (
        TRACK_ID,
        Column("field", TEXT, "genre, mood, tempo_bpm or key"),
        Column("value", TEXT, "the value as text"),
        Column("confidence", REAL, "probability, 1 for people"),
        Column("accepted", FLAG, "the confidence sufficed, for music like that learnt from"),
        Column("origin", TEXT, "source, model or person"),
        Column("model_id", TEXT, "model that gave it; empty for people and sources"),
        Column("labelled_by", TEXT, "person or source"),
        Column("labelled_at", TIME, "when"),
    ),
)

DUPLICATES: Final = Table(
    "duplicates",
    "Tracks that hold the same recording.",
    ("track_id",),
    (
        TRACK_ID,
        Column("cluster_id", TEXT, "track_id of the cluster's canonical track"),
        Column("canonical", FLAG, "this track stands for the cluster"),
        Column("kind", TEXT, "audio (same PCM), near (same fingerprint) or person"),
        Column("evidence", TEXT, "the link to the cluster, as JSON"),
    ),
)

DUPLICATE_DECISIONS: Final = Table(
    "duplicate_decisions",
    "Pairs that a person joined or split; they outlive every rebuild.",
    ("track_a", "track_b"),
    (
        Column("track_a", TEXT, "track_id, the smaller of the two"),
        Column("track_b", TEXT, "track_id, the larger of the two"),
        Column("decision", TEXT, "join or split"),
        Column("decided_by", TEXT, "person"),
        Column("decided_at", TIME, "when"),
    ),
)

SPLITS: Final = Table(
    "splits",
    "The side of each track, the same for a whole artist and a whole duplicate cluster.",
    ("track_id",),
    (
        TRACK_ID,
        Column("artist_cluster", TEXT, "normalised artist after joining aliases"),
        Column("group_id", TEXT, "group of artists and duplicates that may not be separated"),
        Column("split", TEXT, "train, validation or test"),
    ),
)

ARTIST_ALIASES: Final = Table(
    "artist_aliases",
    "Names that a person joined to the artist who uses them.",
    ("alias",),
    (
        Column("alias", TEXT, "the folded name: no case, accents or punctuation"),
        Column("artist", TEXT, "the folded name that stands for both; empty once taken apart"),
        Column("stated_by", TEXT, "person"),
        Column("stated_at", TIME, "when"),
    ),
)

TAKEDOWNS: Final = Table(
    "takedowns",
    "Tracks that were taken down; they never come back by ingestion.",
    ("track_id",),
    (
        TRACK_ID,
        Column("audio_md5", TEXT, "so that a re-tagged copy stays out too"),
        Column("title", TEXT, "title, for the record"),
        Column("artist", TEXT, "artist, for the record"),
        Column("reason", TEXT, "why"),
        Column("affected", TEXT, "snapshots, models and generations that it went into, as JSON"),
        Column("taken_down_at", TIME, "when"),
    ),
)
