"""The rights in a recording of which the catalog holds several copies: the strictest copy decides.

Whoever re-tags or re-encodes a track and states a freer licence has freed nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, Final

import polars as pl

from data_catalog.licences.spdx import Licence, strictest

RIGHTS: Final = ("licence", "commercial_use", "derivatives", "share_alike", "ai_training_reserved")
"""The columns that are judged together."""


def bind_copies(rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with the rights of each cluster of copies bound to the strictest of them.

    Needs ``track_id``, ``duplicate_of``, ``evidence_origin``, ``licence_url`` and the columns of
    :data:`RIGHTS`. A copy about which nothing is stated stays unknown and binds nobody; one whose
    statement is not understood makes all of them unknown.
    """
    cluster = pl.coalesce("duplicate_of", "track_id")
    several = rows.filter(
        (pl.len().over(cluster) > 1) & (pl.struct(RIGHTS).n_unique().over(cluster) > 1)
    )
    if several.is_empty():
        return rows
    bound = [
        {"track_id": row["track_id"], **rights}
        for _, copies in several.group_by(cluster)
        for rights in [_strictest(copies.sort("track_id").to_dicts())]
        for row in copies.iter_rows(named=True)
        if _is_stated(row)
    ]
    schema = {name: rows.schema[name] for name in ("track_id", *RIGHTS, "licence_url")}
    return rows.update(pl.DataFrame(bound, schema=schema), on="track_id", include_nulls=True)


def _strictest(copies: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    stated = [copy for copy in copies if _is_stated(copy)]
    reserved = any(c["ai_training_reserved"] for c in stated)
    known = [_licence(c) for c in stated if c["licence"] is not None]
    if len(known) < len(stated) or not known:
        return dict.fromkeys((*RIGHTS, "licence_url")) | {"ai_training_reserved": reserved}
    licence = reduce(strictest, known)
    return {
        "licence": licence.spdx,
        "licence_url": licence.url,
        "commercial_use": licence.commercial_use,
        "derivatives": licence.derivatives,
        "share_alike": licence.share_alike,
        "ai_training_reserved": reserved,
    }


def _is_stated(row: Mapping[str, Any]) -> bool:
    return row["evidence_origin"] is not None or row["licence"] is not None


def _licence(row: Mapping[str, Any]) -> Licence:
    return Licence(
        spdx=row["licence"],
        url=row["licence_url"],
        commercial_use=bool(row["commercial_use"]),
        derivatives=bool(row["derivatives"]),
        share_alike=bool(row["share_alike"]),
        attribution_required=False,
    )
