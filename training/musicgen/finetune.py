"""Fine-tune MusicGen on a snapshot: captions and codes in, an adapter that serves out.

Reads top to bottom: the base, the data, the loop (``loop``), the folder that is left.
Every step is a pure function of the seed and its number, so a run that was killed goes on exactly.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data_catalog import models
from data_catalog.bases import TINY, Base, find_base
from data_catalog.home import Home
from data_catalog.snapshots.snapshot import Snapshot, load_snapshot
from features.progress import Progress
from training.model import TrainedModel
from training.musicgen.config import (
    STAGE,
    TRAINER_VERSION,
    FinetuneError,
    MusicgenConfig,
    OnProgress,
)
from training.musicgen.data import read_captions
from training.musicgen.exhausted import advised
from training.record import META_NAME, code_version, environment, read_meta, write_meta

if TYPE_CHECKING:
    from training.musicgen.model import Trainable
    from training.team import Team

__all__ = ["FinetuneError", "MusicgenConfig", "finetune_musicgen", "model_id_of"]

KIND: Final = "musicgen"
_UNKNOWN_LICENCE: Final = "LicenseRef-unknown"


def finetune_musicgen(
    home: Home, config: MusicgenConfig, on_progress: OnProgress | None = None
) -> TrainedModel:
    """Fine-tune, write ``home/models/<id>`` and register it as a candidate.

    The same config on the same snapshot is the same model: one that is finished is given back, one
    that was interrupted goes on from its last checkpoint. Raises ``BaseMissing`` when the weights
    are not on this machine and can't be fetched, ``SnapshotError`` for an unknown snapshot, and
    ``FinetuneError`` when there is nothing to learn from, the loss stops being a number, or memory
    or disk runs out.
    """
    from training.team import join_team

    team = join_team()
    tell = on_progress if on_progress and team.leads else _say_nothing
    if config.batch % team.size:
        raise FinetuneError(
            "invalid", f"batch={config.batch}: must divide by {team.size} processes"
        )
    snapshot = load_snapshot(home, config.snapshot)
    with team.one_first():
        base = _base(home, config, tell)
    model_id = model_id_of(config, snapshot.digest)
    folder = home.models / model_id
    if not (folder / META_NAME).exists():
        with advised(config, base.folder, home.cache / "training" / model_id):
            _train_and_write(home, config, base, snapshot, folder, tell, team)
    meta = read_meta(folder)
    if team.leads:
        _register(home, meta)
    return TrainedModel(model_id, folder, meta["metrics"])


def _say_nothing(progress: Progress) -> None:
    """For callers who did not ask."""


def _train_and_write(
    home: Home,
    config: MusicgenConfig,
    base: Base,
    snapshot: Snapshot,
    folder: Path,
    tell: OnProgress,
    team: Team,
) -> None:
    from training.musicgen.data import load_examples
    from training.musicgen.loop import train
    from training.musicgen.model import load_trainable

    started = time.monotonic()
    trainable = load_trainable(base.folder, config)
    with team.one_first():
        examples = load_examples(home, snapshot.rows, trainable.lm, config, tell)
    work = home.cache / "training" / folder.name
    metrics, losses = train(trainable, examples, config, work, tell, team)
    metrics["seconds"] = round(time.monotonic() - started, 2)
    if team.leads:
        precision = team.precision(trainable.lm.model.config.decoder.hidden_size)
        meta = _meta(home, config, base, snapshot, metrics) | {
            "precision": str(precision).removeprefix("torch."),
            "train_losses": losses,
        }
        _write_model(folder, trainable, meta, work / "samples")
        shutil.rmtree(work, ignore_errors=True)
    team.wait()


def model_id_of(config: MusicgenConfig, snapshot_digest: str) -> str:
    """Name of the model that this config makes of this snapshot."""
    asked = asdict(config)
    if config.captions is not None:  # the words count, not where they lie
        words = read_captions(Path(config.captions)).sort("track_id").rows()
        asked["captions"] = hashlib.sha256(json.dumps(words).encode()).hexdigest()
    told = json.dumps([TRAINER_VERSION, asked, snapshot_digest], sort_keys=True)
    digest = hashlib.sha256(told.encode()).hexdigest()[:10]
    return f"{KIND}-{Path(config.base).name}-{digest}"


def _base(home: Home, config: MusicgenConfig, tell: OnProgress) -> Base:
    if config.base == TINY:
        from training.musicgen.tiny import ensure_tiny

        tell(Progress(STAGE, 0, config.steps, "preparing the tiny base"))
        ensure_tiny(home)
    return find_base(home, config.base, download=True)


def _meta(
    home: Home, config: MusicgenConfig, base: Base, snapshot: Snapshot, metrics: dict[str, Any]
) -> dict[str, Any]:
    counted = snapshot.rows.group_by("licence").len().sort("licence")
    tracks_allow = bool(snapshot.rows["commercial_use"].fill_null(False).all())
    parent = models.production(home, KIND)
    return {
        "model_id": model_id_of(config, snapshot.digest),
        "kind": KIND,
        "created_at": datetime.now(UTC).isoformat(),
        "code_version": code_version(),
        "environment": environment(),
        "config": asdict(config) | {"learning_rate": config.rate, "window_s": config.window},
        "snapshot": {"name": snapshot.name, "digest": snapshot.digest},
        "base": base.name,
        "licence": base.licence or _UNKNOWN_LICENCE,
        "commercial_use": base.commercial_use and tracks_allow,
        "training_licences": dict(counted.iter_rows()),
        "parent": parent.model_id if parent else None,
        "metrics": metrics,
    }


def _write_model(folder: Path, trainable: Trainable, meta: dict[str, Any], samples: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        trainable.save(aside)
        write_meta(aside, meta)
        if samples.is_dir():
            shutil.copytree(samples, aside / "samples")
        aside.chmod(0o755)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _register(home: Home, meta: dict[str, Any]) -> None:
    if any(record.model_id == meta["model_id"] for record in models.list_models(home, KIND)):
        return
    models.register(
        home,
        models.ModelRecord(
            model_id=meta["model_id"],
            kind=KIND,
            snapshot=meta["snapshot"]["name"],
            snapshot_digest=meta["snapshot"]["digest"],
            base=meta["base"],
            licence=meta["licence"],
            commercial_use=meta["commercial_use"],
            metrics=meta["metrics"],
            parent=meta["parent"],
            created_at=datetime.fromisoformat(meta["created_at"]),
        ),
    )
