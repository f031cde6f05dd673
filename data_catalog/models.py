"""The registry: what each model was trained on, whether it may be used, and which one serves.

A change of status is one atomic edit of the table, so there is never more than one model of a kind
in production, and the history says who put it there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from data_catalog.home import Home
from data_catalog.shared.folders import bring, upload
from data_catalog.tables.store import Store
from features.errors import ShiroaError

KINDS: Final = ("classifier", "musicgen")
STATUSES: Final = ("candidate", "approved", "production", "retired")


class ModelError(ShiroaError, ValueError):
    """A model that is unknown, already there, or may not take that status."""


@dataclass(frozen=True)
class ModelRecord:
    """One model as registered. ``metrics`` and ``history`` are JSON in the table."""

    model_id: str
    kind: str
    snapshot: str
    snapshot_digest: str
    base: str = ""
    licence: str = "Apache-2.0"
    commercial_use: bool = False
    metrics: dict[str, Any] = field(default_factory=dict)
    parent: str | None = None
    status: str = "candidate"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed_at: datetime | None = None
    changed_by: str = ""
    note: str = ""
    flag: str | None = None
    history: tuple[dict[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("kind", self.kind, KINDS),
            ("status", self.status, STATUSES),
        ):
            if value not in allowed:
                raise ModelError(f"{name}={value!r}: must be one of {', '.join(allowed)}")


def register(home: Home, record: ModelRecord) -> None:
    """Add a trained model; ``ModelError`` when its id is taken.

    Its folder must be complete: in a home in a bucket this shares it.
    """
    upload(home, home.models / record.model_id, f"{home.models.name}/{record.model_id}")
    if not Store(home).insert_new("models", [_row(record)]):
        raise ModelError(f"model={record.model_id!r} is registered already: use another id")


def list_models(home: Home, kind: str | None = None) -> list[ModelRecord]:
    """All models, newest first; of one ``kind`` when given. Their folders are on this machine."""
    bring(home, home.models, last="meta.json")
    found = [_record(row) for row in Store(home).read("models").to_dicts()]
    chosen = [record for record in found if kind in (None, record.kind)]
    return sorted(chosen, key=lambda r: (r.created_at, r.model_id), reverse=True)


def get(home: Home, model_id: str) -> ModelRecord:
    """The model of that id, or ``ModelError`` that lists the ones there are."""
    models = list_models(home)
    for record in models:
        if record.model_id == model_id:
            return record
    known = ", ".join(record.model_id for record in models) or "none yet"
    raise ModelError(f"model={model_id!r}: not registered; there are: {known}")


def find_trained(home: Home, kind: str, snapshot_digest: str) -> ModelRecord | None:
    """The newest unflagged model of ``kind`` that was trained on exactly those rows."""
    for record in list_models(home, kind):
        if record.snapshot_digest == snapshot_digest and record.flag is None:
            return record
    return None


def tracks_since(home: Home, kind: str) -> int:
    """Measured tracks that came after the newest model of ``kind``; all of them before any."""
    tracks = Store(home).scan("tracks")
    newest = next(iter(list_models(home, kind)), None)
    if newest is not None:
        tracks = tracks.filter(pl.col("ingested_at") > newest.created_at)
    measured = Store(home).scan("features").select("track_id").unique()
    found: int = tracks.join(measured, on="track_id", how="semi").select(pl.len()).collect().item()
    return found


def production(home: Home, kind: str) -> ModelRecord | None:
    """The model of ``kind`` that serves, or None."""
    return next((r for r in list_models(home, kind) if r.status == "production"), None)


def set_status(
    home: Home, model_id: str, status: str, *, by: str = "person", note: str = ""
) -> ModelRecord:
    """Give a model a status. The one in production before becomes approved in the same commit.

    A flagged model can't be approved or go into production: ``ModelError`` says why.
    """
    wanted = get(home, model_id)
    replace(wanted, status=status)
    now = datetime.now(UTC)

    def change(models: list[ModelRecord]) -> list[ModelRecord]:
        changed = []
        for record in models:
            if record.model_id == model_id:
                _refuse_flagged(record, status)
                changed.append(_turned(record, status, by, note, now))
            elif (
                status == "production"
                and record.kind == wanted.kind
                and record.status == "production"
            ):
                changed.append(_turned(record, "approved", by, f"replaced by {model_id}", now))
        return changed

    _edit(home, change)
    return get(home, model_id)


def previous_production(home: Home, kind: str) -> ModelRecord | None:
    """The model to go back to: the last one in production before the present one.

    Retired and flagged models are passed over.
    """
    present = production(home, kind)
    turns = [
        (at, record)
        for at, record in _turns_in_production(home, kind)
        if record.flag is None
        and record.status == "approved"
        and (present is None or record.model_id != present.model_id)
    ]
    return max(turns, key=lambda turn: turn[0])[1] if turns else None


def last_published(home: Home) -> str | None:
    """The kind of the model that came into production last; None before the first."""
    turns = [(at, record.kind) for at, record in _turns_in_production(home)]
    return max(turns)[1] if turns else None


def _turns_in_production(home: Home, kind: str | None = None) -> list[tuple[str, ModelRecord]]:
    """When each model came into production, as often as it did."""
    return [
        (turn["at"], record)
        for record in list_models(home, kind)
        for turn in record.history
        if turn["status"] == "production"
    ]


def flag_models(home: Home, model_ids: set[str], reason: str) -> None:
    """Mark models that should not be used any more; they keep their status for a person to see."""
    if not model_ids:
        return

    def change(models: list[ModelRecord]) -> list[ModelRecord]:
        return [
            replace(r, flag=reason if r.flag is None else f"{r.flag}; {reason}")
            for r in models
            if r.model_id in model_ids and reason not in (r.flag or "")
        ]

    _edit(home, change)


def _refuse_flagged(record: ModelRecord, status: str) -> None:
    if record.flag and status in ("approved", "production"):
        raise ModelError(
            f"model={record.model_id!r} is flagged ({record.flag}): train again on a new snapshot"
        )


def _turned(record: ModelRecord, status: str, by: str, note: str, now: datetime) -> ModelRecord:
    turn = {"status": status, "at": now.isoformat(), "by": by, "note": note}
    return replace(
        record,
        status=status,
        changed_at=now,
        changed_by=by,
        note=note,
        history=(*record.history, turn),
    )


def _edit(home: Home, change: Callable[[list[ModelRecord]], list[ModelRecord]]) -> None:
    def edit(rows: pl.DataFrame) -> list[dict[str, Any]]:
        return [_row(record) for record in change([_record(row) for row in rows.to_dicts()])]

    Store(home).edit("models", edit)


def _row(record: ModelRecord) -> dict[str, Any]:
    return asdict(record) | {
        "metrics": json.dumps(record.metrics),
        "history": json.dumps(record.history),
    }


def _record(row: dict[str, Any]) -> ModelRecord:
    return ModelRecord(
        **row
        | {
            "metrics": json.loads(row["metrics"] or "{}"),
            "history": tuple(json.loads(row["history"] or "[]")),
            "changed_by": row["changed_by"] or "",
            "note": row["note"] or "",
        }
    )
