"""Tables of what was made of tracks."""

from __future__ import annotations

from typing import Final

from data_catalog.schema.columns import FLAG, INT, REAL, TEXT, TIME, Column, Table

SNAPSHOTS: Final = Table(
    "snapshots",
    "Frozen datasets.",
    ("name",),
    (
        Column("name", TEXT, "name given by its maker"),
        Column("digest", TEXT, "SHA-256 over the sorted rows"),
        Column("path", TEXT, "the frozen Parquet file, relative to the home"),
        Column("policy", TEXT, "licence policy: commercial, noncommercial or any"),
        Column("filter", TEXT, "SQL condition, empty for none"),
        Column("tracks", INT, "number of tracks"),
        Column("duration_s", REAL, "total length, seconds"),
        Column("licences", TEXT, "tracks for each licence, as JSON"),
        Column("splits", TEXT, "tracks for each split, as JSON"),
        Column("extractor_version", TEXT, "version of the features in it"),
        Column("created_at", TIME, "when"),
    ),
)

MODELS: Final = Table(
    "models",
    "The registry of trained models. A status change is an update of the row.",
    ("model_id",),
    (
        Column("model_id", TEXT, "name of its folder below models/"),
        Column("kind", TEXT, "classifier or musicgen"),
        Column("status", TEXT, "candidate, approved, production or retired"),
        Column("snapshot", TEXT, "snapshot it was trained on"),
        Column("snapshot_digest", TEXT, "digest of that snapshot"),
        Column("base", TEXT, "pretrained weights it starts from"),
        Column("licence", TEXT, "licence of the weights (SPDX)"),
        Column("commercial_use", FLAG, "weights and every training track allow commercial use"),
        Column("metrics", TEXT, "measured results, as JSON"),
        Column("parent", TEXT, "model in production when this one was made"),
        Column("created_at", TIME, "when it was trained"),
        Column("changed_at", TIME, "when its status last changed"),
        Column("changed_by", TEXT, "who changed it"),
        Column("note", TEXT, "why"),
        Column("flag", TEXT, "why it should not be used any more, such as a takedown"),
        Column("history", TEXT, "changes of status, oldest first, as JSON"),
    ),
)

GENERATIONS: Final = Table(
    "generations",
    "Everything that the service made.",
    ("generation_id",),
    (
        Column("generation_id", TEXT, "name of the audio file without its ending"),
        Column("engine", TEXT, "engine that made it"),
        Column("model_id", TEXT, "model and adapter"),
        Column("asked", TEXT, "the request, as JSON"),
        Column("measured", TEXT, "tempo, key, length and loudness as measured, as JSON"),
        Column("seed", INT, "seed"),
        Column("licence", TEXT, "licence of the audio (SPDX)"),
        Column("provenance", TEXT, "the provenance record, as JSON"),
        Column("path", TEXT, "the audio file, relative to the home"),
        Column("generation_s", REAL, "time spent, seconds"),
        Column("created_at", TIME, "when"),
    ),
)
