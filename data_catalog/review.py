"""Which labels a person should hear first: conflicts, unclear tags, and what models are unsure of.

A track leaves the queue as soon as a person labels it (``labels.set_label``), and never returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from data_catalog.home import Home
from data_catalog.labels import LabelError
from data_catalog.queries.questions import ask
from data_catalog.queries.sql import sql_resource

REVIEWED_FIELDS: Final = ("genre", "mood")
WHYS: Final = {
    "conflict": "the source and the model disagree; the surest model first",
    "unclear source": "the source names several; the most divided first",
    "uncertain": "only a model spoke; the least sure first",
    "unlabelled": "nobody spoke",
}
MOST_ITEMS: Final = 1000


@dataclass(frozen=True)
class ReviewItem:
    """One label to hear: what is said about it, and why it is here (a key of ``WHYS``)."""

    track_id: str
    title: str | None
    artist: str | None
    path: str | None
    duration_s: float | None
    field: str
    why: str
    source_says: str | None
    model_says: str | None
    model_confidence: float | None

    @property
    def suggestion(self) -> str | None:
        """What to offer first: the source's word, else the model's."""
        return self.source_says or self.model_says


def review_queue(
    home: Home,
    *,
    field: str | None = None,
    why: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[ReviewItem]:
    """The labels to hear, conflicts first; of one ``field`` or ``why`` where given.

    Duplicates are left out, since their canonical track speaks for them. Raises ``LabelError``.
    """
    if field is not None and field not in REVIEWED_FIELDS:
        raise LabelError(f"field={field!r}: must be one of {', '.join(REVIEWED_FIELDS)}")
    if why is not None and why not in WHYS:
        raise LabelError(f"why={why!r}: must be one of {', '.join(WHYS)}")
    if not 1 <= limit <= MOST_ITEMS or offset < 0:
        raise LabelError(f"limit={limit}, offset={offset}: must be 1-{MOST_ITEMS} and 0 or more")
    given = {"field": field, "why": why, "limit": limit, "offset": offset}
    return [ReviewItem(**row) for row in _ask(home, "_review_labels.sql", given)]


def tracks_to_review(
    home: Home, *, search: str = "", limit: int = 50, offset: int = 0
) -> list[dict[str, Any]]:
    """Tracks in the order of their most telling label, with what the view ``catalog`` says.

    ``genre_why`` and ``mood_why`` (keys of ``WHYS``, or null) tell what to listen for, beside what
    the source and the model say; ``total`` how many tracks there are. ``search`` is text in the
    title, artist, genre, mood or source.
    """
    given = {"search": search, "limit": limit, "offset": offset}
    return _ask(home, "_review_tracks.sql", given)


def _ask(home: Home, name: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    sql = sql_resource("_review.sql") + sql_resource(name)
    rows: list[dict[str, Any]] = ask(home, sql, given | {"whys": list(WHYS)}).to_pylist()
    return rows
