"""Every stored table: its columns, types, units, meaning and key.

This is the one source. The store creates tables from it, the views, the docs, the dataset card and
the report read their column descriptions here.
"""

from __future__ import annotations

from typing import Final

from data_catalog.schema.columns import FLAG, REAL, TEXT, TRACK_ID, Column, Table
from data_catalog.schema.decisions import (
    ARTIST_ALIASES,
    DUPLICATE_DECISIONS,
    DUPLICATES,
    LABELS,
    SPLITS,
    TAKEDOWNS,
)
from data_catalog.schema.results import GENERATIONS, MODELS, SNAPSHOTS
from data_catalog.schema.tracks import (
    EMBEDDING_SIZE,
    EMBEDDINGS,
    FEATURES,
    FILES,
    FINGERPRINTS,
    LICENCES,
    QUARANTINE,
    TRACKS,
)

__all__ = [
    "CATALOG",
    "EMBEDDING_SIZE",
    "FEATURES",
    "LICENCES",
    "SCHEMA_VERSION",
    "SPLITS",
    "TABLES",
    "TRACKS",
    "Column",
    "Table",
]

SCHEMA_VERSION: Final = 1

TABLES: Final = {
    table.name: table
    for table in (
        FILES,
        TRACKS,
        LICENCES,
        FEATURES,
        EMBEDDINGS,
        FINGERPRINTS,
        LABELS,
        DUPLICATES,
        DUPLICATE_DECISIONS,
        SPLITS,
        ARTIST_ALIASES,
        QUARANTINE,
        SNAPSHOTS,
        MODELS,
        GENERATIONS,
        TAKEDOWNS,
    )
}

CATALOG: Final = Table(
    "catalog",
    "One row a track, ready to ask: newest measurements, winning labels, nothing taken down.",
    ("track_id",),
    (
        TRACK_ID,
        Column("title", TEXT, "title as tagged, else the file's stem"),
        Column("artist", TEXT, "artist as tagged or stated by the source"),
        Column("duration_s", REAL, "length, seconds"),
        Column("tempo_bpm", REAL, "tempo, beats a minute; a person's correction wins"),
        Column("tempo_confidence", REAL, "probability that the tempo is within 4%"),
        Column("key", TEXT, "key, spelled as in F# minor; a person's correction wins"),
        Column("tonic", TEXT, "tonic of the key, spelled with sharps"),
        Column("mode", TEXT, "major or minor"),
        Column("key_confidence", REAL, "probability that tonic and mode are right"),
        Column("genre", TEXT, "genre by person, else source, else accepted model label"),
        Column("genre_confidence", REAL, "probability of the genre, 1 for people"),
        Column("genre_origin", TEXT, "person, source or model"),
        Column("mood", TEXT, "mood by person, else source, else accepted model label"),
        Column("mood_confidence", REAL, "probability of the mood, 1 for people"),
        Column("mood_origin", TEXT, "person, source or model"),
        Column("loudness_lufs", REAL, "integrated loudness (ITU-R BS.1770-5), LUFS"),
        Column("licence", TEXT, "SPDX identifier or expression; null when unknown"),
        Column("commercial_use", FLAG, "commercial use allowed; null when unknown"),
        Column("derivatives", FLAG, "derivatives allowed; null when unknown"),
        Column("source", TEXT, "source that brought it, such as folder or debian"),
        Column("quality", TEXT, "ok, or the verdicts against it joined by commas"),
        Column("duplicate_of", TEXT, "track that stands for this one; null when it stands itself"),
        Column("split", TEXT, "train, validation or test"),
        Column("path", TEXT, "where the file was first seen"),
    ),
)
