"""Every stored table: its columns, types, units, meaning and key.

This is the one source. The store creates tables from it, the views, the docs, the dataset card and
the report read their column descriptions here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

SCHEMA_VERSION: Final = 1

EMBEDDING_SIZE: Final = 200


@dataclass(frozen=True)
class Column:
    """One column: its name, Arrow type, and what it means with its unit."""

    name: str
    type: pa.DataType
    doc: str


@dataclass(frozen=True)
class Table:
    """One stored table. ``key`` names the columns that identify a row."""

    name: str
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of the table, all columns nullable but the key."""
        return pa.schema(
            [pa.field(c.name, c.type, nullable=c.name not in self.key) for c in self.columns]
        )


_TEXT: Final = pa.string()
_INT: Final = pa.int64()
_REAL: Final = pa.float64()
_FLAG: Final = pa.bool_()
_TIME: Final = pa.timestamp("us", tz="UTC")
_TRACK_ID: Final = Column("track_id", _TEXT, "SHA-256 of the file, hexadecimal")
_VERSION: Final = Column("extractor_version", _TEXT, "version of the code that made the row")

FILES: Final = Table(
    "files",
    "Where each file was seen, so that a re-run reads only what changed.",
    ("path",),
    (
        Column("path", _TEXT, "absolute path or URL of the file"),
        Column("source", _TEXT, "source that listed it, such as folder or debian"),
        Column("size_bytes", _INT, "size when last read, bytes"),
        Column("mtime_ns", _INT, "time of modification when last read, ns since 1970"),
        Column("track_id", _TEXT, "track that the file holds; null when it was unreadable"),
        Column("seen_at", _TIME, "when it was last read"),
    ),
)

TRACKS: Final = Table(
    "tracks",
    "One row for each distinct file content.",
    ("track_id",),
    (
        _TRACK_ID,
        Column("audio_md5", _TEXT, "MD5 of the decoded PCM: the same for re-tagged copies"),
        Column("path", _TEXT, "where the file was first seen"),
        Column("source", _TEXT, "source that brought it, such as folder or debian"),
        Column("source_uri", _TEXT, "where the source found it: package, item, URL"),
        Column("title", _TEXT, "title as tagged, else the file's stem"),
        Column("artist", _TEXT, "artist as tagged or stated by the source"),
        Column("album", _TEXT, "album as tagged"),
        Column("source_tags", _TEXT, "all tags as found, as JSON"),
        Column("codec", _TEXT, "codec of the stored file, such as FLAC"),
        Column("origin_codec", _TEXT, "codec that the music had before Shiroa encoded it"),
        Column("lossless", _FLAG, "true when the origin codec is lossless"),
        Column("sample_rate", _INT, "sampling rate, Hz"),
        Column("channels", _INT, "number of channels"),
        Column("bit_depth", _INT, "bits a sample; null for lossy codecs"),
        Column("frames", _INT, "samples in each channel"),
        Column("duration_s", _REAL, "length, seconds"),
        Column("size_bytes", _INT, "size of the file, bytes"),
        Column("ingested_at", _TIME, "when the track entered the catalog"),
    ),
)

LICENCES: Final = Table(
    "licences",
    "What may be done with each track, and the evidence for it.",
    ("track_id",),
    (
        _TRACK_ID,
        Column("licence", _TEXT, "SPDX identifier or expression; null when unknown"),
        Column("licence_url", _TEXT, "address of the licence's text"),
        Column("evidence", _TEXT, "what was found, word for word, as JSON"),
        Column("evidence_origin", _TEXT, "where it was found: tag, sidecar, dep5, option, api"),
        Column("attribution", _TEXT, "the line that attribution licences require"),
        Column("commercial_use", _FLAG, "commercial use allowed; null when unknown"),
        Column("derivatives", _FLAG, "derivatives allowed; null when unknown"),
        Column("share_alike", _FLAG, "derivatives must carry the same licence"),
        Column("ai_training_reserved", _FLAG, "the holder reserved text and data mining"),
        Column("stated_by", _TEXT, "who stated it: the source, or a person"),
        Column("stated_at", _TIME, "when it was recorded"),
    ),
)

