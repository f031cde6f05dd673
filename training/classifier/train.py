"""The genre and mood classifier: snapshot in, model folder and labels out.

It reads top to bottom: configuration, training, and the labels that flow back into the catalog.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.tables.store import Store
from features.errors import ShiroaError
from features.progress import Progress
from training.classifier.dataset import (
    FIELDS,
    DatasetError,
    inputs_of,
    load_examples,
    require_labels,
)
from training.classifier.field import CANDIDATES, FieldModel, learn_field
from training.classifier.file import Classifier, load_classifier, save_classifier
from training.classifier.report import write_classifier_page
from training.model import TrainedModel
from training.record import code_version, environment, model_name

KIND: Final = "classifier"
LICENCE: Final = "Apache-2.0"
BASE: Final = "musicnn 0.1.0 MSD_musicnn (ISC)"

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class ClassifierConfig:
    """``precision`` is the share of given labels that must be right: the dial for the user."""

    snapshot: str
    seed: int = 0
    precision: float = 0.9

    def __post_init__(self) -> None:
        if not 0 < self.precision < 1:
            raise DatasetError(f"precision={self.precision}: must be between 0 and 1, such as 0.9")


class NoModelError(ShiroaError, LookupError):
    """No classifier to label with; the message says how to get one."""


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
    reasons = {field: require_labels(examples, field) for field in FIELDS}
    wanted = [field for field, reason in reasons.items() if reason is None]
    if not wanted:
        raise DatasetError(
            f"snapshot {config.snapshot!r}: " + "; ".join(filter(None, reasons.values()))
        )
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
    classifier = Classifier(fields, examples.embeddings.shape[1], examples.descriptors.shape[1])
    metrics: dict[str, Any] = {
        **_headline(figures),
        "tracks": len(examples),
        "no_features": examples.left_out,
    }
    metrics |= {f"{field}_left_out": reason for field, reason in reasons.items() if reason}
    return _keep(home, config, snapshot, classifier, metrics, figures)


def label_tracks(home: Home, model_id: str | None = None) -> int:
    """Label every track that has features; returns how many labels are new.

    ``model_id`` None takes the model in production, else the newest. Labels below the threshold of
    their class, and those of tracks unlike what the model learnt from, are stored as not accepted,
    so the catalog shows null and an analyst still sees them. Raises ``NoModelError`` or
    ``ModelFileError``.
    """
    from data_catalog.labels import add_labels

    model_id = model_or_latest(home, model_id)
    classifier = load_classifier(home.models / model_id)
    track_ids, inputs = classifier_inputs(home, classifier)
    if not track_ids:
        return 0
    rows = []
    for field, p in classifier.probabilities(inputs).items():
        model = classifier.fields[field]
        best, confidence = p.argmax(axis=1), p.max(axis=1)
        accepted = model.gives(inputs, p)
        rows += [
            {
                "track_id": track_id,
                "field": field,
                "value": model.words[best[row]],
                "confidence": float(confidence[row]),
                "accepted": bool(accepted[row]),
                "origin": "model",
                "model_id": model_id,
            }
            for row, track_id in enumerate(track_ids)
        ]
    added = add_labels(home, rows)
    Store(home).settle()
    return added


def classifier_inputs(home: Home, classifier: Classifier) -> tuple[list[str], np.ndarray]:
    """Tracks that ``classifier`` can judge, and their inputs float32 (n, d)."""
    found = inputs_of(home).filter(pl.col("descriptors").list.len() == classifier.descriptor_size)
    columns = ["descriptors"]
    if classifier.embedding_size:
        found = found.filter(pl.col("embedding").list.len() == classifier.embedding_size)
        columns = ["embedding", "descriptors"]
    if found.is_empty():
        return [], np.zeros((0, 0), np.float32)
    parts = [
        found[name].explode().cast(pl.Float32).to_numpy().reshape(found.height, -1)
        for name in columns
    ]
    inputs = np.nan_to_num(np.concatenate(parts, axis=1), posinf=0, neginf=0)
    return found["track_id"].to_list(), inputs


def model_or_latest(home: Home, model_id: str | None = None) -> str:
    """``model_id``, else the classifier in production, else the newest; ``NoModelError``."""
    from data_catalog.models import list_models, production

    if model_id:
        return model_id
    serving = production(home, KIND)
    if serving is not None:
        return serving.model_id
    known = list_models(home, KIND)
    if not known:
        raise NoModelError("no classifier yet: run `shiroa train classifier --snapshot NAME`")
    return known[0].model_id


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
    metrics: dict[str, Any],
    figures: dict[str, Any],
) -> TrainedModel:
    """Write the folder aside, move it into place, register it as a candidate."""
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
        "metrics": metrics,
        "figures": figures,
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
            metrics=metrics,
            parent=parent,
            created_at=now,
        ),
    )
    return TrainedModel(model_id, home.models / model_id, metrics)


def _all_commercial(rows: pl.DataFrame) -> bool:
    return "commercial_use" in rows.columns and bool(rows["commercial_use"].fill_null(False).all())


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    if column not in rows.columns:
        return {}
    counted = rows[column].fill_null("unknown").value_counts()
    return dict(sorted(zip(counted[column], counted["count"], strict=True)))
