"""Which verdicts of ``features.quality`` keep a track out of training, and which only remark.

Music that was lossy before it came here, ends in a pause or plays the same on both channels is
music all the same: that is worth knowing, and filtering by, but no reason to lose it.
"""

from __future__ import annotations

from typing import Final

import polars as pl

FATAL: Final = {
    "silent": "there is nothing to hear: remove the file, or export it again",
    "noise": "it is noise throughout: look whether raw data was stored as audio",
    "clipped": "the peaks are cut off: find a copy that was mastered lower",
    "phase_inverted": "the channels cancel each other in mono: invert one of them",
}
"""Verdicts that exclude a track, each with what its owner can do."""

REMARKS: Final = {
    "silent_start": "begins with a long pause",
    "silent_end": "ends with a long pause",
    "dc_offset": "has a constant offset",
    "mono_as_stereo": "plays the same on both channels",
    "lossy_origin": "was lossy before it was stored without loss",
    "wrong_speed": "is tuned as music of 44.1 kHz played as 48 is, or the other way round",
    "upsampled": "was made at a lower sampling rate, and holds nothing above that",
}
"""Verdicts that only remark."""


def fatal_verdicts(quality: str | None) -> tuple[str, ...]:
    """The verdicts in a ``quality`` value, such as "clipped,lossy_origin", that exclude a track.

    >>> fatal_verdicts("clipped,lossy_origin"), fatal_verdicts("ok")
    (('clipped',), ())
    """
    return tuple(verdict for verdict in (quality or "").split(",") if verdict in FATAL)


def fit(quality: str = "quality") -> pl.Expr:
    """True for measured tracks without a fatal verdict; ``quality`` names the column."""
    fatal = pl.col(quality).str.split(",").list.set_intersection(list(FATAL)).list.len() > 0
    return pl.col(quality).is_not_null() & ~fatal


def fit_sql(quality: str = "quality") -> str:
    """The same condition in DuckDB's SQL.

    >>> fit_sql()
    "not list_has_any(string_split(quality, ','), ['silent', 'noise', 'clipped', 'phase_inverted'])"
    """
    return f"not list_has_any(string_split({quality}, ','), {list(FATAL)})"
