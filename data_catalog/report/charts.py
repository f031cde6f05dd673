"""The report's charts, one function each: a small table in, an Altair chart out."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import polars as pl

from data_catalog.report.data import GENRE_ORDER, MOOD_ORDER

Chart = alt.TopLevelMixin

INK: Final = "#1f6f8b"
GOOD: Final = "#2e8b57"
BAD: Final = "#c8553d"
QUIET: Final = "#b8bfc6"

_GENRE_COLOURS: Final = alt.Scale(
    domain=GENRE_ORDER,
    range=[
        "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#eeca3b", "#b279a2", "#ff9da6",
        "#9d755d", "#2f4b7c", QUIET,
    ],
)  # fmt: skip
_WIDE: Final[dict[str, Any]] = {"width": "container"}
_COUNT: Final = alt.Axis(format="~s", tickMinStep=1, tickCount=6)


def funnel(steps: pl.DataFrame) -> Chart:
    """Tracks left after each step, with what the step took."""
    y = alt.Y("step:N", sort=None, title=None, axis=alt.Axis(labelLimit=200))
    base = alt.Chart(steps, **_WIDE).encode(y=y)
    bars = base.mark_bar(color=INK).encode(
        x=alt.X("tracks:Q", title="tracks left", axis=_COUNT),
        tooltip=["step", "tracks", alt.Tooltip("hours:Q", format=",.1f"), "lost", "why"],
    )
    lost = (
        base.transform_filter("datum.lost > 0")
        .transform_calculate(told="'−' + format(datum.lost, ',')")
        .mark_text(align="left", dx=4, color=BAD)
        .encode(x="tracks:Q", text="told:N")
    )
    return (bars + lost).properties(height=30 * steps.height)


def tempo(histogram: pl.DataFrame) -> Chart:
    """Tracks by tempo in steps of 5 BPM, coloured by genre."""
    return (
        alt.Chart(histogram, **_WIDE)
        .transform_calculate(end="datum.bpm + 5")
        .mark_bar()
        .encode(
            x=alt.X("bpm:Q", bin="binned", title="tempo, BPM", scale=alt.Scale(zero=False)),
            x2="end:Q",
            y=alt.Y("sum(tracks):Q", title="tracks", axis=_COUNT),
            color=_by_genre(),
            tooltip=["bpm", "genre", "tracks"],
        )
    )


def genre_mood(pairs: pl.DataFrame) -> Chart:
    """Tracks in each genre and mood."""
    most = max(pairs["tracks"], default=0)
    base = alt.Chart(pairs, **_WIDE).encode(
        x=alt.X("mood:N", sort=MOOD_ORDER, title=None, axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("genre:N", sort=GENRE_ORDER, title=None),
        tooltip=["genre", "mood", "tracks", alt.Tooltip("hours:Q", format=",.1f")],
    )
    cells = base.mark_rect().encode(
        color=alt.Color("tracks:Q", scale=alt.Scale(scheme="tealblues"), legend=None)
    )
    counts = base.mark_text(fontSize=11).encode(
        text=alt.Text("tracks:Q", format=".3~s"),
        color=alt.condition(f"datum.tracks > {most} * 0.55", alt.value("white"), alt.value("#222")),
    )
    return (cells + counts).properties(height=24 * pairs["genre"].n_unique())


def mood_map(moods: pl.DataFrame) -> Chart:
    """Moods where Russell's circumplex has them, as large as they have tracks."""
    axis = alt.Axis(grid=False, values=[-1, 0, 1])
    span = alt.Scale(domain=[-1.15, 1.15])
    base = alt.Chart(moods, **_WIDE).encode(
        x=alt.X("valence:Q", scale=span, axis=axis, title="valence: unpleasant → pleasant"),
        y=alt.Y("arousal:Q", scale=span, axis=axis, title="arousal: still → excited"),
        tooltip=["mood", "tracks", "valence", "arousal"],
    )
    zero = pl.DataFrame({"at": [0.0]})
    cross = alt.Chart(zero).mark_rule(color=QUIET).encode(x="at:Q") + alt.Chart(zero).mark_rule(
        color=QUIET
    ).encode(y="at:Q")
    dots = base.mark_circle(color=INK, opacity=0.4).encode(
        size=alt.Size("tracks:Q", scale=alt.Scale(range=[8, 1600]), legend=None)
    )
    names = base.mark_text(fontWeight=600).encode(text="mood:N")
    return (cross + dots + names).properties(height=320)


def loudness(histogram: pl.DataFrame) -> Chart:
    """Tracks by integrated loudness in steps of 1 LU."""
    return (
        alt.Chart(histogram, **_WIDE)
        .transform_calculate(end="datum.lufs + 1")
        .mark_bar(color=INK)
        .encode(
            x=alt.X(
                "lufs:Q",
                bin="binned",
                title="loudness, LUFS",
                scale=alt.Scale(zero=False, nice=5),
                axis=alt.Axis(tickCount=6, labelOverlap=True),
            ),
            x2="end:Q",
            y=alt.Y("tracks:Q", title="tracks", axis=_COUNT),
            tooltip=["lufs", "tracks"],
        )
    )


