"""Two classifiers on the same unseen tracks: what the gate decides by and the report shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data_catalog.home import Home
from data_catalog.models import ModelRecord
from data_catalog.snapshots.snapshot import SnapshotError, load_snapshot
from training.classifier.dataset import FIELDS, Examples, load_examples
from training.classifier.file import load_classifier
from training.classifier.metrics import Interval, bootstrap, confusion_matrix, macro_f1
from training.classifier.model import Classifier


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

    Tracks that the production model was trained on are left out, so that neither knows an answer,
    and so are those that a model which listens can't hear. Raises ``SnapshotError`` or
    ``ModelFileError``.
    """
    examples = load_examples(home, candidate.snapshot)
    examples = examples.only(examples.split == "test")
    unseen = np.ones(len(examples), bool)
    models = [load_classifier(home.models / candidate.model_id)]
    if production is not None:
        models.append(load_classifier(home.models / production.model_id))
        unseen &= ~np.isin(examples.track_ids, _learnt_from(home, production.snapshot))
    read = [inputs_for(home, model, examples) for model in models]
    for inputs in read:
        if inputs is not None:
            unseen &= np.isfinite(inputs).all(axis=1)
    return [
        found
        for field in FIELDS
        if any(field in model.fields for model in models)
        and (found := _compare_field(field, examples, unseen, models, read)) is not None
    ]


def inputs_for(home: Home, classifier: Classifier, examples: Examples) -> np.ndarray | None:
    """What ``classifier`` reads of ``examples`` (n, width); None when they are of another size.

    A model without embeddings reads the descriptors alone. Where one that listens can't hear a
    track, its row is NaN.
    """
    inputs = examples.inputs if classifier.embedding_size else examples.descriptors
    if classifier.network is not None:
        from training.classifier.windows import hear

        heard, _ = hear(home, classifier.network, examples.track_ids.tolist())
        inputs = np.concatenate([heard, inputs], axis=1)
    return inputs if inputs.shape[1] == classifier.width else None


def predict(classifier: Classifier, inputs: np.ndarray | None, field: str) -> np.ndarray | None:
    """Indices into ``FIELDS[field]`` (n,) of the likeliest word; None when it can't say."""
    if field not in classifier.fields or inputs is None:
        return None
    model = classifier.fields[field]
    place = np.array([FIELDS[field].index(word) for word in model.words])
    found: np.ndarray = place[model.probabilities(inputs).argmax(axis=1)]
    return found


def _compare_field(
    field: str,
    examples: Examples,
    unseen: np.ndarray,
    models: list[Classifier],
    read: list[np.ndarray | None],
) -> FieldComparison | None:
    labels = examples.labels(field)
    rows = np.flatnonzero(unseen & (labels >= 0))
    if not len(rows):
        return None
    true, groups, classes = labels[rows], examples.groups[rows], len(FIELDS[field])
    found = [predict(*pair, field) for pair in zip(models, read, strict=True)]
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
