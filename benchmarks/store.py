"""How fast the catalog answers and commits, beside SQLite and pandas over the same rows.

``python -m benchmarks.store --tracks 1000000`` makes a catalog of that many made-up tracks below
``build/`` (once: minutes, about 1 GB for a million) and measures each thing warm: the best of a
few runs in wall time, and the processor time of that run, which tells on a busy machine.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from benchmarks.synthetic_catalog import make_catalog, tables_of
from data_catalog.home import Home
from data_catalog.queries.questions import questions
from data_catalog.tables.store import Store

THREADS = 2
RUNS = 5
COMMITS = 8
BATCH = 100

RIVALS = {
    "tempo": "select cast(tempo_bpm / 10 as int) as bin, count(*) from catalog group by bin",
    "licences": "select licence, count(*), sum(duration_s) from catalog group by licence",
    "genre_mood": "select genre, mood, count(*) from catalog group by genre, mood",
    "loudness": "select genre, avg(loudness_lufs) from catalog group by genre",
}


@dataclass(frozen=True)
class Timing:
    """Best wall time and its processor time, milliseconds."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:8.1f} {self.cpu:8.1f}"


def best(action: Callable[[], object], runs: int = RUNS) -> Timing:
    """The fastest of ``runs`` after one that warms up."""
    action()
    taken = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        taken.append(Timing(1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)))
    return min(taken, key=lambda timing: timing.wall)


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


def measure_commits(home: Home, tracks: int) -> None:
    """Batches of new tracks as extraction commits them: the median commit, views included."""
    store, taken = Store(home), []
    start = tracks + time.time_ns() % 10**9
    for number in range(COMMITS):
        rows = tables_of(np.arange(BATCH) + start + number * BATCH)["features"]
        wall, cpu = time.perf_counter(), time.process_time()
        store.insert_new("features", rows)
        taken.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)))
    print(f"{'commit of 100 tracks':24} {Timing(*np.median(taken[2:], axis=0))}")


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


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--only", choices=("questions", "commits", "rivals"))
    parser.add_argument("--home", type=Path, help="where the catalog is, or is made")
    chosen = parser.parse_args()
    home = home_of(chosen.tracks, chosen.home)
    print(f"{chosen.tracks:,} tracks, {THREADS} threads{'':8} wall ms   cpu ms")
    if chosen.only in (None, "questions"):
        measure_questions(home)
    if chosen.only in (None, "commits"):
        measure_commits(home, chosen.tracks)
    if chosen.only in (None, "rivals"):
        measure_rivals(home)


if __name__ == "__main__":
    main()
