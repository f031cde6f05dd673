"""A catalog whose genres and moods can be learnt: embeddings drawn around a centre for each."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from data_catalog.home import Home
from data_catalog.schema.tables import EMBEDDING_SIZE
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from features.tagger.tagging import TAG_NAMES
from training.classifier.dataset import Examples
from training.classifier.train import ClassifierConfig, train_classifier
from training.model import TrainedModel

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GENRES = ("rock", "jazz", "ambient")
MOODS = ("happy", "sad")
DESCRIPTORS = 6
ARTISTS = 15


def track_id(number: int) -> str:
    """An id that looks like a SHA-256 and sorts like its number."""
    return f"{number:064x}"


def embeddings(tracks: int, seed: int = 0, spread: float = 1.0) -> np.ndarray:
    """Embeddings (tracks, 200) near the centres of the track's genre and mood."""
    rng = np.random.default_rng(seed)
    genres, moods = rng.normal(size=(2, 10, EMBEDDING_SIZE)) * 0.4
    noise = rng.normal(size=(tracks, EMBEDDING_SIZE)) * spread
    numbers = np.arange(tracks)
    return (genres[numbers % len(GENRES)] + moods[numbers % len(MOODS)] + noise).astype(np.float32)


def split_of(number: int) -> str:
    """Artists 0-8 train, 9-11 validate, 12-14 test."""
    return ("train", "train", "train", "validation", "test")[number % ARTISTS // 3]


def examples(tracks: int = 150, **changes: Any) -> Examples:
    """The catalog as arrays, without writing it."""
    numbers = np.arange(tracks)
    rng = np.random.default_rng(1)
    found: dict[str, Any] = {
        "track_ids": np.array([track_id(n) for n in numbers]),
        "embeddings": embeddings(tracks),
        "descriptors": rng.normal(size=(tracks, DESCRIPTORS)).astype(np.float32),
        "tags": tuple(tags(n) for n in numbers),
        "genre": np.array([GENRES[n % len(GENRES)] for n in numbers], dtype=object),
        "mood": np.array([MOODS[n % len(MOODS)] for n in numbers], dtype=object),
        "split": np.array([split_of(n) for n in numbers]),
        "groups": np.array([f"artist {n % ARTISTS}" for n in numbers]),
    }
    return Examples(**found | changes)


def tags(number: int) -> dict[str, float]:
    """Pretrained tags that name the genre."""
    return {tag: 0.6 if tag == GENRES[number % len(GENRES)] else 0.05 for tag in TAG_NAMES}


def learnable_home(folder: Path, tracks: int = 90, *, labelled: bool = True) -> Home:
    """A home of ``tracks`` measured tracks by 15 artists, ready for a snapshot."""
    store = Store.open(Home(folder))
    found = examples(tracks)
    keys = [{"track_id": name, "extractor_version": "1"} for name in found.track_ids]
    numbers = range(tracks)
    with store.together():
        store.insert_new("tracks", [_track(n) for n in numbers])
        store.insert_new("licences", [_licence(n) for n in numbers])
        store.insert_new(
            "features",
            [
                key
                | {
                    "quality": "ok",
                    "descriptors": found.descriptors[n].tolist(),
                    "tags": json.dumps(found.tags[n]),
                    "extracted_at": NOW,
                }
                for n, key in enumerate(keys)
            ],
        )
        store.insert_new(
            "embeddings",
            [key | {"embedding": found.embeddings[n].tolist()} for n, key in enumerate(keys)],
        )
        store.upsert("splits", [_split(n) for n in numbers])
        if labelled:
            store.append("labels", [_label(n, f) for n in numbers for f in ("genre", "mood")])
    return store.home


@cache
def trained_home() -> tuple[Home, TrainedModel]:
    """A home of 90 tracks with snapshot ``spring`` and a classifier; copy it before writing."""
    folder = Path(tempfile.mkdtemp(prefix="trained-home-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = learnable_home(folder / "home")
    create_snapshot(home, "spring")
    return home, train_classifier(home, ClassifierConfig("spring"))


def _track(number: int) -> dict[str, Any]:
    return {
        "track_id": track_id(number),
        "audio_md5": f"{number:032x}",
        "path": f"/music/{number}.flac",
        "source": "folder",
        "title": f"Song {number}",
        "artist": f"Artist {number % ARTISTS}",
        "codec": "FLAC",
        "duration_s": 30.0,
        "ingested_at": NOW,
    }


def _licence(number: int) -> dict[str, Any]:
    return {
        "track_id": track_id(number),
        "licence": "CC0-1.0",
        "commercial_use": True,
        "derivatives": True,
        "stated_at": NOW,
    }


def _split(number: int) -> dict[str, Any]:
    group = f"artist {number % ARTISTS}"
    return {
        "track_id": track_id(number),
        "artist_cluster": group,
        "group_id": group,
        "split": split_of(number),
    }


def _label(number: int, field: str) -> dict[str, Any]:
    words = GENRES if field == "genre" else MOODS
    return {
        "track_id": track_id(number),
        "field": field,
        "value": words[number % len(words)],
        "confidence": 1.0,
        "accepted": True,
        "origin": "source",
        "model_id": "",
        "labelled_by": "source",
        "labelled_at": NOW,
    }
