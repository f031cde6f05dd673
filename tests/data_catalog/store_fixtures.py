"""A small catalog with known truth, written through the store."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from data_catalog.home import Home
from data_catalog.schema.tables import EMBEDDING_SIZE
from data_catalog.tables.store import Store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def track_id(number: int) -> str:
    """An id that looks like a SHA-256 and sorts like its number."""
    return f"{number:064x}"


def label(number: int, field: str, value: str, **more: Any) -> dict[str, Any]:
    """A label row: by a source unless told otherwise."""
    return {
        "track_id": track_id(number),
        "field": field,
        "value": value,
        "confidence": 1.0,
        "accepted": True,
        "origin": "source",
        "model_id": "",
        "labelled_by": "source",
        "labelled_at": NOW,
    } | more


def small_home(folder: Path) -> Home:
    """A home with eight measured tracks by four artists; the last repeats the first.

    Licences go round CC0-1.0, CC-BY-4.0, CC-BY-NC-4.0 and unknown. The third track clips.
    """
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    return Store.open(Home(folder)).home


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="small-home-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return _fill(folder, 8)


def _fill(folder: Path, tracks: int) -> Path:
    home = Home(folder)
    store = Store.open(home)
    with store.together():
        _write(store, tracks)
    return folder


def _write(store: Store, tracks: int) -> None:
    numbers = range(tracks)
    store.insert_new("tracks", [_track(n) for n in numbers])
    store.insert_new("licences", [_licence(n) for n in numbers])
    store.insert_new("features", [_features(n) for n in numbers])
    rng = np.random.default_rng(0)
    store.insert_new(
        "embeddings",
        [
            {
                "track_id": track_id(n),
                "extractor_version": "1",
                "embedding": rng.normal(size=EMBEDDING_SIZE).astype(np.float32),
            }
            for n in numbers
        ],
    )
    store.append("labels", [label(n, "genre", ("jazz", "folk")[n % 2]) for n in numbers])
    store.upsert("duplicates", [_duplicate(0, 0), _duplicate(tracks - 1, 0)])
    store.upsert("splits", [_split(n, tracks) for n in numbers])


def _track(number: int) -> dict[str, Any]:
    return {
        "track_id": track_id(number),
        "audio_md5": f"{number:032x}",
        "path": f"/music/{number}.flac",
        "source": "folder",
        "source_uri": f"file:///music/{number}.flac",
        "title": f"Song {number}",
        "artist": f"Artist {number % 4}",
        "codec": "FLAC",
        "origin_codec": "FLAC",
        "lossless": True,
        "sample_rate": 44100,
        "channels": 2,
        "duration_s": 30.0 + number,
        "ingested_at": NOW,
    }


def _licence(number: int) -> dict[str, Any]:
    kinds: tuple[Mapping[str, Any], ...] = (
        {"licence": "CC0-1.0", "commercial_use": True, "derivatives": True},
        {
            "licence": "CC-BY-4.0",
            "commercial_use": True,
            "derivatives": True,
            "attribution": f'"Song {number}" by Artist {number % 4}, CC-BY-4.0',
        },
        {"licence": "CC-BY-NC-4.0", "commercial_use": False, "derivatives": True},
        {},
    )
    return {"track_id": track_id(number), "stated_at": NOW, **kinds[number % 4]}


def _features(number: int) -> dict[str, Any]:
    return {
        "track_id": track_id(number),
        "extractor_version": "1",
        "tempo_bpm": 90.0 + number,
        "tempo_confidence": 0.9,
        "key": ("C major", "A minor", "F# minor")[number % 3],
        "key_confidence": 0.8,
        "loudness_lufs": -14.0,
        "quality": "clipped" if number == 2 else "ok",
        "extracted_at": NOW,
    }


def _duplicate(number: int, of: int) -> dict[str, Any]:
    return {
        "track_id": track_id(number),
        "cluster_id": track_id(of),
        "canonical": number == of,
        "kind": "near",
    }


def _split(number: int, tracks: int) -> dict[str, Any]:
    artist = (0 if number == tracks - 1 else number) % 4
    return {
        "track_id": track_id(number),
        "artist_cluster": f"artist {artist}",
        "group_id": f"group {artist}",
        "split": ("train", "train", "validation", "test")[artist],
    }