def licences(hours: pl.DataFrame) -> Chart:
    """Hours of music under each licence."""
    uses = [
        "commercial use allowed",
        "non-commercial only",
        "unknown: no policy lets it through",
    ]
    colour = alt.Scale(domain=uses, range=[GOOD, "#d9a441", QUIET])
    return _bars(hours, "hours", "licence", "hours of music", ["tracks", "use"]).encode(
        color=alt.Color("use:N", scale=colour, title=None, legend=_below(1))
    )


def quality(verdicts: pl.DataFrame) -> Chart:
    """Tracks with each verdict on their quality, those that exclude in red."""
    return _bars(verdicts, "tracks", "verdict", "tracks", ["meaning"]).encode(
        color=alt.Color(
            "excludes:N",
            scale=alt.Scale(domain=[False, True], range=[INK, BAD]),
            legend=None,
        )
    )


def confidence(bins: pl.DataFrame) -> Chart:
    """Model labels by their probability, and which of them are used."""
    used = alt.Scale(domain=["accepted", "below threshold"], range=[GOOD, QUIET])
    return (
        alt.Chart(bins, **_WIDE)
        .transform_calculate(end="datum.confidence + 0.05")
        .mark_bar()
        .encode(
            x=alt.X(
                "confidence:Q",
                bin="binned",
                title="probability that the model gives",
                scale=alt.Scale(domain=[0, 1]),
            ),
            x2="end:Q",
            y=alt.Y("sum(labels):Q", title="labels", axis=_COUNT),
            color=alt.Color("used:N", scale=used, title=None, legend=_below(2)),
            tooltip=["field", "confidence", "used", "labels"],
        )
    )


def calibration(bins: pl.DataFrame) -> Chart:
    """How often model labels agree with people and sources, by their probability."""
    unit = alt.Scale(domain=[0, 1])
    line = pl.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    ideal = (
        alt.Chart(line, **_WIDE)
        .mark_line(color=QUIET, strokeDash=[4, 4])
        .encode(x=alt.X("x:Q", scale=unit), y=alt.Y("y:Q", scale=unit))
    )
    base = alt.Chart(bins).encode(
        x=alt.X("confidence:Q", title="probability that the model gives", scale=unit),
        y=alt.Y("agreement:Q", title="share that agrees", scale=unit),
        color=alt.Color("field:N", title=None, legend=_below(2), scale=alt.Scale(range=[INK, BAD])),
        tooltip=["field", "confidence", "agreement", "labels"],
    )
    dots = base.mark_circle(opacity=0.9).encode(
        size=alt.Size("labels:Q", legend=None, scale=alt.Scale(range=[30, 400]))
    )
    return ideal + base.mark_line() + dots


def duplicates(clusters: pl.DataFrame) -> Chart:
    """Clusters by how many copies they hold, and by what ties them."""
    return (
        alt.Chart(clusters, **_WIDE)
        .mark_bar(size=24)
        .encode(
            x=alt.X("copies:O", title="tracks in the cluster", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("clusters:Q", title="clusters", axis=_COUNT),
            color=alt.Color("kind:N", title=None, legend=_below(1)),
            tooltip=["kind", "copies", "clusters"],
        )
        .properties(height=160)
    )


def splits(sides: pl.DataFrame) -> Chart:
    """Trainable tracks of each genre on each side."""
    return (
        alt.Chart(sides, **_WIDE)
        .mark_bar()
        .encode(
            y=alt.Y("split:N", sort=["train", "validation", "test"], title=None),
            x=alt.X(
                "tracks:Q",
                title="share of tracks",
                stack="normalize",
                axis=alt.Axis(format="%", tickCount=6),
            ),
            color=_by_genre(),
            tooltip=["split", "genre", "tracks", alt.Tooltip("hours:Q", format=",.1f")],
        )
        .properties(height=34 * sides["split"].n_unique())
    )


def sources(counts: pl.DataFrame) -> Chart:
    """Tracks from each source."""
    return _bars(counts, "tracks", "source", "tracks", ["hours", "trainable"])


def quarantine(reasons: pl.DataFrame) -> Chart:
    """Files that could not be used, by reason."""
    bars = _bars(reasons, "files", "reason", "files", ["stage"])
    return bars.encode(color=alt.value(BAD))


def _bars(frame: pl.DataFrame, x: str, y: str, title: str, told: list[str]) -> alt.Chart:
    return (
        alt.Chart(frame, **_WIDE)
        .mark_bar(color=INK)
        .encode(
            x=alt.X(f"{x}:Q", title=title, axis=_axis(frame[x])),
            y=alt.Y(f"{y}:N", sort="-x", title=None, axis=alt.Axis(labelLimit=160)),
            tooltip=[y, alt.Tooltip(f"{x}:Q", format=",.4~r"), *told],
        )
        .properties(height=26 * frame[y].n_unique())
    )


def _axis(values: pl.Series) -> alt.Axis:
    """Whole steps for few of what is counted, decimals for few hours, SI prefixes for thousands."""
    most = max(values, default=0)
    if most >= 10:
        return _COUNT
    if values.dtype.is_integer():
        return alt.Axis(values=list(range(most + 1)), format="d")
    return alt.Axis(format=".3~f", tickCount=6)


def _by_genre() -> alt.Color:
    return alt.Color(
        "genre:N", scale=_GENRE_COLOURS, sort=GENRE_ORDER, title=None, legend=_below(3)
    )


def _below(columns: int) -> alt.Legend:
    return alt.Legend(orient="bottom", columns=columns, labelLimit=260)
