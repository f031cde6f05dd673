"""Two classifiers on the same unseen tracks: what the gate decides by and the report shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data_catalog.home import Home
from data_catalog.models import ModelRecord
from data_catalog.snapshots.snapshot import SnapshotError, load_snapshot
from training.classifier.dataset import FIELDS, Examples, load_examples
from training.classifier.file import Classifier, load_classifier
from training.classifier.metrics import Interval, bootstrap, confusion_matrix, macro_f1


@dataclass(frozen=True)
class FieldComparison:
    """Macro-F1 of two models on the same ``tracks``, and its difference, resampled by artist.

    A field that a model does not know has None there.
    """

    field: str
    tracks: int
    candidate: Interval | None
    production: Interval | None
    difference: Interval | None


def compare_classifiers(
    home: Home, candidate: ModelRecord, production: ModelRecord | None
) -> list[FieldComparison]:
    """Compare on the test split of the candidate's snapshot.

    Tracks that the production model was trained on are left out, so that neither knows an answer.
    Raises ``SnapshotError`` or ``ModelFileError``.
    """
    examples = load_examples(home, candidate.snapshot)
    unseen = examples.split == "test"
    models = [load_classifier(home.models / candidate.model_id)]
    if production is not None:
        models.append(load_classifier(home.models / production.model_id))
        unseen &= ~np.isin(examples.track_ids, _learnt_from(home, production.snapshot))
    return [
        found
        for field in FIELDS
        if any(field in model.fields for model in models)
        and (found := _compare_field(field, examples, unseen, models)) is not None
    ]


def predict(classifier: Classifier, examples: Examples, field: str) -> np.ndarray | None:
    """Indices into ``FIELDS[field]`` (n,) of the likeliest word; None when it can't say.

    A model without embeddings reads the descriptors alone.
    """
    inputs = examples.inputs if classifier.embedding_size else examples.descriptors
    width = classifier.embedding_size + classifier.descriptor_size
    if field not in classifier.fields or inputs.shape[1] != width:
        return None
    model = classifier.fields[field]
    place = np.array([FIELDS[field].index(word) for word in model.words])
    return place[classifier.probabilities(inputs)[field].argmax(axis=1)]


def _compare_field(
    field: str, examples: Examples, unseen: np.ndarray, models: list[Classifier]
) -> FieldComparison | None:
    labels = examples.labels(field)
    rows = np.flatnonzero(unseen & (labels >= 0))
    if not len(rows):
        return None
    true, groups, classes = labels[rows], examples.groups[rows], len(FIELDS[field])
    found = [predict(model, examples, field) for model in models]
    figures = [None if f is None else _f1(true, f[rows], classes) for f in found]
    intervals = [None if figure is None else bootstrap(figure, groups) for figure in figures]
    intervals += [None] * (2 - len(intervals))
    difference = None
    if len(figures) == 2 and (ours := figures[0]) and (theirs := figures[1]):
        difference = bootstrap(lambda drawn: ours(drawn) - theirs(drawn), groups)
    return FieldComparison(field, len(rows), intervals[0], intervals[1], difference)


def _f1(true: np.ndarray, found: np.ndarray, classes: int) -> Callable[[np.ndarray], float]:
    def figure(rows: np.ndarray) -> float:
        return macro_f1(confusion_matrix(true[rows], found[rows], classes))

    return figure


def _learnt_from(home: Home, snapshot: str) -> list[str]:
    """Tracks that a model trained on ``snapshot`` has seen."""
    try:
        rows = load_snapshot(home, snapshot).rows
    except SnapshotError:
        return []
    seen: list[str] = rows.filter(rows["split"] != "test")["track_id"].to_list()
    return seen
