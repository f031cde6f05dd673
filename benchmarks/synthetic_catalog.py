"""A catalog of any size with made-up tracks: distributions as in real music, no audio."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.schema.tables import EMBEDDING_SIZE
from data_catalog.tables.store import Store
from data_catalog.vocabulary import GENRES, KEYS, MOODS
from features.extract import EXTRACTOR_VERSION

BLOCK = 100_000
LICENCES = (
    ("CC0-1.0", True, True),
    ("CC-BY-4.0", True, True),
    ("CC-BY-SA-4.0", True, True),
    ("CC-BY-NC-4.0", False, True),
    ("CC-BY-NC-ND-4.0", False, False),
    (None, None, None),
)
STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def make_catalog(home: Home, tracks: int, *, embeddings: bool = True) -> None:
    """Fill ``home`` with ``tracks`` tracks; the same number gives the same catalog."""
    store = Store.open(home)
    with store.together():
        for start in range(0, tracks, BLOCK):
            numbers = np.arange(start, min(tracks, start + BLOCK))
            for table, frame in tables_of(numbers).items():
                store.append(table, frame)
            if embeddings:
                store.append("embeddings", embeddings_of(numbers))


def track_ids(numbers: np.ndarray) -> list[str]:
    """A hash for each number, spread like SHA-256."""
    return [hashlib.sha256(b"%d" % n).hexdigest() for n in numbers]


def tables_of(numbers: np.ndarray) -> dict[str, pl.DataFrame]:
    """Rows of every narrow table for those track numbers."""
    rng = np.random.default_rng(int(numbers[0]))
    n = len(numbers)
    ids = pl.Series("track_id", track_ids(numbers))
    artist = rng.zipf(1.3, n) % 50_000
    licence = rng.choice(len(LICENCES), n, p=(0.1, 0.3, 0.2, 0.25, 0.1, 0.05))
    genre = (artist * 7 + rng.integers(0, 3, n)) % len(GENRES)
    tempo = np.clip(rng.normal(85 + 8 * genre, 22), 50, 220)
    when = [STARTED + timedelta(seconds=int(number)) for number in numbers]
    return {
        "tracks": _tracks(ids, numbers, artist, when, rng),
        "licences": _licences(ids, licence, when),
        "features": _features(ids, tempo, when, rng),
        "labels": pl.concat([_labels(ids, "genre", GENRES, genre, when, rng),
                             _labels(ids, "mood", tuple(MOODS), genre % 8, when, rng)]),
        "duplicates": _duplicates(ids, rng),
        "splits": _splits(ids, artist),
        "quarantine": _quarantine(numbers[::1000], when[::1000]),
    }  # fmt: skip


def embeddings_of(numbers: np.ndarray) -> pl.DataFrame:
    """Embeddings around one centre a genre."""
    rng = np.random.default_rng(int(numbers[0]) + 1)
    centres = np.random.default_rng(0).normal(size=(64, EMBEDDING_SIZE))
    values = centres[rng.integers(0, 64, len(numbers))] + rng.normal(
        size=(len(numbers), EMBEDDING_SIZE)
    )
    return pl.DataFrame(
        {
            "track_id": track_ids(numbers),
            "extractor_version": EXTRACTOR_VERSION,
            "embedding": pl.Series(values.astype(np.float32)).arr.to_list(),
        }
    )


def _tracks(
    ids: pl.Series,
    numbers: np.ndarray,
    artist: np.ndarray,
    when: list[datetime],
    rng: np.random.Generator,
) -> pl.DataFrame:
    codec = rng.choice(("FLAC", "MP3", "VORBIS"), len(ids), p=(0.6, 0.3, 0.1))
    return pl.DataFrame(
        {
            "track_id": ids,
            "audio_md5": ids.str.slice(0, 32),
            "path": [f"/music/{a}/{n}.flac" for a, n in zip(artist, numbers, strict=True)],
            "source": rng.choice(("folder", "archive", "jamendo", "fma"), len(ids)),
            "title": [f"Song {n}" for n in numbers],
            "artist": [f"Artist {a}" for a in artist],
            "codec": codec,
            "origin_codec": codec,
            "lossless": codec == "FLAC",
            "sample_rate": rng.choice((44100, 48000), len(ids), p=(0.9, 0.1)),
            "channels": 2,
            "duration_s": rng.gamma(6, 38, len(ids)),
            "size_bytes": rng.integers(10**6, 10**8, len(ids)),
            "ingested_at": when,
        }
    )


def _licences(ids: pl.Series, licence: np.ndarray, when: list[datetime]) -> pl.DataFrame:
    spdx, commercial, derivatives = zip(*LICENCES, strict=True)
    return pl.DataFrame(
        {
            "track_id": ids,
            "licence": pl.Series(spdx)[licence],
            "commercial_use": pl.Series(commercial)[licence],
            "derivatives": pl.Series(derivatives)[licence],
            "stated_at": when,
        }
    ).with_columns(
        attribution=pl.when(pl.col("licence").str.starts_with("CC-BY")).then(
            pl.format("A song by an artist, {}", "licence")
        )
    )


def _features(
    ids: pl.Series, tempo: np.ndarray, when: list[datetime], rng: np.random.Generator
) -> pl.DataFrame:
    n = len(ids)
    return pl.DataFrame(
        {
            "track_id": ids,
            "extractor_version": EXTRACTOR_VERSION,
            "tempo_bpm": np.where(rng.random(n) < 0.95, tempo, np.nan),
            "tempo_confidence": rng.beta(8, 2, n),
            "key": rng.choice(KEYS, n),
            "key_confidence": rng.beta(6, 3, n),
            "loudness_lufs": rng.normal(-13, 4, n),
            "true_peak_dbtp": rng.normal(-0.5, 1, n),
            "quality": rng.choice(("ok", "lossy_origin", "clipped"), n, p=(0.85, 0.11, 0.04)),
            "bandwidth_hz": rng.normal(18_000, 2_000, n),
            "extracted_at": when,
        }
    ).with_columns(pl.col("tempo_bpm").fill_nan(None))


def _labels(
    ids: pl.Series,
    field: str,
    names: tuple[str, ...],
    chosen: np.ndarray,
    when: list[datetime],
    rng: np.random.Generator,
) -> pl.DataFrame:
    """A model's label for every track, a source's for a third, a person's for a hundredth."""
    by_model = pl.DataFrame(
        {
            "track_id": ids,
            "field": field,
            "value": np.array(names)[chosen],
            "confidence": rng.beta(5, 2, len(ids)),
            "origin": "model",
            "model_id": "m1",
            "labelled_by": "model",
            "labelled_at": when,
        }
    ).with_columns(accepted=pl.col("confidence") > 0.6)
    stated = by_model.with_columns(
        accepted=pl.lit(True), confidence=pl.lit(1.0), model_id=pl.lit("")
    )
    other = pl.Series(np.array(names)[(chosen + 1) % len(names)])
    by_source = stated.with_columns(
        value=pl.when(pl.Series(rng.random(len(ids)) < 1 / 5)).then(other).otherwise("value")
    ).filter(pl.Series(rng.random(len(ids)) < 1 / 3))
    by_person = stated.filter(pl.Series(rng.random(len(ids)) < 1 / 100))
    return pl.concat(
        [
            by_model,
            by_source.with_columns(origin=pl.lit("source"), labelled_by=pl.lit("source")),
            by_person.with_columns(origin=pl.lit("person"), labelled_by=pl.lit("Ada")),
        ]
    )


