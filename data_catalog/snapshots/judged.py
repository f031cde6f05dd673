"""Which tracks may be trained on under a licence policy, and why the others may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from data_catalog.home import Home
from data_catalog.licences.terms import policy_refusal
from data_catalog.queries.questions import ask
from data_catalog.queries.sql import sql_resource, text


@dataclass(frozen=True)
class Reason:
    """Why a track can't be trained on: ``when`` in SQL over ``_judged.sql``, what it ``says``, and
    what the tracks that are ``left`` are called, ``{policy}`` being the licence policy."""

    when: str
    says: str
    left: str


REASONS: Final = {
    "not measured": Reason(
        "c.quality is null", "features are missing: run `shiroa extract`", "measured"
    ),
    "quality": Reason(
        "not sound(c.quality)", "the audio is silent, noise, clipped or broken", "fit to hear"
    ),
    "duplicate": Reason(
        "c.duplicate_of is not null",
        "another track stands for the same recording",
        "first of its recording",
    ),
    "licence": Reason(
        "r.refusal is not null",
        "the licence is unknown or the policy refuses it",
        "allowed by policy {policy}",
    ),
    "withdrawn": Reason(
        "c.group_id is not null and c.split is null",
        "late evidence tied it to artists or recordings of another side",
        "on a side of the split",
    ),
}
"""In the order in which they are looked for: a track is excluded for the first that holds."""

_RIGHTS: Final = {
    "licence": "varchar",
    "commercial_use": "boolean",
    "derivatives": "boolean",
    "ai_training_reserved": "boolean",
}

_JUDGED: Final = """
    track_id, artist, album, source, duration_s, quality, duplicate_of, genre, genre_origin, mood,
    mood_origin, split, refusal, reason
"""


def judged_tracks(home: Home, policy: str) -> pl.DataFrame:
    """Every track with what curation decides by, and ``reason``: why it is excluded, or null.

    ``refusal`` says why the licence does not pass ``policy``.
    """
    asked = f"select {_JUDGED} from ({judged_sql(home, policy)}) order by track_id"  # noqa: S608
    return pl.DataFrame(ask(home, asked))


def judged_sql(home: Home, policy: str) -> str:
    """SQL of the rows of ``catalog_full`` with ``refusal`` and ``reason`` under ``policy``."""
    met = ask(home, f"select distinct {', '.join(_RIGHTS)} from catalog_full")  # noqa: S608
    refused = [_row(rights, policy_refusal(policy, rights)) for rights in met.to_pylist()]
    refusals = " union all ".join(refused or [f"{_row({}, None)} where false"])
    sql = sql_resource("_judged.sql").replace("(from refusals)", f"({refusals})")
    whens = " ".join(f"when {r.when} then {text(name)}" for name, r in REASONS.items())
    return sql.replace("(first reason)", f"case {whens} end")


def _row(rights: Mapping[str, Any], refusal: str | None) -> str:
    cells = [f"{_literal(rights.get(name))}::{kind} as {name}" for name, kind in _RIGHTS.items()]
    return f"select {', '.join(cells)}, {_literal(refusal)}::varchar as refusal"


def _literal(value: object) -> str:
    if value is None:
        return "null"
    return text(value) if isinstance(value, str) else str(bool(value)).lower()