FEATURES: Final = Table(
    "features",
    "What was measured in the audio, one row a track and extractor version.",
    ("track_id", "extractor_version"),
    (
        _TRACK_ID,
        _VERSION,
        Column("tempo_bpm", _REAL, "tempo, beats a minute; null where there is no answer"),
        Column("tempo_confidence", _REAL, "probability that the tempo is within 4%"),
        Column("tempo_candidates", _TEXT, "other tempi with weights, as JSON [[bpm, weight], ...]"),
        Column("tempo_steady", _FLAG, "the tempo does not drift"),
        Column("tempo_reason", _TEXT, "why there is no tempo"),
        Column("beats_s", pa.list_(pa.float32()), "times of the beats, seconds"),
        Column("downbeats_s", pa.list_(pa.float32()), "beats that open a bar, seconds"),
        Column("beats_per_bar", pa.int8(), "beats in a bar, 3 or 4; null with too few beats"),
        Column("key", _TEXT, 'key, spelled "F# minor"; null where there is no answer'),
        Column("key_confidence", _REAL, "probability that tonic and mode are right"),
        Column("key_reason", _TEXT, "why there is no key"),
        Column("tuning_cents", _REAL, "deviation from A4 = 440 Hz, cents"),
        Column("loudness_lufs", _REAL, "integrated loudness (ITU-R BS.1770-5), LUFS"),
        Column("loudness_range_lu", _REAL, "loudness range (EBU Tech 3342), LU"),
        Column("true_peak_dbtp", _REAL, "true peak (BS.1770-5 annex 2), dBTP"),
        Column("quality", _TEXT, "ok, or the verdicts against it joined by commas"),
        Column("quality_measures", _TEXT, "the measured values behind the verdicts, as JSON"),
        Column("bandwidth_hz", _REAL, "spectral cut-off, Hz"),
        Column("tags", _TEXT, "pretrained tags as JSON {tag: probability}"),
        Column("descriptors", pa.list_(pa.float32()), "spectral and rhythmic descriptors"),
        Column("extracted_at", _TIME, "when it was measured"),
        Column("extraction_s", _REAL, "processor time spent, seconds"),
    ),
)

EMBEDDINGS: Final = Table(
    "embeddings",
    "The pretrained embedding of each track, kept apart because rows are wide.",
    ("track_id", "extractor_version"),
    (
        _TRACK_ID,
        _VERSION,
        Column("embedding", pa.list_(pa.float32()), f"{EMBEDDING_SIZE}-d embedding"),
    ),
)

FINGERPRINTS: Final = Table(
    "fingerprints",
    "The acoustic fingerprint of each track.",
    ("track_id", "extractor_version"),
    (
        _TRACK_ID,
        _VERSION,
        Column("fingerprint", pa.list_(pa.int64()), "Chromaprint 32-bit words, about 8 a second"),
        Column("duration_s", _REAL, "length that the fingerprint covers, seconds"),
    ),
)

LABELS: Final = Table(
    "labels",
    "Every statement about a track's genre, mood, tempo or key. Rows are never changed.",
    ("track_id", "field", "origin", "model_id", "value", "labelled_at"),
    (
        _TRACK_ID,
        Column("field", _TEXT, "genre, mood, tempo_bpm or key"),
        Column("value", _TEXT, "the value as text"),
        Column("confidence", _REAL, "probability, 1 for people"),
        Column("accepted", _FLAG, "the confidence passed the threshold of its class"),
        Column("origin", _TEXT, "source, model or person"),
        Column("model_id", _TEXT, "model that gave it; empty for people and sources"),
        Column("labelled_by", _TEXT, "person or source"),
        Column("labelled_at", _TIME, "when"),
    ),
)

