"""A tiny MusicGen and a home of short songs in three genres that sound different."""

from __future__ import annotations

import functools
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from data_catalog.bases import tiny_folder
from data_catalog.home import Home
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from features.audio.reader import encode

SAMPLE_RATE = 32_000
GENRES = ("ambient", "rock", "jazz")
SECONDS = 4
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@functools.cache
def tiny_base() -> Path:
    """The tiny base whose codec sounds like noise, built once for all tests of a run."""
    from training.musicgen.tiny import build_tiny

    folder = Path(tempfile.mkdtemp(prefix="shiroa-tiny-")) / "musicgen-tiny"
    build_tiny(folder, decoder_steps=0)
    return folder


def song(genre: str, seed: int) -> np.ndarray:
    """Mono samples: a quiet low hum, loud noise that beats, or short high tones."""
    rng = np.random.default_rng(seed)
    t = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    if genre == "ambient":
        return (0.1 * np.sin(2 * np.pi * rng.uniform(80, 120) * t)).astype(np.float32)
    if genre == "rock":
        level = np.where(t % 0.5 < 0.25, 0.7, 0.5)
        return (level * rng.uniform(-1, 1, len(t))).astype(np.float32)
    tones = np.sin(2 * np.pi * rng.uniform(900, 1100) * t) * np.exp(-6 * (t % 0.5))
    return (0.5 * tones).astype(np.float32)


def musicgen_home(folder: Path, tracks: int = 9) -> Home:
    """A home with the tiny base, ``tracks`` songs and the snapshot ``songs``."""
    home = Home(folder)
    shutil.copytree(tiny_base(), tiny_folder(home))
    store = Store.open(home)
    rows = [_rows(number, folder / "music" / f"{number}.flac") for number in range(tracks)]
    with store.together():
        for table in ("tracks", "licences", "features", "splits", "labels"):
            store.insert_new(table, [row[table] for row in rows])
    create_snapshot(home, "songs")
    return home


def _rows(number: int, path: Path) -> dict[str, dict[str, Any]]:
    genre = GENRES[number % len(GENRES)]
    path.parent.mkdir(parents=True, exist_ok=True)
    encode(path, song(genre, number), SAMPLE_RATE, bit_depth=16)
    track = {"track_id": f"{number:064x}"}
    known = {"path": str(path), "audio_md5": "0", "duration_s": float(SECONDS)}
    measured = {"extractor_version": "1", "quality": "ok", "tempo_bpm": 90.0 + number}
    tags = '{"female vocalists": 0.9}' if number == 0 else None
    label = {"field": "genre", "value": genre, "confidence": 1.0, "accepted": True}
    origin = {"origin": "source", "model_id": "", "labelled_at": NOW}
    return {
        "tracks": track | known | {"ingested_at": NOW, "artist": str(number)},
        "licences": track | {"licence": "CC0-1.0", "commercial_use": True, "derivatives": True},
        "features": track | measured | {"tags": tags},
        "splits": track
        | {"split": "validation" if number >= 6 else "train", "group_id": str(number)},
        "labels": track | label | origin,
    }
