"""Which tracks a person should label next, so that a few labels teach the most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.tables.store import Store
from training.classifier.file import load_classifier
from training.classifier.label import classifier_inputs, model_or_latest
from training.distance import cosines

POOL_FACTOR: Final = 5
"""How many uncertain tracks stand for choice, for each that is asked for."""


@dataclass(frozen=True)
class Suggestion:
    """A track to listen to. ``margin`` is by how much the likeliest word leads the next, [0, 1]."""

    track_id: str
    field: str
    likeliest: str
    second: str
    margin: float


def next_to_label(
    home: Home, field: str = "genre", *, count: int = 50, model_id: str | None = None
) -> list[Suggestion]:
    """The ``count`` tracks whose ``field`` to label next, the most telling first.

    Tracks that a person or source labelled are left out. Of the others the least certain are
    taken, and among those the ones least like each other, so that fifty takes of one song don't
    fill the list. Sources: Settles (2009), margin sampling; Sener and Savarese (2018), k-centre.
    Raises ``NoModelError``, or ``ValueError`` for a field that the model does not know.
    """
    classifier = load_classifier(home.models / model_or_latest(home, model_id))
    if field not in classifier.fields:
        raise ValueError(f"field={field!r}: the model knows {', '.join(classifier.fields)}")
    judged = classifier_inputs(home, classifier)
    track_ids, inputs = judged.track_ids, judged.inputs
    stated = _stated(home, field)
    rows = np.array([row for row, track in enumerate(track_ids) if track not in stated], dtype=int)
    if not len(rows):
        return []
    words = classifier.fields[field].words
    p = classifier.probabilities(inputs[rows])[field]
    ranked = np.argsort(-p, axis=1)[:, :2]
    leads = np.take_along_axis(p, ranked, axis=1)
    margins = leads[:, 0] - leads[:, 1]
    pool = np.argsort(margins, kind="stable")[: count * POOL_FACTOR]
    pooled = inputs[rows[pool]]
    chosen = spread_out((pooled - pooled.mean(axis=0)) / (pooled.std(axis=0) + 1e-6), count)
    return [
        Suggestion(
            track_ids[rows[pool[place]]],
            field,
            words[ranked[pool[place], 0]],
            words[ranked[pool[place], 1]],
            float(margins[pool[place]]),
        )
        for place in chosen
    ]


def spread_out(points: np.ndarray, count: int) -> list[int]:
    """Rows of ``points`` (n, d), each as far as can be from those before; the first stays first.

    >>> spread_out(np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]), 2)
    [0, 2]
    """
    chosen = [0]
    likeness = cosines(points, points[:1])[:, 0]
    while len(chosen) < min(count, len(points)):
        likeness[chosen] = np.inf
        place = int(np.argmin(likeness))
        chosen.append(place)
        likeness = np.maximum(likeness, cosines(points, points[place : place + 1])[:, 0])
    return chosen


def _stated(home: Home, field: str) -> set[str]:
    """Tracks whose ``field`` a person or source has stated."""
    labels = Store.open(home).scan("labels")
    told = labels.filter((pl.col("field") == field) & (pl.col("origin") != "model"))
    return set(told.select("track_id").unique().collect()["track_id"].to_list())