DUPLICATES: Final = Table(
    "duplicates",
    "Tracks that hold the same recording.",
    ("track_id",),
    (
        _TRACK_ID,
        Column("cluster_id", _TEXT, "track_id of the cluster's canonical track"),
        Column("canonical", _FLAG, "this track stands for the cluster"),
        Column("kind", _TEXT, "audio (same PCM), near (same fingerprint) or person"),
        Column("evidence", _TEXT, "the link to the cluster, as JSON"),
    ),
)

DUPLICATE_DECISIONS: Final = Table(
    "duplicate_decisions",
    "Pairs that a person joined or split; they outlive every rebuild.",
    ("track_a", "track_b"),
    (
        Column("track_a", _TEXT, "track_id, the smaller of the two"),
        Column("track_b", _TEXT, "track_id, the larger of the two"),
        Column("decision", _TEXT, "join or split"),
        Column("decided_by", _TEXT, "person"),
        Column("decided_at", _TIME, "when"),
    ),
)

SPLITS: Final = Table(
    "splits",
    "The side of each track, the same for a whole artist and a whole duplicate cluster.",
    ("track_id",),
    (
        _TRACK_ID,
        Column("artist_cluster", _TEXT, "normalised artist after joining aliases"),
        Column("group_id", _TEXT, "group of artists and duplicates that may not be separated"),
        Column("split", _TEXT, "train, validation or test"),
    ),
)

ARTIST_ALIASES: Final = Table(
    "artist_aliases",
    "Names that a person joined to the artist who uses them.",
    ("alias",),
    (
        Column("alias", _TEXT, "the folded name: no case, accents or punctuation"),
        Column("artist", _TEXT, "the folded name that stands for both; empty once taken apart"),
        Column("stated_by", _TEXT, "person"),
        Column("stated_at", _TIME, "when"),
    ),
)

QUARANTINE: Final = Table(
    "quarantine",
    "Files that could not be used, each with its reason.",
    ("path", "stage"),
    (
        Column("path", _TEXT, "path or URL of the file"),
        Column("stage", _TEXT, "ingest or extract"),
        Column("track_id", _TEXT, "track, where one was known"),
        Column("reason", _TEXT, "short machine-readable reason, such as truncated"),
        Column("detail", _TEXT, "what happened and what to do, for a person"),
        Column("size_bytes", _INT, "size of the file when it failed, bytes"),
        Column("mtime_ns", _INT, "time of modification when it failed, ns since 1970"),
        Column("code_version", _TEXT, "version of the code that failed; another one tries again"),
        Column("quarantined_at", _TIME, "when"),
    ),
)

SNAPSHOTS: Final = Table(
    "snapshots",
    "Frozen datasets.",
    ("name",),
    (
        Column("name", _TEXT, "name given by its maker"),
        Column("digest", _TEXT, "SHA-256 over the sorted rows"),
        Column("path", _TEXT, "the frozen Parquet file, relative to the home"),
        Column("policy", _TEXT, "licence policy: commercial, noncommercial or any"),
        Column("filter", _TEXT, "SQL condition, empty for none"),
        Column("tracks", _INT, "number of tracks"),
        Column("duration_s", _REAL, "total length, seconds"),
        Column("licences", _TEXT, "tracks for each licence, as JSON"),
        Column("splits", _TEXT, "tracks for each split, as JSON"),
        Column("extractor_version", _TEXT, "version of the features in it"),
        Column("created_at", _TIME, "when"),
    ),
)

