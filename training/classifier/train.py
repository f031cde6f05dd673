"""The genre and mood classifier: a snapshot in, a model folder out. Labels: ``label``."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

import polars as pl

from data_catalog.home import Home
from features.progress import Progress
from training.classifier.dataset import (
    FIELDS,
    DatasetError,
    Examples,
    load_examples,
    require_labels,
)
from training.classifier.field import CANDIDATES, FieldModel, learn_field
from training.classifier.file import save_classifier
from training.classifier.model import Classifier
from training.classifier.report import write_classifier_page
from training.model import TrainedModel
from training.record import code_version, environment, model_name

KIND: Final = "classifier"
LICENCE: Final = "Apache-2.0"
BASE: Final = "musicnn 0.1.0 MSD_musicnn (ISC)"

OnProgress = Callable[[Progress], None]

Stage = Literal["features", "mel"]
"""What a classifier hears: stored features alone, or the tracks' audio beside them."""


@dataclass(frozen=True)
class ClassifierConfig:
    """``precision`` is the share of given labels that must be right: the dial for the user.

    ``stage``: ``features`` reads what was extracted; ``mel`` also listens to the audio.
    """

    snapshot: str
    seed: int = 0
    precision: float = 0.9
    stage: Stage = "features"

    def __post_init__(self) -> None:
        if self.stage not in get_args(Stage):
            raise DatasetError(f"stage={self.stage!r}: must be features or mel")
        if not 0 < self.precision < 1:
            raise DatasetError(f"precision={self.precision}: must be between 0 and 1, such as 0.9")


def train_classifier(
    home: Home, config: ClassifierConfig, on_progress: OnProgress | None = None
) -> TrainedModel:
    """Train on a snapshot, measure on its test split, write and register the model.

    A field that can't be learnt (no labels, one class) is left out with its reason in the metrics.
    Raises ``DatasetError`` when none can, naming each reason.
    """
    from data_catalog.snapshots.snapshot import load_snapshot

    snapshot = load_snapshot(home, config.snapshot)
    examples = load_examples(home, config.snapshot)
    wanted, reasons = _learnable(config, examples)
    network, listening, tracks = None, dict[str, Any](), len(examples)
    if config.stage == "mel":
        from training.classifier.stage import listen

        examples, network, listening = listen(home, examples, seed=config.seed, tell=on_progress)
        wanted, reasons = _learnable(config, examples)
    fields: dict[str, FieldModel] = {}
    figures: dict[str, Any] = {}
    for place, field in enumerate(wanted):

        def tell(done: int, note: str, place: int = place) -> None:
            if on_progress:
                total = len(wanted) * len(CANDIDATES)
                on_progress(Progress("train", place * len(CANDIDATES) + done, total, note))

        fields[field], figures[field] = learn_field(
            field,
            examples,
            seed=config.seed,
            precision=config.precision,
            on_candidate=tell,
        )
    sizes = examples.embeddings.shape[1], examples.descriptors.shape[1]
    metrics: dict[str, Any] = {
        **_headline(figures),
        "tracks": tracks,
        "no_features": examples.left_out,
    }
    metrics |= {f"{field}_left_out": reason for field, reason in reasons.items()}
    if listening:
        metrics["no_audio"] = len(listening["no_audio"])
    told = {"metrics": metrics, "figures": figures} | ({"mel": listening} if listening else {})
    return _keep(home, config, snapshot, Classifier(fields, *sizes, network), told)


def _learnable(config: ClassifierConfig, examples: Examples) -> tuple[list[str], dict[str, str]]:
    """The fields that can be learnt, and why others can't; ``DatasetError`` when none can."""
    found = {field: require_labels(examples, field) for field in FIELDS}
    reasons = {field: reason for field, reason in found.items() if reason}
    if len(reasons) == len(found):
        raise DatasetError(f"snapshot {config.snapshot!r}: " + "; ".join(reasons.values()))
    return [field for field in found if field not in reasons], reasons


def _headline(figures: dict[str, Any]) -> dict[str, float]:
    """The few figures that a list of models shows."""
    line: dict[str, float] = {}
    for field, found in figures.items():
        line |= {
            f"{field}_macro_f1": found["macro_f1"]["value"],
            f"{field}_majority_f1": found["majority"]["macro_f1"],
            f"{field}_calibration_error": found["calibration_error"],
            f"{field}_labelled_share": found["labelled_share"],
        }
    return line


def _keep(
    home: Home,
    config: ClassifierConfig,
    snapshot: Any,
    classifier: Classifier,
    told: dict[str, Any],
) -> TrainedModel:
    """Write the folder aside, move it into place, register it as a candidate.

    ``told`` is what the training has to say of itself: its metrics and figures.
    """
    from data_catalog.models import ModelRecord, production, register

    now = datetime.now(UTC)
    digest = hashlib.sha256(
        json.dumps([asdict(config), snapshot.digest, now.isoformat()]).encode()
    ).hexdigest()
    model_id = model_name(KIND, digest, now)
    serving = production(home, KIND)
    commercial = _all_commercial(snapshot.rows)
    parent = serving.model_id if serving else None
    base = BASE if classifier.embedding_size else ""
    meta = {
        "model_id": model_id,
        "kind": KIND,
        "created_at": now.isoformat(),
        "code_version": code_version(),
        "environment": environment(),
        "config": asdict(config),
        "snapshot": {"name": snapshot.name, "digest": snapshot.digest},
        "base": base,
        "licence": LICENCE,
        "commercial_use": commercial,
        "training_licences": _counts(snapshot.rows, "licence"),
        "parent": parent,
        **told,
    }
    home.models.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=home.models, prefix=".making-"))
    try:
        save_classifier(aside, classifier, meta)
        write_classifier_page(aside)
        aside.chmod(0o755)
        aside.rename(home.models / model_id)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    register(
        home,
        ModelRecord(
            model_id=model_id,
            kind=KIND,
            snapshot=snapshot.name,
            snapshot_digest=snapshot.digest,
            base=base,
            licence=LICENCE,
            commercial_use=commercial,
            metrics=told["metrics"],
            parent=parent,
            created_at=now,
        ),
    )
    return TrainedModel(model_id, home.models / model_id, told["metrics"])


def _all_commercial(rows: pl.DataFrame) -> bool:
    return "commercial_use" in rows.columns and bool(rows["commercial_use"].fill_null(False).all())


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    if column not in rows.columns:
        return {}
    counted = rows[column].fill_null("unknown").value_counts()
    return dict(sorted(zip(counted[column], counted["count"], strict=True)))
