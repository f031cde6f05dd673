"""SQL of the rows of ``catalog_full``, over whole tables or over other rows in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Final

from data_catalog.queries.sql import sql_resource

HIDDEN: Final = "known, stated, measured"
"""Columns that only folding changes in needs."""

STATEMENTS: Final = (
    *(f"{field}_{by}" for field in ("genre", "mood") for by in ("person", "source", "model")),
    "tempo_person",
    "key_person",
)
"""The columns of ``_stated.sql``."""

_TABLES: Final = ("tracks", "licences", "current_features", "duplicates", "splits")


def live(ids: str | None) -> str:
    """The joins over the tables; over the tracks of the query ``ids`` alone when given."""
    only = "" if ids is None else f" semi join ({ids}) as changed using (track_id)"
    sources = {name: f"from {name}{only}" for name in _TABLES}
    return rows_of(sources | {"stated": stated(f"from labels{only}")})


def stated(labels: str) -> str:
    """What was last said of each track, from the rows of labels that the query ``labels`` gives."""
    return sql_resource("_stated.sql").replace("(from labels)", f"({labels})")


def rows_of(sources: Mapping[str, str]) -> str:
    """The joins over queries in place of the tables: ``current_features, stated, tracks`` …"""
    sql = sql_resource("_catalog_full.sql")
    for name, source in sources.items():
        sql = sql.replace(f"(from {name})", f"({source})")
    return sql


def full_join(rows: str) -> str:
    """``rows`` with those of tracks that are not known yet, though something is told of them."""
    return rows.replace("left join", "full join")


@cache
def recipe() -> str:
    """Changes whenever this code would write other rows."""
    texts = [sql_resource(f"_{name}.sql") for name in ("catalog_full", "stated")]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:16]