MODELS: Final = Table(
    "models",
    "The registry of trained models. A status change is an update of the row.",
    ("model_id",),
    (
        Column("model_id", _TEXT, "name of its folder below models/"),
        Column("kind", _TEXT, "classifier or musicgen"),
        Column("status", _TEXT, "candidate, approved, production or retired"),
        Column("snapshot", _TEXT, "snapshot it was trained on"),
        Column("snapshot_digest", _TEXT, "digest of that snapshot"),
        Column("base", _TEXT, "pretrained weights it starts from"),
        Column("licence", _TEXT, "licence of the weights (SPDX)"),
        Column("commercial_use", _FLAG, "weights and every training track allow commercial use"),
        Column("metrics", _TEXT, "measured results, as JSON"),
        Column("parent", _TEXT, "model in production when this one was made"),
        Column("created_at", _TIME, "when it was trained"),
        Column("changed_at", _TIME, "when its status last changed"),
        Column("changed_by", _TEXT, "who changed it"),
        Column("note", _TEXT, "why"),
        Column("flag", _TEXT, "why it should not be used any more, such as a takedown"),
        Column("history", _TEXT, "changes of status, oldest first, as JSON"),
    ),
)

GENERATIONS: Final = Table(
    "generations",
    "Everything that the service made.",
    ("generation_id",),
    (
        Column("generation_id", _TEXT, "name of the audio file without its ending"),
        Column("engine", _TEXT, "engine that made it"),
        Column("model_id", _TEXT, "model and adapter"),
        Column("asked", _TEXT, "the request, as JSON"),
        Column("measured", _TEXT, "tempo, key, length and loudness as measured, as JSON"),
        Column("seed", _INT, "seed"),
        Column("licence", _TEXT, "licence of the audio (SPDX)"),
        Column("provenance", _TEXT, "the provenance record, as JSON"),
        Column("path", _TEXT, "the audio file, relative to the home"),
        Column("generation_s", _REAL, "time spent, seconds"),
        Column("created_at", _TIME, "when"),
    ),
)

TAKEDOWNS: Final = Table(
    "takedowns",
    "Tracks that were taken down; they never come back by ingestion.",
    ("track_id",),
    (
        _TRACK_ID,
        Column("audio_md5", _TEXT, "so that a re-tagged copy stays out too"),
        Column("title", _TEXT, "title, for the record"),
        Column("artist", _TEXT, "artist, for the record"),
        Column("reason", _TEXT, "why"),
        Column("affected", _TEXT, "snapshots, models and generations that it went into, as JSON"),
        Column("taken_down_at", _TIME, "when"),
    ),
)

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
        _TRACK_ID,
        Column("title", _TEXT, "title as tagged, else the file's stem"),
        Column("artist", _TEXT, "artist as tagged or stated by the source"),
        Column("duration_s", _REAL, "length, seconds"),
        Column("tempo_bpm", _REAL, "tempo, beats a minute; a person's correction wins"),
        Column("tempo_confidence", _REAL, "probability that the tempo is within 4%"),
        Column("key", _TEXT, "key, spelled as in F# minor; a person's correction wins"),
        Column("tonic", _TEXT, "tonic of the key, spelled with sharps"),
        Column("mode", _TEXT, "major or minor"),
        Column("key_confidence", _REAL, "probability that tonic and mode are right"),
        Column("genre", _TEXT, "genre by person, else source, else accepted model label"),
        Column("genre_confidence", _REAL, "probability of the genre, 1 for people"),
        Column("genre_origin", _TEXT, "person, source or model"),
        Column("mood", _TEXT, "mood by person, else source, else accepted model label"),
        Column("mood_confidence", _REAL, "probability of the mood, 1 for people"),
        Column("mood_origin", _TEXT, "person, source or model"),
        Column("loudness_lufs", _REAL, "integrated loudness (ITU-R BS.1770-5), LUFS"),
        Column("licence", _TEXT, "SPDX identifier or expression; null when unknown"),
        Column("commercial_use", _FLAG, "commercial use allowed; null when unknown"),
        Column("derivatives", _FLAG, "derivatives allowed; null when unknown"),
        Column("source", _TEXT, "source that brought it, such as folder or debian"),
        Column("quality", _TEXT, "ok, or the verdicts against it joined by commas"),
        Column("duplicate_of", _TEXT, "track that stands for this one; null when it stands itself"),
        Column("split", _TEXT, "train, validation or test"),
        Column("path", _TEXT, "where the file was first seen"),
    ),
)
