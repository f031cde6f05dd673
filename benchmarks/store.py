"""How fast the catalog answers and commits, beside SQLite and pandas over the same rows.

``python -m benchmarks.store --tracks 1000000`` makes a catalog of that many made-up tracks below
``build/`` (once: minutes, about 1 GB for a million) and measures each thing warm: the best of a
few runs in wall time, and the processor time of that run, which tells on a busy machine.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from benchmarks.synthetic_catalog import embeddings_of, make_catalog, tables_of
from data_catalog.extraction.extract import PendingTrack, record
from data_catalog.home import Home
from data_catalog.labels import set_label
from data_catalog.queries.questions import questions
from data_catalog.report.report import report_html
from data_catalog.schema.tables import EMBEDDING_SIZE
from data_catalog.tables.store import Store
from features.extract import TrackFeatures, extract_file
from features.tagger.tagging import TAG_NAMES, Tags
from features.workers import Outcome
from serving.composer.collection.write import write_demo_collection

THREADS = 2
RUNS = 5
COMMITS = 8
BATCH = 100
LABELS = 8
RECALLED = 20
NEAREST = 10

RIVALS = {
    "tempo": "select cast(tempo_bpm / 10 as int) as bin, count(*) from catalog group by bin",
    "licences": "select licence, count(*), sum(duration_s) from catalog group by licence",
    "genre_mood": "select genre, mood, count(*) from catalog group by genre, mood",
    "loudness": "select genre, avg(loudness_lufs) from catalog group by genre",
}


@dataclass(frozen=True)
class Timing:
    """Wall time and processor time, milliseconds."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:8.1f} {self.cpu:8.1f}"


def timed(action: Callable[[], object]) -> Timing:
    """What one call takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return Timing(1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu))


def best(action: Callable[[], object], runs: int = RUNS) -> Timing:
    """The fastest of ``runs`` after one that warms up."""
    action()
    return min((timed(action) for _ in range(runs)), key=lambda timing: timing.wall)


def median(taken: Sequence[Timing]) -> Timing:
    """The median wall time and the median processor time."""
    return Timing(*np.median([(timing.wall, timing.cpu) for timing in taken], axis=0))


def home_of(tracks: int, folder: Path | None) -> Home:
    """The made-up catalog of that size in ``folder``, made when it is not there."""
    home = Home(folder or Path("build") / f"catalog-{tracks}")
    if not home.catalog.exists():
        make_catalog(home, tracks)
    return Store.open(home).home


def measure_questions(home: Home) -> None:
    """Every named question on a warm connection, then opening the catalog."""
    with duckdb.connect(str(home.catalog), read_only=True, config={"threads": THREADS}) as db:
        for question in questions():
            print(f"{question.name:24} {best(lambda: db.sql(question.sql).fetchall(), 3)}")  # noqa: B023
    opened = best(lambda: duckdb.connect(str(home.catalog), read_only=True).close())
    print(f"{'open the catalog':24} {opened}")


def measure_commits(home: Home) -> None:
    """Batches of new tracks as ingestion and as extraction commit them: the median commit of each,
    views included."""
    store = Store(home)
    taken: dict[str, list[Timing]] = {"ingested": [], "extracted": []}
    measured = _measured_once()
    start = 10**9 + time.time_ns() % 10**9
    for number in range(COMMITS):
        numbers = np.arange(BATCH) + start + number * BATCH
        taken["ingested"].append(timed(partial(_ingested, store, tables_of(numbers))))
        results = _results(measured, numbers)
        taken["extracted"].append(timed(partial(_extracted, store, results)))
    for what, times in taken.items():
        print(f"{f'commit of {BATCH} {what}':24} {median(times[2:])}")


def _ingested(store: Store, rows: dict[str, pl.DataFrame]) -> None:
    with store.together():
        store.insert_new("licences", rows["licences"])
        store.insert_new("tracks", rows["tracks"])


def _extracted(store: Store, results: Sequence[Any]) -> None:
    with store.together():
        record(store.home, results)


def _measured_once() -> TrackFeatures:
    """What extraction measures of one short song of the demo collection."""
    with TemporaryDirectory() as folder:
        song = write_demo_collection(folder, tracks=1)["tracks"][0]["file"]
        return extract_file(Path(folder) / song, tagger_cache=None)


def _results(measured: TrackFeatures, numbers: np.ndarray) -> list[Any]:
    """As if workers had measured those tracks, each with an embedding of its own."""
    results = []
    for track_id, _, embedding in embeddings_of(numbers).iter_rows():
        tags = Tags(dict.fromkeys(TAG_NAMES, 0.5), np.asarray(embedding, dtype=np.float32), 1)
        value = replace(measured, audio_md5=track_id[:32], tags=tags)
        track = PendingTrack(track_id, f"/music/{track_id}.flac")
        results.append((track, Outcome(track, value, None, None, value.seconds)))
    return results


def measure_rivals(home: Home) -> None:
    """The same questions in SQLite and in pandas over the same rows, warm."""
    with duckdb.connect(str(home.catalog), read_only=True, config={"threads": THREADS}) as db:
        rows = pl.DataFrame(db.sql("from catalog").to_arrow_table())
        ours = {name: best(lambda: db.sql(sql).fetchall(), 3) for name, sql in RIVALS.items()}  # noqa: B023
    table = home.root / "rival.parquet"
    rows.write_parquet(table)
    lite = sqlite3.connect(":memory:")
    rows.to_pandas().to_sql("catalog", lite, index=False)
    for name, sql in RIVALS.items():
        theirs = best(lambda: lite.execute(sql).fetchall(), 1)  # noqa: B023
        frame = best(lambda: in_pandas(name, table), 1)  # noqa: B023
        print(f"{name:24} {ours[name]} | SQLite {theirs} | pandas {frame}")


def in_pandas(name: str, table: Path) -> object:
    """One of the questions as an analyst writes it in pandas: read the columns, group."""
    if name == "tempo":
        tempi = pd.read_parquet(table, columns=["tempo_bpm"])
        return (tempi["tempo_bpm"] // 10).value_counts()
    if name == "licences":
        rights = pd.read_parquet(table, columns=["licence", "duration_s"])
        return rights.groupby("licence", dropna=False)["duration_s"].agg(["count", "sum"])
    if name == "genre_mood":
        return pd.read_parquet(table, columns=["genre", "mood"]).value_counts(dropna=False)
    levels = pd.read_parquet(table, columns=["genre", "loudness_lufs"])
    return levels.groupby("genre", dropna=False)["loudness_lufs"].mean()


def measure_labels(home: Home) -> None:
    """A person's label for one track after another, views included: the median."""
    taken = []
    for track in _some_tracks(home, LABELS):
        by = f"listener {time.time_ns()}"
        taken.append(timed(partial(set_label, home, track, "mood", "calm", by)))
    print(f"{'label one track':24} {median(taken[1:])}")


