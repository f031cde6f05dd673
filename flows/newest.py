"""What a form means by the newest, so that nobody has to know the name of a snapshot or a model."""

from __future__ import annotations

from typing import Final

from data_catalog.home import Home
from data_catalog.models import list_models
from data_catalog.snapshots.snapshot import list_snapshots
from features.errors import ShiroaError

NEWEST: Final = "(newest)"
"""No snapshot and no model can have this name."""


def snapshot_named(home: Home, name: str) -> str:
    """``name``, or that of the newest snapshot. Raises ``ShiroaError`` when there is none."""
    if name != NEWEST:
        return name
    made = list_snapshots(home)
    if not made:
        raise ShiroaError(
            f"snapshot={NEWEST}: there is none yet; run the flow `curate` with a name for one"
        )
    return made[-1].name


def candidate_named(home: Home, model_id: str) -> str:
    """``model_id``, or that of the newest candidate. Raises ``ShiroaError`` when none waits."""
    if model_id != NEWEST:
        return model_id
    for record in list_models(home):
        if record.status == "candidate":
            return record.model_id
    raise ShiroaError(
        f"model={NEWEST}: no candidate waits for a decision; run `train-classifier` or"
        " `finetune-musicgen` first"
    )
