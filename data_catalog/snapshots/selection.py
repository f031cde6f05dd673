"""Which tracks a snapshot made now would hold, and at which step the others are lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from data_catalog.duplicates.rights import bind_copies
from data_catalog.home import Home
from data_catalog.licences.terms import POLICIES, allows
from data_catalog.quality import fit
from data_catalog.queries.questions import connect
from data_catalog.queries.sql import sql_resource
from data_catalog.tables.store import Store
from features.errors import ShiroaError

_RIGHTS: Final = (
    "licence",
    "commercial_use",
    "derivatives",
    "share_alike",
    "ai_training_reserved",
)


class SnapshotError(ShiroaError, ValueError):
    """A snapshot that can't be made or found."""


class EmptySnapshot(SnapshotError):  # noqa: N818
    """No track passes; the message says at which step the last ones were lost."""


@dataclass(frozen=True)
class Selection:
    """What a snapshot of now would hold, and how many tracks each step left."""

    rows: pl.DataFrame
    funnel: dict[str, int]
    policy: str
    where: str


def select(
    home: Home,
    *,
    policy: str = "any",
    where: str | None = None,
    duplicates: bool = False,
    flawed: bool = False,
) -> Selection:
    """The rows that a snapshot made now would hold; ``EmptySnapshot`` when there are none."""
    if policy not in POLICIES:
        raise SnapshotError(f"policy={policy!r}: must be one of {', '.join(POLICIES)}")
    Store.open(home)
    rows = bind_copies(_candidates(home, where))
    funnel = {"in the catalog": rows.height}
    steps = (
        ("chosen by the filter", pl.col("_chosen")),
        ("measured", pl.col("extractor_version").is_not_null()),
        ("of good quality", pl.lit(True) if flawed else fit()),
        ("not a duplicate", pl.lit(True) if duplicates else pl.col("duplicate_of").is_null()),
        (f"allowed by policy {policy}", _allowed(rows, policy)),
        ("on a side of the split", pl.col("split").is_not_null()),
    )
    for step, passes in steps:
        rows = rows.filter(passes)
        funnel[step] = rows.height
    if rows.is_empty():
        told = ", ".join(f"{step}: {left}" for step, left in funnel.items())
        raise EmptySnapshot(
            f"no track passes ({told}). Run `shiroa extract` and `shiroa curate` first, or widen "
            "--policy or --where"
        )
    return Selection(rows.drop("_chosen", "evidence_origin"), funnel, policy, where or "")


def _candidates(home: Home, where: str | None) -> pl.DataFrame:
    with connect(home) as connection:
        rows = pl.DataFrame(connection.sql(sql_resource("_snapshot.sql")).to_arrow_table())
        if not where:
            return rows.with_columns(_chosen=pl.lit(True))
        condition = f"select track_id from catalog where (\n{where}\n)"  # noqa: S608
        try:
            if len(connection.extract_statements(condition)) != 1:
                raise SnapshotError(f"where={where!r}: must be one SQL condition")
            chosen = connection.sql(condition).fetchall()
        except duckdb.Error as error:
            raise SnapshotError(
                f"where={where!r}: must be an SQL condition over catalog, such as "
                f"\"genre = 'jazz'\": {error}"
            ) from error
    return rows.with_columns(_chosen=pl.col("track_id").is_in([row[0] for row in chosen]))


def _allowed(rows: pl.DataFrame, policy: str) -> pl.Expr:
    """Rows whose rights pass ``policy``; each combination of rights is judged once."""
    rights = rows.select(_RIGHTS).unique().to_dicts()
    passing = [row for row in rights if allows(policy, row)]
    return pl.any_horizontal(
        pl.lit(False),
        *(
            pl.all_horizontal(pl.col(name).eq_missing(pl.lit(row[name])) for name in _RIGHTS)
            for row in passing
        ),
    )
