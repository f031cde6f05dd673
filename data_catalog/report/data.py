"""The figures of the report, counted inside DuckDB: a million tracks become small tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from data_catalog.home import Home
from data_catalog.quality import FATAL, REMARKS
from data_catalog.queries.questions import connect
from data_catalog.snapshots.judged import REASONS, judged_sql
from data_catalog.tables.views import sql_resource
from data_catalog.vocabulary import GENRES, MOODS

UNLABELLED: Final = "no label"
"""How ``queries/_report.sql`` calls a missing genre or mood."""

GENRE_ORDER: Final = [*GENRES, UNLABELLED]
MOOD_ORDER: Final = [*MOODS, UNLABELLED]


@dataclass(frozen=True)
class Figures:
    """Every table of the report; each has one row for each mark of its chart."""

    policy: str
    totals: pl.DataFrame
    funnel: pl.DataFrame
    tempo: pl.DataFrame
    keys: pl.DataFrame
    unanswered: pl.DataFrame
    genre_mood: pl.DataFrame
    moods: pl.DataFrame
    loudness: pl.DataFrame
    licences: pl.DataFrame
    quality: pl.DataFrame
    confidence: pl.DataFrame
    calibration: pl.DataFrame
    duplicates: pl.DataFrame
    similarity: pl.DataFrame
    splits: pl.DataFrame
    sources: pl.DataFrame
    quarantine_reasons: pl.DataFrame
    quarantine: pl.DataFrame


def gather(home: Home, policy: str = "any") -> Figures:
    """Count everything in the catalog as it is, under a licence policy."""
    judged = judged_sql(home, policy)
    with connect(home) as connection:
        connection.execute(f"create temp view judged as {judged}")
        connection.execute(sql_resource("_report.sql"))
        counted = [name for name in Figures.__annotations__ if name not in ("policy", "funnel")]
        frames = {name: _frame(connection, f"report_{name}") for name in counted}
        funnel = _funnel(
            _frame(connection, "report_files"), _frame(connection, "report_lost"), policy
        )
    return Figures(
        policy=policy,
        funnel=funnel,
        moods=_placed(frames.pop("moods")),
        quality=_explained(frames.pop("quality")),
        **frames,
    )


def _frame(connection: duckdb.DuckDBPyConnection, view: str) -> pl.DataFrame:
    return pl.DataFrame(connection.table(view).to_arrow_table())


def _funnel(files: pl.DataFrame, lost: pl.DataFrame, policy: str) -> pl.DataFrame:
    """What is left after each step, with what the step took and why."""
    took = {reason: (tracks, hours) for reason, tracks, hours in lost.iter_rows()}
    left = sum(tracks for tracks, _ in took.values())
    hours = sum(hours for _, hours in took.values())
    found, unreadable = files.row(0)
    repeats = f"{unreadable} in quarantine, the rest are repeats of a file"
    steps = [
        ("files found", max(found, left), None, 0, ""),
        ("distinct tracks", left, hours, max(found - left, 0), repeats),
    ]
    for name, reason in REASONS.items():
        gone, gone_hours = took.get(name, (0, 0.0))
        left, hours = left - gone, hours - gone_hours
        steps.append((reason.left.format(policy=policy), left, hours, gone, reason.says))
    schema = {"step": str, "tracks": int, "hours": float, "lost": int, "why": str}
    return pl.DataFrame(steps, schema=schema, orient="row")


def _placed(moods: pl.DataFrame) -> pl.DataFrame:
    places = pl.DataFrame(
        [(m.name, m.valence, m.arousal) for m in MOODS.values()],
        schema=["mood", "valence", "arousal"],
        orient="row",
    )
    return places.join(moods, on="mood", how="left").with_columns(pl.col("tracks").fill_null(0))


def _explained(quality: pl.DataFrame) -> pl.DataFrame:
    meaning = {"ok": "nothing to remark", "not measured": "not measured yet", **REMARKS, **FATAL}
    return quality.with_columns(
        excludes=pl.col("verdict").is_in([*FATAL, "not measured"]),
        meaning=pl.col("verdict").replace_strict(meaning, default="", return_dtype=pl.String),
    )
