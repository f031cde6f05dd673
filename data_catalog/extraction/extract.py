"""Measure every track that has no features of the current code, and record what was found.

A run may be killed at any moment: results are committed every few tracks, the row of ``features``
last, and whatever has none is measured by the next run. A file that can't be measured, or that
holds no music, goes to quarantine with its reason and stops nobody.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from data_catalog.extraction.report import OFTEN, Cadence, ExtractReport, PendingTrack
from data_catalog.extraction.rows import (
    embedding_row,
    features_row,
    fingerprint_row,
    quarantine_row,
)
from data_catalog.home import Home
from data_catalog.shared.audio_files import extract_borrowed
from data_catalog.tables.store import Store
from features.extract import EXTRACTOR_VERSION, TrackFeatures, extract_file
from features.progress import Progress
from features.tagger.weights import TaggerUnavailable, ensure_tagger
from features.workers import Outcome, run_in_workers

__all__ = [
    "OFTEN",
    "Cadence",
    "ExtractReport",
    "PendingTrack",
    "extract",
    "extract_batch",
    "pending",
    "record",
    "show",
]

NO_MUSIC: Final = ("silent", "noise")
"""Verdicts of quality that keep a track out of the catalog."""

TRANSIENT: Final = ("unreadable",)
"""Reasons that say nothing about the content: the next run tries again."""


def pending(home: Home, *, retry: bool = False) -> list[PendingTrack]:
    """Tracks without features of this version, in the order of their paths.

    Tracks that this version put in quarantine are left out unless ``retry``; tracks that were taken
    down always.
    """
    store = Store(home)
    tracks = store.scan("tracks").select("track_id", "path")
    for done in (_measured(store), store.scan("takedowns").select("track_id")):
        tracks = tracks.join(done, on="track_id", how="anti")
    if not retry:
        refused = store.scan("quarantine").filter(
            (pl.col("stage") == "extract")
            & (pl.col("code_version") == EXTRACTOR_VERSION)
            & pl.col("reason").is_in(TRANSIENT).not_()
            & pl.col("track_id").is_not_null()
        )
        tracks = tracks.join(refused.select("track_id"), on="track_id", how="anti")
    return [PendingTrack(*row) for row in tracks.sort("path", "track_id").collect().iter_rows()]


def extract(
    home: Home,
    *,
    workers: int = 1,
    timeout_s: float = 300.0,
    limit: int | None = None,
    retry: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> ExtractReport:
    """Measure all pending tracks, or the first ``limit`` of them."""
    return extract_batch(
        home,
        pending(home, retry=retry)[:limit],
        workers=workers,
        timeout_s=timeout_s,
        on_progress=on_progress,
    )


def extract_batch(
    home: Home,
    batch: Sequence[PendingTrack],
    *,
    workers: int = 1,
    timeout_s: float = 300.0,
    cadence: Cadence = OFTEN,
    on_progress: Callable[[Progress], None] | None = None,
) -> ExtractReport:
    """Measure some tracks in worker processes, each file within ``timeout_s`` seconds.

    Tracks that were measured meanwhile are skipped, so a batch can be run again.
    """
    started = time.monotonic()
    store = Store(home)
    batch = _unmeasured(store, batch)
    report = ExtractReport()
    if not batch:
        return report
    tagger_cache, notes = _tagger(home)
    done = 0
    outcomes = run_in_workers(
        _measuring(store.home, tagger_cache),
        batch,
        workers=workers,
        timeout_s=timeout_s,
        argument=_path,
    )
    for results in _gathered(outcomes, cadence):
        with store.together() if cadence.seen else store.unseen():
            report += record(home, results)
        done += len(results)
        if on_progress:
            note = f"{report.quarantined} in quarantine" if report.quarantined else ""
            on_progress(Progress("extract", done, len(batch), note))
    return report + ExtractReport(seconds=time.monotonic() - started, notes=notes)


def show(home: Home) -> None:
    """Bring the views up to what batches committed unseen."""
    with Store(home).together():
        pass


def record(
    home: Home, results: Sequence[tuple[PendingTrack, Outcome[PendingTrack, TrackFeatures]]]
) -> ExtractReport:
    """Commit results: facts about a track first, the row of ``features`` that ends it last."""
    store = Store(home)
    now = datetime.now(UTC)
    refused = {track.track_id: _refusal(outcome) for track, outcome in results}
    bad = [
        quarantine_row(track, *reason, EXTRACTOR_VERSION, now)
        for track, _ in results
        if (reason := refused[track.track_id])
    ]
    measured = [
        (track.track_id, outcome.value)
        for track, outcome in results
        if outcome.value is not None and refused[track.track_id] is None
    ]
    _note_audio_md5(store, dict(measured))
    measured = _not_taken_down(store, measured)
    tagged = [(i, value.tags.embedding) for i, value in measured if value.tags is not None]
    store.insert_new("embeddings", [embedding_row(i, e, EXTRACTOR_VERSION) for i, e in tagged])
    store.insert_new(
        "fingerprints", [fingerprint_row(i, value, EXTRACTOR_VERSION) for i, value in measured]
    )
    _release(store, [i for i, _ in measured])
    store.upsert("quarantine", bad)
    store.insert_new("features", [features_row(i, v, EXTRACTOR_VERSION, now) for i, v in measured])
    return ExtractReport(
        extracted=len(measured),
        quarantined=len(bad),
        audio_s=sum(value.info.duration_s for _, value in measured),
        processor_s=sum(value.seconds for _, value in measured),
        reasons=dict(Counter(str(row["reason"]) for row in bad)),
    )


def _measuring(home: Home, tagger_cache: Path | None) -> Callable[[str], TrackFeatures]:
    """What a worker does with a path; without the catalog's code where files are on this disk."""
    if home.address is None:
        return partial(extract_file, tagger_cache=tagger_cache)
    return partial(extract_borrowed, home=home, tagger_cache=tagger_cache)


