"""A classifier's labels flow back into the catalog, below those of people and sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.tables.store import Store
from features.errors import ShiroaError
from training.classifier.dataset import inputs_of
from training.classifier.file import load_classifier
from training.classifier.model import Classifier
from training.classifier.train import KIND, OnProgress


class NoModelError(ShiroaError, LookupError):
    """No classifier to label with; the message says how to get one."""


@dataclass(frozen=True)
class Labelling:
    """How many labels are new. ``unheard``: by track why a model that listens could not hear it;
    such a track got none.
    """

    added: int
    unheard: dict[str, str]

    @property
    def warning(self) -> str | None:
        """For a person: which tracks have no label, why, and what to do; None when all have."""
        if not self.unheard:
            return None
        from training.classifier.windows import explained

        return f"a model of stage mel labels what it hears alone: {explained(self.unheard)}"


@dataclass(frozen=True)
class CatalogInputs:
    """Tracks that a classifier can judge, with its inputs float32 (n, width), and ``unheard``."""

    track_ids: list[str]
    inputs: np.ndarray
    unheard: dict[str, str]


def label_tracks(
    home: Home, model_id: str | None = None, on_progress: OnProgress | None = None
) -> Labelling:
    """Label every track that has features.

    ``model_id`` None takes the model in production, else the newest. Labels below the threshold of
    their class, and those of tracks unlike what the model learnt from, are stored as not accepted,
    so the catalog shows null and an analyst still sees them. Raises ``NoModelError`` or
    ``ModelFileError``.
    """
    from data_catalog.labels import add_labels

    model_id = model_or_latest(home, model_id)
    classifier = load_classifier(home.models / model_id)
    judged = classifier_inputs(home, classifier, on_progress)
    if not judged.track_ids:
        return Labelling(0, judged.unheard)
    rows = []
    for field, p in classifier.probabilities(judged.inputs).items():
        model = classifier.fields[field]
        best, confidence = p.argmax(axis=1), p.max(axis=1)
        accepted = model.gives(judged.inputs, p)
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
            for row, track_id in enumerate(judged.track_ids)
        ]
    added = add_labels(home, rows)
    Store(home).settle()
    return Labelling(added, judged.unheard)


def classifier_inputs(
    home: Home, classifier: Classifier, on_progress: OnProgress | None = None
) -> CatalogInputs:
    """What ``classifier`` reads of the catalog's tracks; one that listens reads their audio too."""
    found = inputs_of(home).filter(pl.col("descriptors").list.len() == classifier.descriptor_size)
    columns = ["descriptors"]
    if classifier.embedding_size:
        found = found.filter(pl.col("embedding").list.len() == classifier.embedding_size)
        columns = ["embedding", "descriptors"]
    if found.is_empty():
        return CatalogInputs([], np.zeros((0, 0), np.float32), {})
    track_ids = found["track_id"].to_list()
    parts = [
        found[name].explode().cast(pl.Float32).to_numpy().reshape(found.height, -1)
        for name in columns
    ]
    inputs = np.nan_to_num(np.concatenate(parts, axis=1), posinf=0, neginf=0)
    if classifier.network is None:
        return CatalogInputs(track_ids, inputs, {})
    from training.classifier.windows import hear

    heard, unheard = hear(home, classifier.network, track_ids, on_progress)
    rows = [row for row, track_id in enumerate(track_ids) if track_id not in unheard]
    inputs = np.concatenate([heard, inputs], axis=1)[rows]
    return CatalogInputs([track_ids[row] for row in rows], inputs, unheard)


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