def _duplicates(ids: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """A twentieth of the tracks repeats the one before it."""
    repeats = np.flatnonzero(rng.random(len(ids)) < 0.05)
    repeats = repeats[repeats > 0]
    repeats = repeats[np.diff(repeats, prepend=-2) > 1]
    pairs = [(ids[int(r)], ids[int(r) - 1]) for r in repeats]
    rows = [(copy, first, False) for copy, first in pairs]
    rows += [(first, first, True) for _, first in pairs]
    return pl.DataFrame(
        rows, schema=["track_id", "cluster_id", "canonical"], orient="row"
    ).with_columns(kind=pl.lit("near"), evidence=pl.lit('{"similarity": 0.87}'))


def _quarantine(numbers: np.ndarray, when: list[datetime]) -> pl.DataFrame:
    """One file in a thousand can't be read."""
    reasons = np.array(("truncated", "not_audio", "too_short"))
    return pl.DataFrame(
        {
            "path": [f"/music/broken/{n}.flac" for n in numbers],
            "stage": "ingest",
            "reason": reasons[numbers // 1000 % 3],
            "detail": "the file ends early: fetch it again from its source",
            "quarantined_at": when,
        }
    )


def _splits(ids: pl.Series, artist: np.ndarray) -> pl.DataFrame:
    sides = np.array(["train"] * 8 + ["validation", "test"])
    return pl.DataFrame(
        {
            "track_id": ids,
            "artist_cluster": [f"artist {a}" for a in artist],
            "group_id": [f"group {a}" for a in artist],
            "split": sides[artist % 10],
        }
    )
