"""Tables of what came in and what was measured in it."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from data_catalog.schema.columns import (
    FLAG,
    INT,
    REAL,
    TEXT,
    TIME,
    TRACK_ID,
    VERSION,
    Column,
    Table,
)

EMBEDDING_SIZE: Final = 200

FILES: Final = Table(
    "files",
    "Where each file was seen, so that a re-run reads only what changed.",
    ("path",),
    (
        Column("path", TEXT, "absolute path or URL of the file"),
        Column("source", TEXT, "source that listed it, such as folder or debian"),
        Column("size_bytes", INT, "size when last read, bytes"),
        Column("mtime_ns", INT, "time of modification when last read, ns since 1970"),
        Column("track_id", TEXT, "track that the file holds; null when it was unreadable"),
        Column("seen_at", TIME, "when it was last read"),
    ),
)

TRACKS: Final = Table(
    "tracks",
    "One row for each distinct file content.",
    ("track_id",),
    (
        TRACK_ID,
        Column("audio_md5", TEXT, "MD5 of the decoded PCM: the same for re-tagged copies"),
        Column("path", TEXT, "where the file was first seen"),
        Column("source", TEXT, "source that brought it, such as folder or debian"),
        Column("source_uri", TEXT, "where the source found it: package, item, URL"),
        Column("title", TEXT, "title as tagged, else the file's stem"),
        Column("artist", TEXT, "artist as tagged or stated by the source"),
        Column("album", TEXT, "album as tagged"),
        Column("source_tags", TEXT, "all tags as found, as JSON"),
        Column("codec", TEXT, "codec of the stored file, such as FLAC"),
        Column("origin_codec", TEXT, "codec that the music had before Shiroa encoded it"),
        Column("lossless", FLAG, "true when the origin codec is lossless"),
        Column("sample_rate", INT, "sampling rate, Hz"),
        Column("channels", INT, "number of channels"),
        Column("bit_depth", INT, "bits a sample; null for lossy codecs"),
        Column("frames", INT, "samples in each channel"),
        Column("duration_s", REAL, "length, seconds"),
        Column("size_bytes", INT, "size of the file, bytes"),
        Column("ingested_at", TIME, "when the track entered the catalog"),
    ),
)

LICENCES: Final = Table(
    "licences",
    "What may be done with each track, and the evidence for it.",
    ("track_id",),
    (
        TRACK_ID,
        Column("licence", TEXT, "SPDX identifier or expression; null when unknown"),
        Column("licence_url", TEXT, "address of the licence's text"),
        Column("evidence", TEXT, "what was found, word for word, as JSON"),
        Column("evidence_origin", TEXT, "where it was found: tag, sidecar, dep5, option, api"),
        Column("attribution", TEXT, "the line that attribution licences require"),
        Column("commercial_use", FLAG, "commercial use allowed; null when unknown"),
        Column("derivatives", FLAG, "derivatives allowed; null when unknown"),
        Column("share_alike", FLAG, "derivatives must carry the same licence"),
        Column("ai_training_reserved", FLAG, "the holder reserved text and data mining"),
        Column("stated_by", TEXT, "who stated it: the source, or a person"),
        Column("stated_at", TIME, "when it was recorded"),
    ),
)

QUARANTINE: Final = Table(
    "quarantine",
    "Files that could not be used, each with its reason.",
    ("path", "stage"),
    (
        Column("path", TEXT, "path or URL of the file"),
        Column("stage", TEXT, "ingest or extract"),
        Column("track_id", TEXT, "track, where one was known"),
        Column("reason", TEXT, "short machine-readable reason, such as truncated"),
        Column("detail", TEXT, "what happened and what to do, for a person"),
        Column("size_bytes", INT, "size of the file when it failed, bytes"),
        Column("mtime_ns", INT, "time of modification when it failed, ns since 1970"),
        Column("code_version", TEXT, "version of the code that failed; another one tries again"),
        Column("quarantined_at", TIME, "when"),
    ),
)

FEATURES: Final = Table(
    "features",
    "What was measured in the audio, one row a track and extractor version.",
    ("track_id", "extractor_version"),
    (
        TRACK_ID,
        VERSION,
        Column("tempo_bpm", REAL, "tempo, beats a minute; null where there is no answer"),
        Column("tempo_confidence", REAL, "probability that the tempo is within 4%"),
        Column("tempo_candidates", TEXT, "other tempi with weights, as JSON [[bpm, weight], ...]"),
        Column("tempo_steady", FLAG, "the tempo does not drift"),
        Column("tempo_reason", TEXT, "why there is no tempo"),
        Column("beats_s", pa.list_(pa.float32()), "times of the beats, seconds"),
        Column("downbeats_s", pa.list_(pa.float32()), "beats that open a bar, seconds"),
        Column("beats_per_bar", pa.int8(), "beats in a bar, 3 or 4; null with too few beats"),
        Column("key", TEXT, 'key, spelled "F# minor"; null where there is no answer'),
        Column("key_confidence", REAL, "probability that tonic and mode are right"),
        Column("key_reason", TEXT, "why there is no key"),
        Column("tuning_cents", REAL, "deviation from A4 = 440 Hz, cents"),
        Column("loudness_lufs", REAL, "integrated loudness (ITU-R BS.1770-5), LUFS"),
        Column("loudness_range_lu", REAL, "loudness range (EBU Tech 3342), LU"),
        Column("true_peak_dbtp", REAL, "true peak (BS.1770-5 annex 2), dBTP"),
        Column("quality", TEXT, "ok, or the verdicts against it joined by commas"),
        Column("quality_measures", TEXT, "the measured values behind the verdicts, as JSON"),
        Column("bandwidth_hz", REAL, "spectral cut-off, Hz"),
        Column("tags", TEXT, "pretrained tags as JSON {tag: probability}"),
        Column("descriptors", pa.list_(pa.float32()), "spectral and rhythmic descriptors"),
        Column("extracted_at", TIME, "when it was measured"),
        Column("extraction_s", REAL, "processor time spent, seconds"),
    ),
)

EMBEDDINGS: Final = Table(
    "embeddings",
    "The pretrained embedding of each track, kept apart because rows are wide.",
    ("track_id", "extractor_version"),
    (
        TRACK_ID,
        VERSION,
        Column("embedding", pa.list_(pa.float32()), f"{EMBEDDING_SIZE}-d embedding"),
    ),
)

FINGERPRINTS: Final = Table(
    "fingerprints",
    "The acoustic fingerprint of each track.",
    ("track_id", "extractor_version"),
    (
        TRACK_ID,
        VERSION,
        Column("fingerprint", pa.list_(pa.int64()), "Chromaprint 32-bit words, about 8 a second"),
        Column("duration_s", REAL, "length that the fingerprint covers, seconds"),
    ),
)
