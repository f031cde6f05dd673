"""A home whose catalog holds two tracks, for tests of the pages that show them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import soundfile as sf

from data_catalog.home import Home
from data_catalog.tables.store import Store
from features.hashing import file_sha256
from tests.serving.stand_ins import SAMPLE_RATE, clicks


def catalogued(root: Path) -> list[str]:
    """Put two short tracks into the catalog of ``root``; their ids."""
    home = Home(root)
    store = Store.open(home)
    ids = []
    for number, title in enumerate(("First light", "Second wind")):
        path = home.audio / f"{number}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, clicks(100 + number, 3, number), SAMPLE_RATE)
        track_id = file_sha256(path)
        ids.append(track_id)
        store.insert_new(
            "tracks",
            [
                {
                    "track_id": track_id,
                    "path": str(path),
                    "title": title,
                    "artist": "Stand-in",
                    "duration_s": 3.0,
                    "source": "folder",
                    "ingested_at": datetime.now(UTC),
                }
            ],
        )
    store.rebuild_views()
    return ids
