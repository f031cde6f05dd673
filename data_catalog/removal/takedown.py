"""Taking music down: mark it, remove it from every table, and say what it had gone into.

The mark comes first: from that commit on the catalog hides the track and ingestion refuses it, so
a takedown that is interrupted is finished by running it again.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from data_catalog.home import Home
from data_catalog.models import flag_models, list_models
from data_catalog.schema.tables import TABLES
from data_catalog.snapshots.snapshot import list_snapshots
from data_catalog.tables.store import Store
from features.errors import ShiroaError


class TakedownError(ShiroaError, ValueError):
    """Nothing to take down, or not clear what."""


@dataclass(frozen=True)
class Takedown:
    """What was taken down, and everything that it had gone into.

    ``copies`` are near duplicates that are still in the catalog, for a person to decide about.
    """

    tracks: tuple[str, ...]
    snapshots: tuple[str, ...]
    models: tuple[str, ...]
    generations: tuple[str, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Reach:
    snapshots: tuple[str, ...]
    models: tuple[str, ...]
    generations: tuple[str, ...]


def take_down(
    home: Home,
    track_id: str | None = None,
    artist: str | None = None,
    reason: str = "asked by the rights holder",
) -> Takedown:
    """Take down one track, by its id or the beginning of one, or all tracks of an artist.

    Re-tagged copies, which hold the same samples, go with it. Models trained on any of them are
    flagged. Raises ``TakedownError`` when nothing, or more than one track, is meant.
    """
    store = Store.open(home)
    wanted = meant(store, track_id, artist)
    ids = wanted["track_id"].to_list()
    copies = _near_copies(store, ids)
    reach = _reach(home, ids)
    store.insert_new("takedowns", _marks(home, wanted, reason))
    with store.together():
        flag_models(home, set(reach.models), f"trained on music taken down: {reason}")
        _remove(store, ids)
    return Takedown(tuple(ids), **asdict(reach), copies=copies)


def meant(store: Store, track_id: str | None, artist: str | None) -> pl.DataFrame:
    """``track_id, audio_md5, title, artist`` of the tracks that ``take_down`` would mean.

    Tracks that are down already are found too. Raises ``TakedownError`` as it does.
    """
    return _with_same_audio(store, _wanted(store, track_id, artist))


def taken_down(home: Home) -> pl.DataFrame:
    """The ids and PCM digests that ingestion must refuse: ``track_id, audio_md5``."""
    return Store(home).read("takedowns").select("track_id", "audio_md5")


def _wanted(store: Store, track_id: str | None, artist: str | None) -> pl.DataFrame:
    if (track_id is None) == (artist is None):
        raise TakedownError("takedown needs a track or an artist, and not both")
    columns = ("track_id", "audio_md5", "title", "artist")
    tracks = pl.concat(
        [
            store.scan("tracks").select(columns),
            store.scan("takedowns").select(columns),
        ]
    )
    if artist is not None:
        name = artist.strip().casefold()
        meant = pl.col("artist").str.to_lowercase().str.strip_chars() == name
        found = tracks.filter(meant).unique("track_id").sort("track_id").collect()
        if found.is_empty():
            raise TakedownError(
                f"artist={artist!r}: no track is by them; `shiroa query artists` lists the names"
            )
        return found
    begins = pl.col("track_id").str.starts_with((track_id or "").strip().lower())
    found = tracks.filter(begins).unique("track_id").sort("track_id").collect()
    if not (track_id or "").strip() or found.height != 1:
        raise TakedownError(
            f"track={track_id!r}: {found.height} tracks begin so; give more of the track_id, as "
            "`shiroa query 'from catalog'` shows it"
        )
    return found


def _with_same_audio(store: Store, wanted: pl.DataFrame) -> pl.DataFrame:
    digests = wanted["audio_md5"].drop_nulls().unique().to_list()
    same = [
        store.scan(table).filter(pl.col("audio_md5").is_in(digests)).select(wanted.columns)
        for table in ("tracks", "takedowns")
    ]
    return pl.concat([wanted, *pl.collect_all(same)]).unique("track_id").sort("track_id")


def _near_copies(store: Store, ids: Collection[str]) -> tuple[str, ...]:
    duplicates = store.read("duplicates")
    clusters = duplicates.filter(pl.col("track_id").is_in(ids))["cluster_id"]
    near = duplicates.filter(
        pl.col("cluster_id").is_in(clusters.to_list()) & ~pl.col("track_id").is_in(ids)
    )
    return tuple(near["track_id"].sort())


def _reach(home: Home, ids: Collection[str]) -> _Reach:
    snapshots = {
        snapshot.digest: snapshot.name
        for snapshot in list_snapshots(home)
        if snapshot.rows["track_id"].is_in(list(ids)).any()
    }
    models = _descendants(home, set(snapshots))
    made = Store(home).scan("generations").filter(pl.col("model_id").is_in(sorted(models)))
    return _Reach(
        tuple(sorted(snapshots.values())),
        tuple(sorted(models)),
        tuple(made.select("generation_id").collect()["generation_id"].sort()),
    )


def _descendants(home: Home, digests: set[str]) -> set[str]:
    """Models trained on those snapshots, and models that start from their weights."""
    models = list_models(home)
    reached = {model.model_id for model in models if model.snapshot_digest in digests}
    while True:
        more = {model.model_id for model in models if model.base in reached} - reached
        if not more:
            return reached
        reached |= more


def _marks(home: Home, wanted: pl.DataFrame, reason: str) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [
        row
        | {
            "reason": reason,
            "affected": json.dumps(asdict(_reach(home, [row["track_id"]]))),
            "taken_down_at": now,
        }
        for row in wanted.to_dicts()
    ]


def _remove(store: Store, ids: Collection[str]) -> None:
    for name, table in TABLES.items():
        columns = {column.name for column in table.columns}
        if name == "takedowns":
            continue
        for column in ("track_id", "track_a", "track_b"):
            if column in columns:
                store.delete(name, column, ids)
