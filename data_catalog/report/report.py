"""The catalog's report: what there is, what is lost on the way to training, and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from data_catalog.home import Home
from data_catalog.report.data import Figures, gather
from data_catalog.report.page import Section, page, shown
from features.errors import ShiroaError

TITLE = "Shiroa: the catalog"


class ReportUnavailable(ShiroaError, ImportError):  # noqa: N818 - reads as the fact it states
    """The libraries that draw the report are not installed."""


def write_report(home: Home, path: Path, *, policy: str = "any") -> Path:
    """Write the report of the catalog as it is to ``path``; returns its absolute path.

    One HTML page that needs no network. Raises ``ReportUnavailable`` without Altair, and
    ``QuestionError`` where there is no catalog yet.
    """
    text = report_html(home, policy=policy)
    path = path.expanduser().resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
    return path


def report_html(home: Home, *, policy: str = "any") -> str:
    """The report's page as text, which the service shows as ``/catalog``."""
    try:
        from data_catalog.report import charts, wheel
    except ImportError as error:
        raise ReportUnavailable(
            f"the report needs {error.name}: pip install 'shiroa[report]'"
        ) from error
    figures = gather(home, policy)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return page(
        TITLE,
        f"As of {made}, under the licence policy “{policy}”.",
        _tiles(figures),
        [section for section in _sections(figures, charts, wheel) if section is not None],
    )


def _tiles(figures: Figures) -> list[tuple[str, str]]:
    total = figures.totals.row(0, named=True)
    return [
        (shown(total["tracks"]), "tracks"),
        (shown(total["hours"]), "hours"),
        (shown(total["artists"]), "artists"),
        (shown(total["trainable"]), "tracks fit for training"),
        (shown(total["trainable_hours"]), "hours fit for training"),
        (shown(total["duplicates"]), "duplicates set aside"),
        (shown(total["quarantined"]), "files in quarantine"),
    ]


def _sections(f: Figures, charts: Any, wheel: Any) -> Iterator[Section | None]:
    yield Section(
        "funnel",
        "From found to trainable",
        "What is left after each rule. A track is lost to the first rule that it breaks.",
        charts.funnel(f.funnel),
        f.funnel,
        wide=True,
    )
    yield _section("tempo", "Tempo", "Where it could be measured.", charts.tempo, f.tempo)
    yield _section(
        "keys",
        "Keys",
        "Around the circle of fifths: neighbours mix well, the relative minor lies inside.",
        wheel.key_wheel,
        f.keys,
    )
    yield _section(
        "genres",
        "Genre and mood",
        "A label below its threshold counts as no label.",
        charts.genre_mood,
        f.genre_mood,
    )
    yield _section("moods", "Valence and arousal", "Moods by feeling.", charts.mood_map, f.moods)
    yield _section("loudness", "Loudness", "Integrated, BS.1770.", charts.loudness, f.loudness)
    yield _section("licences", "Licences", "Hours under each.", charts.licences, f.licences)
    yield _section(
        "quality",
        "Quality",
        "Verdicts in red keep a track out, the others only remark.",
        charts.quality,
        f.quality,
    )
    yield _section(
        "splits",
        "Sides",
        "Trainable tracks by genre. An artist and a recording are only ever on one side.",
        charts.splits,
        f.splits,
    )
    yield _section(
        "confidence",
        "How sure the model is",
        "Its labels for genre and mood; below its threshold one is not used.",
        charts.confidence,
        f.confidence,
    )
    yield _section(
        "calibration",
        "Calibration",
        "Model labels against people and sources; on the dashed line they are as right as they "
        "claim. Most tracks here may have taught the model, so on new music it agrees less.",
        charts.calibration,
        f.calibration,
    )
    yield _section(
        "duplicates",
        "Duplicates",
        "Tracks that hold one recording: the same audio, or nearly so once aligned.",
        charts.duplicates,
        f.duplicates,
    )
    yield _section("sources", "Sources", "Where tracks came from.", charts.sources, f.sources)
    if not f.unanswered.is_empty():
        yield Section(
            "unanswered",
            "Without an answer",
            "Why a tempo or a key is missing.",
            numbers=f.unanswered,
            table_open=True,
        )
    if not f.quarantine.is_empty():
        yield _quarantine(f, charts)


def _section(name: str, title: str, says: str, draw: Any, frame: pl.DataFrame) -> Section | None:
    """A card, or none where there is nothing to show yet."""
    return None if frame.is_empty() else Section(name, title, says, draw(frame), frame)


def _quarantine(f: Figures, charts: Any) -> Section:
    total = int(f.quarantine_reasons["files"].sum())
    first = (
        f"The first {f.quarantine.height} of {total:,} are listed. "
        if (total > f.quarantine.height)
        else ""
    )
    return Section(
        "quarantine",
        "Quarantine",
        f"Files that could not be used, and what to do. {first}A changed file is tried again.",
        charts.quarantine(f.quarantine_reasons),
        f.quarantine.select("file", "stage", "reason", pl.col("detail").alias("what to do")),
        wide=True,
        table_open=True,
    )
