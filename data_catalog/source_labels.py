"""Labels that sources give: the genre and mood tags of files, through the one synonym table."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import polars as pl

from data_catalog.home import Home
from data_catalog.labels import add_labels
from data_catalog.tables.store import Store
from data_catalog.vocabulary import genre_of, mood_of

MAJORITY: Final = 0.5
"""A tag that names several genres counts where one of them has more than this share."""

_MEANINGS: Final[dict[str, Callable[[str], str | None]]] = {"genre": genre_of, "mood": mood_of}
_SEPARATORS: Final = re.compile(r"[;,/|\0]|\s+&\s+")


def label_from_sources(home: Home) -> int:
    """State what the tags of tracks say that no source label speaks for yet; returns how many."""
    store = Store(home)
    tagged = store.scan("tracks").select("track_id", "source", "source_tags")
    stated = (
        store.scan("labels")
        .filter(pl.col("origin") == "source")
        .select("track_id", "field")
        .unique()
        .collect()
    )
    rows: list[Mapping[str, Any]] = []
    for field in _MEANINGS:
        spoken = stated.filter(pl.col("field") == field).lazy()
        silent = tagged.join(spoken, on="track_id", how="anti")
        silent = silent.filter(pl.col("source_tags").str.contains(f'"{field.upper()}"'))
        for track_id, source, tags in silent.collect().iter_rows():
            meant = meaning(json.loads(tags).get(field.upper(), ()), _MEANINGS[field])
            if meant is not None:
                rows.append(_row(track_id, field, source, *meant))
    return add_labels(home, rows)


def meaning(values: Iterable[str], known: Callable[[str], str | None]) -> tuple[str, float] | None:
    """The word that tags mean most often, and its share of the words that ``known`` knows.

    >>> meaning(["Heavy Metal; Grunge", "Jazz"], genre_of)
    ('rock', 0.6666666666666666)
    >>> meaning(["zydeco"], genre_of) is None
    True
    """
    words = Counter(
        word
        for value in values
        for word in ([known(value)] if known(value) else map(known, _SEPARATORS.split(value)))
        if word
    )
    if not words:
        return None
    word, count = words.most_common(1)[0]
    return word, count / words.total()


def _row(track_id: str, field: str, source: str, value: str, share: float) -> Mapping[str, Any]:
    return {
        "track_id": track_id,
        "field": field,
        "value": value,
        "confidence": share,
        "accepted": share > MAJORITY,
        "origin": "source",
        "labelled_by": source,
    }
