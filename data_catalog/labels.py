"""Statements about a track's genre, mood, tempo or key, and the rule that picks one of them.

A statement is never changed: a later one of the same origin takes its place. People win over
sources, sources over models, and a model counts only where it passed the threshold of its class.
A person who gives the empty value says that no word fits: the label is then null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from data_catalog.home import Home
from data_catalog.tables.store import Store
from data_catalog.vocabulary import GENRES, LABEL_FIELDS, MOODS, genre_of, mood_of
from features.errors import ShiroaError
from features.harmony.pitch import normalise_key

ORIGINS: Final = ("person", "source", "model")
"""Who may state a label, the strongest first. The view ``current_labels`` applies the order, and
lets people alone correct a measured tempo or key."""

TEMPO_LABEL_RANGE_BPM: Final = (20.0, 400.0)
"""Tempi that a person may state, beats a minute."""

_STATEMENT: Final = ("track_id", "field", "origin", "model_id")
_CONTENT: Final = ("value", "confidence", "accepted", "labelled_by")


class LabelError(ShiroaError, ValueError):
    """A label that can't be stored. The message gives each value, the rule and the next step."""


class TrackNotFoundError(ShiroaError, LookupError):
    """No track, or more than one, answers to what was given."""


def normalise_value(field: str, value: str) -> str:
    """The stored spelling of ``value``, or ``LabelError`` with the rule.

    >>> normalise_value("genre", "Lo Fi"), normalise_value("key", "Gbm")
    ('lo-fi', 'F# minor')
    >>> normalise_value("tempo_bpm", "92.0")
    '92'
    """
    _known_field(field)
    if field == "tempo_bpm":
        return _tempo(value)
    if field == "key":
        try:
            return normalise_key(value)
        except ValueError as error:
            raise LabelError(str(error)) from None
    known = genre_of(value) if field == "genre" else mood_of(value)
    if known is None:
        words = GENRES if field == "genre" else tuple(MOODS)
        raise LabelError(f"{field}={value!r}: must be one of {', '.join(words)}, or a synonym")
    return known


def add_labels(home: Home, rows: Iterable[Mapping[str, Any]]) -> int:
    """Append statements; returns how many were new.

    Each row has ``track_id, field, value, origin`` and, for a model, ``model_id``. ``confidence``
    (0 to 1, None when unknown) and ``accepted`` are 1 and true unless given, ``labelled_by`` is
    the origin, ``labelled_at`` is now. A statement that repeats what the same origin said last is
    left out, so a second run writes nothing. Raises ``LabelError`` listing every fault, and then
    stores none.
    """
    now = datetime.now(UTC)
    checked, faults = [], []
    for number, row in enumerate(rows, start=1):
        try:
            checked.append(_checked(row, now))
        except LabelError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        raise LabelError("; ".join(faults))
    if not checked:
        return 0
    store = Store(home)
    frame = pl.DataFrame(checked, infer_schema_length=None)
    fresh = _unsaid(store, frame)
    if fresh.height:
        store.append("labels", fresh)
    return fresh.height


def set_label(home: Home, track: str, field: str, value: str, by: str = "person") -> dict[str, Any]:
    """Record what a person heard; it wins over every source and model, now and later.

    ``track`` is a track_id or the beginning of one; ``value`` may be a synonym, or empty to say
    that no word fits; ``by`` is the person's name. Returns the stored statement. Raises
    ``LabelError`` or ``TrackNotFoundError``.
    """
    track_id = find_track(home, track)
    row = {
        "track_id": track_id,
        "field": field,
        "value": normalise_value(field, value) if value.strip() else "",
        "origin": "person",
        "labelled_by": by,
    }
    add_labels(home, [row])
    return row


def find_track(home: Home, track: str) -> str:
    """The track_id that begins with ``track``; ``TrackNotFoundError`` for none or several."""
    wanted = track.strip().lower()
    if not wanted:
        raise TrackNotFoundError("track='': give a track_id or its first characters")
    found = (
        Store(home)
        .scan("tracks")
        .filter(pl.col("track_id").str.starts_with(wanted))
        .select("track_id", "title")
        .head(5)
        .collect()
    )
    if found.height == 1:
        return str(found["track_id"][0])
    if found.is_empty():
        raise TrackNotFoundError(
            f"track={track!r}: no track_id begins so; `shiroa query 'from catalog'` lists them"
        )
    some = ", ".join(f"{row['track_id'][:12]} ({row['title']})" for row in found.to_dicts())
    raise TrackNotFoundError(f"track={track!r}: several tracks begin so, give more of it: {some}")


def _known_field(field: str) -> None:
    if field not in LABEL_FIELDS:
        raise LabelError(f"field={field!r}: must be one of {', '.join(LABEL_FIELDS)}")


def _tempo(value: str) -> str:
    low, high = TEMPO_LABEL_RANGE_BPM
    rule = f"tempo_bpm={value!r}: must be a number from {low:g} to {high:g} BPM"
    try:
        bpm = float(value)
    except ValueError:
        raise LabelError(rule) from None
    if not low <= bpm <= high:
        raise LabelError(rule)
    return f"{bpm:g}"


def _checked(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    origin = row.get("origin", "")
    if origin not in ORIGINS:
        raise LabelError(f"origin={origin!r}: must be one of {', '.join(ORIGINS)}")
    model_id = row.get("model_id") or ""
    if (origin == "model") != bool(model_id):
        raise LabelError(f"model_id={model_id!r}: models must give one, {origin!r} decides")
    if not row.get("track_id"):
        raise LabelError("track_id is missing: give the track that is labelled")
    confidence = row.get("confidence", 1.0)
    if confidence is not None and not 0.0 <= confidence <= 1.0:
        raise LabelError(f"confidence={confidence}: must be a probability from 0 to 1")
    field, value = row.get("field", ""), str(row.get("value", ""))
    _known_field(field)
    withdrawn = origin == "person" and value == ""
    return {
        "track_id": row["track_id"],
        "field": field,
        "value": "" if withdrawn else normalise_value(field, value),
        "confidence": confidence,
        "accepted": True if origin == "person" else bool(row.get("accepted", True)),
        "origin": origin,
        "model_id": model_id,
        "labelled_by": row.get("labelled_by") or origin,
        "labelled_at": row.get("labelled_at") or now,
    }


def _unsaid(store: Store, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``frame`` that don't repeat the last statement of the same origin and model."""
    said = (
        store.scan("labels")
        .filter(pl.col("track_id").is_in(frame["track_id"].unique().to_list()))
        .join(frame.lazy().select(_STATEMENT).unique(), on=_STATEMENT, how="semi")
        .collect()
        .sort("labelled_at", descending=True)
        .unique(_STATEMENT, keep="first", maintain_order=True)
        .select(*_STATEMENT, *_CONTENT)
    )
    return frame.join(said, on=[*_STATEMENT, *_CONTENT], how="anti", maintain_order="left")
