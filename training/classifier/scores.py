"""How good a classifier's answers are on tracks it never saw, beside what costs nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from data_catalog.vocabulary import genre_of, mood_of
from training.classifier import metrics


def report(
    p: np.ndarray,
    true: np.ndarray,
    groups: np.ndarray,
    given: np.ndarray,
    words: Sequence[str],
) -> dict[str, Any]:
    """The figures of one field on the test split, ready for JSON.

    ``p`` (n, classes) calibrated probabilities, ``true`` (n,) class indices, ``groups`` (n,) what
    is resampled together, ``given`` (n,) which labels are given, ``words`` the classes' names.
    """
    classes = len(words)
    found = p.argmax(axis=1)
    confidence = p.max(axis=1, initial=0)
    right = found == true

    def f1_of(rows: np.ndarray) -> float:
        return metrics.macro_f1(metrics.confusion_matrix(true[rows], found[rows], classes))

    confusion = metrics.confusion_matrix(true, found, classes)
    return {
        "tracks": len(true),
        "macro_f1": asdict(metrics.bootstrap(f1_of, groups)),
        "accuracy": metrics.accuracy(confusion),
        "calibration_error": metrics.calibration_error(confidence, right),
        "reliability": metrics.calibration_bins(confidence, right),
        "labelled_share": float(given.mean()),
        "labelled_precision": _interval_of(right[given], groups[given]),
        "roc_auc": _mean(metrics.roc_auc(true == c, p[:, c]) for c in range(classes)),
        "pr_auc": _mean(metrics.average_precision(true == c, p[:, c]) for c in range(classes)),
        "words": list(words),
        "confusion": confusion.tolist(),
        "classes": _per_class(confusion, words),
    }


def _interval_of(right: np.ndarray, groups: np.ndarray) -> dict[str, float] | None:
    """The share right with its interval; None without any."""
    if not len(right):
        return None
    return asdict(metrics.bootstrap(lambda rows: float(right[rows].mean()), groups))


def majority(train: np.ndarray, true: np.ndarray, classes: int) -> dict[str, float]:
    """Accuracy and macro-F1 of always answering the commonest class of ``train`` (n,)."""
    counts = np.bincount(train, minlength=classes)
    return figures(true, np.tile(counts, (len(true), 1)))


def figures(true: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Accuracy and macro-F1 of the highest of ``scores`` (n, classes); ``true`` (n,) classes."""
    confusion = metrics.confusion_matrix(true, scores.argmax(axis=1), scores.shape[1])
    return {"accuracy": metrics.accuracy(confusion), "macro_f1": metrics.macro_f1(confusion)}


def zero_shot(
    field: str, tags: Sequence[dict[str, float]], true: np.ndarray, words: Sequence[str]
) -> dict[str, Any] | None:
    """The same of the pretrained tags alone: each word scores its likeliest tag, untrained.

    Words that no tag means can't be found; ``covered`` lists the others. None without any.
    """
    meaning = genre_of if field == "genre" else mood_of
    tags_of = defaultdict(list)
    for tag in tags[0] if tags else ():
        word = meaning(tag)
        if word in words:
            tags_of[word].append(tag)
    if not tags_of:
        return None
    scores = np.array(
        [[max((row[t] for t in tags_of[word]), default=-1.0) for word in words] for row in tags]
    )
    return {
        **figures(true, scores),
        "covered": sorted(word for word in tags_of if tags_of[word]),
    }


def _per_class(confusion: np.ndarray, words: Sequence[str]) -> dict[str, dict[str, float | None]]:
    parts = zip(("precision", "recall", "f1"), metrics.class_scores(confusion), strict=True)
    columns = {name: [_finite(value) for value in values] for name, values in parts}
    columns["tracks"] = confusion.sum(axis=1).tolist()
    return {
        word: {name: values[place] for name, values in columns.items()}
        for place, word in enumerate(words)
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _mean(values: Any) -> float | None:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else None
