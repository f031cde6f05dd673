"""Which labels a person should hear first: conflicts, unclear tags, and what models are unsure of.

A track leaves the queue as soon as a person labels it (``labels.set_label``), and never returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from data_catalog.home import Home
from data_catalog.labels import LabelError
from data_catalog.queries import ask
from data_catalog.views import sql_resource

REVIEWED_FIELDS: Final = ("genre", "mood")
WHYS: Final = {
    "conflict": "the source and the model disagree; the surest model first",
    "unclear source": "the source names several; the most divided first",
    "uncertain": "only a model spoke; the least sure first",
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
    parameters = {"field": field, "why": why, "limit": limit, "offset": offset}
    rows = ask(home, sql_resource("_review.sql"), parameters).drop_columns("weight").to_pylist()
    return [ReviewItem(**row) for row in rows]