def _path(track: PendingTrack) -> str:
    return track.path


def _tagger(home: Home) -> tuple[Path | None, tuple[str, ...]]:
    """The folder of the tagger's weights, fetched once before workers start; None without them."""
    try:
        ensure_tagger(home.cache)
    except TaggerUnavailable as error:
        return None, (f"without pretrained tags: {error}",)
    return home.cache, ()


def _gathered(
    outcomes: Iterator[Outcome[PendingTrack, TrackFeatures]], cadence: Cadence
) -> Iterator[list[tuple[PendingTrack, Outcome[PendingTrack, TrackFeatures]]]]:
    """Outcomes in groups to commit."""
    results = []
    since = time.monotonic()
    for outcome in outcomes:
        results.append((outcome.item, outcome))
        if len(results) >= cadence.tracks or time.monotonic() - since >= cadence.seconds:
            yield results
            results, since = [], time.monotonic()
    if results:
        yield results


def _refusal(outcome: Outcome[PendingTrack, TrackFeatures]) -> tuple[str, str] | None:
    """Reason and detail of a result that goes to quarantine; None for one that counts."""
    if outcome.value is None:
        reason = outcome.reason or "error"
        return reason, outcome.detail or f"{outcome.item}: no result ({reason})"
    quality = outcome.value.quality
    for verdict in NO_MUSIC:
        if verdict in quality.verdicts:
            measures = ", ".join(f"{k}={v:g}" for k, v in sorted(quality.measures.items()))
            return verdict, (
                f"{outcome.item}: {verdict} throughout ({measures}); remove it, or replace the"
                " file with its music"
            )
    return None


def _measured(store: Store) -> pl.LazyFrame:
    current = pl.col("extractor_version") == EXTRACTOR_VERSION
    return store.scan("features").filter(current).select("track_id")


def _unmeasured(store: Store, batch: Sequence[PendingTrack]) -> list[PendingTrack]:
    ids = [track.track_id for track in batch]
    rows = store.scan_keys("features", track_id=ids, extractor_version=EXTRACTOR_VERSION)
    done = set(rows.select("track_id").collect()["track_id"])
    return [track for track in batch if track.track_id not in done]


def _note_audio_md5(store: Store, measured: dict[str, TrackFeatures]) -> None:
    """Complete ``tracks.audio_md5`` where the header did not have it."""
    md5s = pl.DataFrame(
        {"track_id": list(measured), "found": [v.audio_md5 for v in measured.values()]},
        schema={"track_id": pl.String, "found": pl.String},
    )
    changed = (
        store.scan_keys("tracks", track_id=list(measured))
        .join(md5s.lazy(), on="track_id")
        .filter(pl.col("audio_md5").ne_missing(pl.col("found")))
        .with_columns(audio_md5="found")
        .drop("found")
        .collect()
    )
    store.upsert("tracks", changed)


def _not_taken_down(
    store: Store, measured: list[tuple[str, TrackFeatures]]
) -> list[tuple[str, TrackFeatures]]:
    """Drop recordings that were taken down under another file; they leave the catalog again."""
    gone = set(store.read("takedowns")["audio_md5"].drop_nulls())
    back = [track_id for track_id, value in measured if value.audio_md5 in gone]
    for table in ("tracks", "licences"):
        store.delete(table, "track_id", back)
    return [(track_id, value) for track_id, value in measured if track_id not in set(back)]


def _release(store: Store, track_ids: list[str]) -> None:
    """Take tracks that could be measured now out of quarantine."""
    there = store.scan("quarantine").filter(pl.col("track_id").is_in(track_ids)).collect()
    store.delete("quarantine", "track_id", there["track_id"])
