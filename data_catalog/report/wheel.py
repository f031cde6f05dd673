"""The report's key wheel: tracks in each key around the circle of fifths."""

from __future__ import annotations

import math
from typing import Any, Final

import altair as alt
import polars as pl

from features.harmony.pitch import TONICS

WHEEL: Final = 300
FIFTHS: Final = 7
"""Semitones between neighbours on the circle of fifths."""


def key_wheel(keys: pl.DataFrame) -> alt.TopLevelMixin:
    """Tracks in each key around the circle of fifths: major outside, minor inside."""
    count = dict(keys.iter_rows())
    sectors = pl.DataFrame([_sector(place, mode, count) for mode in _RINGS for place in range(12)])
    arcs = (
        alt.Chart(sectors)
        .mark_arc(stroke="white", strokeWidth=2)
        .encode(
            theta=alt.Theta("start:Q", scale=None),
            theta2="end:Q",
            radius=alt.Radius("outer:Q", scale=None),
            radius2="inner:Q",
            color=alt.Color("tracks:Q", scale=alt.Scale(scheme="tealblues"), legend=None),
            tooltip=["key", "tracks"],
        )
    )
    names = (
        alt.Chart(sectors)
        .mark_text(fontSize=12)
        .encode(
            theta=alt.Theta("middle:Q", scale=None),
            radius=alt.Radius("label:Q", scale=None),
            text="name:N",
            color=alt.condition(
                f"datum.tracks > {max(count.values(), default=0)} * 0.55",
                alt.value("white"),
                alt.value("#222"),
            ),
            tooltip=["key", "tracks"],
        )
    )
    return (arcs + names).properties(width=WHEEL, height=WHEEL)


_RINGS: Final = {"major": (95, 148), "minor": (40, 93)}


def _sector(place: int, mode: str, count: dict[str, int]) -> dict[str, Any]:
    """One field of the wheel; the relative minor lies inside its major."""
    shift = 9 if mode == "minor" else 0
    tonic = TONICS[(place * FIFTHS + shift) % 12]
    inner, outer = _RINGS[mode]
    angle, half = place * math.tau / 12, math.tau / 24
    return {
        "key": f"{tonic} {mode}",
        "name": tonic if mode == "major" else f"{tonic}m",
        "tracks": count.get(f"{tonic} {mode}", 0),
        "start": angle - half,
        "end": angle + half,
        "middle": angle,
        "inner": inner,
        "outer": outer,
        "label": (inner + outer) / 2,
    }
