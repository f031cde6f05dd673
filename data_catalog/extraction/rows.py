"""The rows that follow from one measured track, or from one that could not be."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from features.extract import TrackFeatures


def features_row(
    track_id: str, value: TrackFeatures, version: str, now: datetime
) -> dict[str, Any]:
    """The row of ``features``."""
    tempo, key, loudness, quality = value.tempo, value.key, value.loudness, value.quality
    return {
        "track_id": track_id,
        "extractor_version": version,
        "tempo_bpm": tempo.bpm,
        "tempo_confidence": tempo.confidence,
        "tempo_candidates": json.dumps([[float(b), float(w)] for b, w in tempo.candidates]),
        "tempo_steady": tempo.steady,
        "tempo_reason": tempo.reason,
        "beats_s": tempo.beats_s,
        "downbeats_s": tempo.downbeats_s,
        "beats_per_bar": tempo.beats_per_bar,
        "key": key.name,
        "key_confidence": key.confidence,
        "key_reason": key.reason,
        "tuning_cents": key.tuning_cents,
        "loudness_lufs": loudness.integrated_lufs,
        "loudness_range_lu": loudness.range_lu,
        "true_peak_dbtp": loudness.true_peak_dbtp,
        "quality": ",".join(quality.verdicts) or "ok",
        "quality_measures": json.dumps(quality.measures),
        "bandwidth_hz": quality.bandwidth_hz,
        "tags": json.dumps(value.tags.probabilities) if value.tags else None,
        "descriptors": value.descriptors,
        "extracted_at": now,
        "extraction_s": value.seconds,
    }


def embedding_row(track_id: str, embedding: Any, version: str) -> dict[str, Any]:
    """The row of ``embeddings``; ``embedding`` is float32 (EMBEDDING_SIZE,)."""
    return {"track_id": track_id, "extractor_version": version, "embedding": embedding}


def fingerprint_row(track_id: str, value: TrackFeatures, version: str) -> dict[str, Any]:
    """The row of ``fingerprints``."""
    return {
        "track_id": track_id,
        "extractor_version": version,
        "fingerprint": value.fingerprint,
        "duration_s": value.info.duration_s,
    }


def quarantine_row(
    track: Any, reason: str, detail: str, version: str, now: datetime
) -> dict[str, Any]:
    """The row of ``quarantine`` for a track that could not be measured, with its file as it is."""
    try:
        status: os.stat_result | None = Path(track.path).stat()
    except OSError:
        status = None
    return {
        "path": track.path,
        "stage": "extract",
        "track_id": track.track_id,
        "reason": reason,
        "detail": detail,
        "size_bytes": status.st_size if status else None,
        "mtime_ns": status.st_mtime_ns if status else None,
        "code_version": version,
        "quarantined_at": now,
    }