def measure_report(home: Home) -> None:
    """The report's page, the first of this process and the second."""
    for which in ("first", "second"):
        print(f"{'report, ' + which + ' page':24} {timed(lambda: report_html(home))}")


def measure_recall(home: Home) -> None:
    """How many of the ten nearest by every embedding ``similar_to`` finds."""
    wanted = _some_tracks(home, RECALLED)
    with duckdb.connect(str(home.catalog), read_only=True, config={"threads": THREADS}) as db:
        ours = {
            track: {row[0] for row in db.execute("from similar_to(?)", [track]).fetchall()}
            for track in wanted
        }
    theirs = _nearest(Store(home).files("embeddings"), wanted)
    found = sum(len(ours[track] & theirs[track]) for track in wanted)
    print(f"{'similar, nearest found':24} {found} of {NEAREST * len(wanted)}")


def _some_tracks(home: Home, count: int) -> list[str]:
    sql = f"select track_id from current_embeddings order by hash(track_id) limit {count}"
    with duckdb.connect(str(home.catalog), read_only=True) as db:
        return [track for (track,) in db.sql(sql).fetchall()]


def _nearest(files: Collection[Path], wanted: list[str]) -> dict[str, set[str]]:
    """The ``NEAREST`` tracks after itself by cosine, every embedding compared as it is."""
    rows = pl.concat(
        pl.scan_parquet(file).filter(pl.col("track_id").is_in(wanted)) for file in files
    )
    asked = dict(rows.select("track_id", "embedding").collect().iter_rows())
    queries = _unit(np.array([asked[track] for track in wanted], np.float32))
    found: dict[str, list[tuple[float, str]]] = {track: [] for track in wanted}
    for file in files:
        part = pl.read_parquet(file, columns=["track_id", "embedding"])
        values = part["embedding"].list.to_array(EMBEDDING_SIZE).to_numpy()
        alike = queries @ _unit(values).T
        for track, row in zip(wanted, alike, strict=True):
            best_here = np.argpartition(-row, NEAREST + 1)[: NEAREST + 1]
            ids = part["track_id"][best_here.tolist()]
            found[track] += zip(row[best_here].tolist(), ids, strict=True)
    return {
        track: {other for _, other in sorted(near, reverse=True)[1 : NEAREST + 1]}
        for track, near in found.items()
    }


def _unit(values: np.ndarray) -> np.ndarray:
    return values / np.linalg.norm(values, axis=1, keepdims=True)


MEASURED = {
    "questions": measure_questions,
    "recall": measure_recall,
    "report": measure_report,
    "commits": measure_commits,
    "labels": measure_labels,
    "rivals": measure_rivals,
}


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--only", choices=MEASURED)
    parser.add_argument("--home", type=Path, help="where the catalog is, or is made")
    chosen = parser.parse_args()
    home = home_of(chosen.tracks, chosen.home)
    print(f"{chosen.tracks:,} tracks, {THREADS} threads{'':8} wall ms   cpu ms")
    for name, measure in MEASURED.items():
        if chosen.only in (None, name):
            measure(home)


if __name__ == "__main__":
    main()
