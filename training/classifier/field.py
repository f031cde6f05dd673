"""Learns one field of the catalog, genre or mood: choose a head, calibrate it, measure it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from training.classifier import scores as evaluation
from training.classifier.calibration import (
    Calibration,
    calibrated_loss,
    fit_calibration,
    probabilities,
)
from training.classifier.dataset import FIELDS, Examples, heard_columns
from training.classifier.folds import group_folds, mean_curve
from training.classifier.heads import Fit, Head, HeadConfig, fit_head
from training.classifier.novelty import Guard, fit_guard
from training.classifier.thresholds import fit_thresholds

CANDIDATES: Final = (
    HeadConfig(shrinkage=0.2, embedding=0),
    HeadConfig(shrinkage=0.3, embedding=0.25),
    HeadConfig(weight_decay=0.03),
    HeadConfig(hidden=128, dropout=0.4, weight_decay=0.3, learning_rate=0.002),
)
"""Heads that compete on held-out tracks."""

EXCLUSIVE: Final = {"genre": True, "mood": False}
"""A track has one genre; moods don't exclude each other, though one is stated for each track."""

FOLDS: Final = 5

CALIBRATION_FOLDS: Final = 10
"""Folds of a small catalog for calibration: each head then knows nearly what the last one will."""

FEW_TRACKS: Final = 1000
"""Labelled tracks below which heads are chosen by folds instead of one validation split."""


@dataclass(frozen=True)
class FieldModel:
    """A field that was learnt: scores to probabilities to labels.

    ``thresholds`` (classes,): a label below the threshold of its class is not given, nor one for a
    track unlike those learnt from, which ``guard`` tells. ``hears``: the inputs begin with what
    stage ``mel`` tells, which joins the head's scores in the calibration.
    """

    field: str
    words: tuple[str, ...]
    head: Head
    calibration: Calibration
    thresholds: np.ndarray
    guard: Guard
    hears: bool = False

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, classes) of ``inputs`` (n, inputs)."""
        return probabilities(
            self.head.scores(inputs),
            self.calibration,
            exclusive=EXCLUSIVE[self.field],
            heard=inputs[:, heard_columns(self.field, self.words)] if self.hears else None,
        )

    def gives(self, inputs: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Whether the likeliest word of ``p`` (n, classes) is given to ``inputs``, bool (n,)."""
        sure: np.ndarray = p.max(axis=1, initial=0) >= self.thresholds[p.argmax(axis=1)]
        return sure & self.guard.knows(inputs)


def learn_field(
    field: str,
    examples: Examples,
    *,
    seed: int,
    precision: float,
    candidates: Sequence[HeadConfig] = CANDIDATES,
    on_candidate: Callable[[int, str], None] = lambda done, note: None,
) -> tuple[FieldModel, dict[str, Any]]:
    """The model of ``field`` and its figures on the test split.

    The head with the lowest held-out loss is trained again on train and validation together for
    as many epochs. Calibration and thresholds come from predictions on folds left out of training,
    folds that keep groups whole, so the test split stays unseen.
    """
    labels = examples.labels(field)
    seen = np.flatnonzero((labels >= 0) & (examples.split != "test"))
    words = _words(field, labels[seen])
    task = _Task(field, words, examples, _remap(field, labels, words), seed)
    choice, trials = task.choose(candidates, on_candidate)
    few = len(task.rows("train", "validation")) < FEW_TRACKS
    held = task.held_out(choice, seed, CALIBRATION_FOLDS if few else FOLDS)
    exclusive = EXCLUSIVE[field]
    scores, truth, heard = held.fair_rows
    calibration = fit_calibration(scores, truth, exclusive=exclusive, heard=heard)
    p = probabilities(held.scores, calibration, exclusive=exclusive, heard=held.heard)
    thresholds = fit_thresholds(p, held.true, held.groups, precision=precision)
    head = task.fit(choice, task.rows("train", "validation")).head
    hears = task.heard is not None
    model = FieldModel(field, words, head, calibration, thresholds, task.guard(), hears)
    return model, {"trials": trials, **task.measure(model), "leaky": task.leaky(choice)}


@dataclass(frozen=True)
class _HeldOut:
    """Scores (n, classes), true classes (n,) and groups (n,) of rows left out of training.

    ``fair`` (n,) is false where only the row's own group holds its word. A head that never saw the
    word says nothing about one that did, so calibration leaves such rows out. Thresholds count them
    as wrong: whether the word is known in another artist's music, nobody has seen. ``heard``
    (n, classes) is what stage ``mel`` says of them, without it None.
    """

    scores: np.ndarray
    true: np.ndarray
    groups: np.ndarray
    fair: np.ndarray
    heard: np.ndarray | None

    @property
    def fair_rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Scores, true classes and what was heard of the fair rows."""
        heard = None if self.heard is None else self.heard[self.fair]
        return self.scores[self.fair], self.true[self.fair], heard


class _Task:
    """One field of one set of examples, with its labels as indices into ``words``."""

    def __init__(
        self,
        field: str,
        words: tuple[str, ...],
        examples: Examples,
        labels: np.ndarray,
        seed: int,
    ) -> None:
        self.field, self.words, self.examples = field, words, examples
        self.inputs, self.labels, self.seed = examples.inputs, labels, seed
        self.heard: np.ndarray | None = None
        if examples.heard is not None:
            self.heard = examples.heard[:, heard_columns(field, words)]

    def rows(self, *splits: str) -> np.ndarray:
        """Labelled rows of ``splits``."""
        return np.flatnonzero((self.labels >= 0) & np.isin(self.examples.split, splits))

    def fit(self, config: HeadConfig, rows: np.ndarray, held: np.ndarray | None = None) -> Fit:
        """The head that ``config`` makes of ``rows``, with early stopping on ``held``."""
        width = self.examples.embeddings.shape[1] if config.embedding else 0
        unread = self.inputs.shape[1] - width - self.examples.descriptors.shape[1]
        inputs = self.inputs[:, unread:]
        weights = np.ones(inputs.shape[1], np.float32)
        weights[:width] = config.embedding
        fit = fit_head(
            inputs[rows],
            self.labels[rows],
            len(self.words),
            config,
            exclusive=EXCLUSIVE[self.field],
            seed=self.seed,
            validation=None if held is None else (inputs[held], self.labels[held]),
            weights=weights,
        )
        return replace(fit, head=fit.head.behind(unread)) if unread else fit

    def choose(
        self, candidates: Sequence[HeadConfig], on_candidate: Callable[[int, str], None]
    ) -> tuple[HeadConfig, list[dict[str, Any]]]:
        """The candidate with the lowest held-out loss, its epochs set to the best found.

        The loss is that after calibration, which every head gets in the end. A small catalog's
        validation split is a handful of tracks, and what it prefers is chance: below
        ``FEW_TRACKS``, train and validation are folded by group, once for epochs and once more
        for the loss.
        """
        trials, best, lowest = [], candidates[0], np.inf
        for done, asked in enumerate(candidates, start=1):
            config, curve, loss = self.attempt(asked)
            if loss < lowest:
                best, lowest = config, loss
            trials.append(asdict(config) | {"validation_loss": loss, "losses": curve})
            on_candidate(done, f"{self.field}: validation loss {loss:.3f}")
        return best, trials

    def attempt(self, config: HeadConfig) -> tuple[HeadConfig, list[float], float]:
        """``config`` with its best epochs, the loss after each epoch, and the calibrated loss."""
        rows = self.rows("train", "validation")
        few = len(rows) < FEW_TRACKS
        pairs = [(self.rows("train"), self.rows("validation"))]
        if few:
            folds = group_folds(self.examples.groups[rows], FOLDS, self.seed)
            pairs = [(rows[inside], rows[outside]) for inside, outside in folds]
        curve: list[float] = []
        fits: list[Fit] = []
        if config.shrinkage is None or not few:
            fits = [self.fit(config, inside, held) for inside, held in pairs]
        if config.shrinkage is None:
            means = mean_curve([fit.losses for fit in fits], [len(held) for _, held in pairs])
            config = replace(config, epochs=int(means.argmin()) + 1)
            curve = [round(value, 5) for value in means.tolist()]
        if few:
            scores, truth, _ = self.held_out(config, self.seed + 1, FOLDS).fair_rows
        else:
            held = pairs[0][1]
            scores, truth = fits[0].head.scores(self.inputs[held]), self.labels[held]
        return config, curve, calibrated_loss(scores, truth, exclusive=EXCLUSIVE[self.field])

    def held_out(self, config: HeadConfig, seed: int, folds: int) -> _HeldOut:
        """Scores of train and validation rows, each by a head that never saw its group."""
        rows = self.rows("train", "validation")
        groups = self.examples.groups[rows]
        scores = np.zeros((len(rows), len(self.words)), np.float32)
        fair = np.zeros(len(rows), dtype=bool)
        for inside, outside in group_folds(groups, folds, seed):
            head = self.fit(config, rows[inside]).head
            scores[outside] = head.scores(self.inputs[rows[outside]])
            fair[outside] = np.isin(self.labels[rows[outside]], self.labels[rows[inside]])
        heard = None if self.heard is None else self.heard[rows]
        return _HeldOut(scores, self.labels[rows], groups, fair, heard)

    def guard(self) -> Guard:
        """What tells tracks unlike those of train and validation."""
        rows = self.rows("train", "validation")
        folds = group_folds(self.examples.groups[rows], CALIBRATION_FOLDS, self.seed)
        return fit_guard(self.examples.descriptors[rows], folds)

    def measure(self, model: FieldModel) -> dict[str, Any]:
        """Figures on the test split, with the baselines that cost nothing."""
        test = self.rows("test")
        truth = self.labels[test]
        p = model.probabilities(self.inputs[test])
        given = model.gives(self.inputs[test], p)
        groups = self.examples.groups[test]
        tags = [self.examples.tags[row] for row in test]
        return {
            **evaluation.report(p, truth, groups, given, self.words),
            "unlike_share": float(1 - model.guard.knows(self.inputs[test]).mean()),
            "majority": evaluation.majority(
                self.labels[self.rows("train")], truth, len(self.words)
            ),
            "zero_shot": evaluation.zero_shot(self.field, tags, truth, self.words),
            **self.parts(model, test),
        }

    def parts(self, model: FieldModel, rows: np.ndarray) -> dict[str, Any]:
        """Figures on ``rows`` of the head and of stage ``mel``, each alone; none without it."""
        if self.heard is None:
            return {}
        scores = model.head.scores(self.inputs[rows])
        return {
            "heads_alone": evaluation.figures(self.labels[rows], scores),
            "mel_alone": evaluation.figures(self.labels[rows], self.heard[rows]),
        }

    def leaky(self, config: HeadConfig) -> dict[str, float]:
        """Figures of the head when artists stand on both sides: what a careless split claims."""
        rows = self.rows("train", "validation", "test")
        mixed = np.random.default_rng(self.seed).permutation(rows)
        test = mixed[: len(self.rows("test"))]
        head = self.fit(config, mixed[len(test) :]).head
        return evaluation.figures(self.labels[test], head.scores(self.inputs[test]))


def _words(field: str, labels: np.ndarray) -> tuple[str, ...]:
    """The words that training shows, in the vocabulary's order."""
    return tuple(word for place, word in enumerate(FIELDS[field]) if place in set(labels.tolist()))


def _remap(field: str, labels: np.ndarray, words: tuple[str, ...]) -> np.ndarray:
    """Indices into the vocabulary as indices into ``words``; -1 for none and for unseen words."""
    table = np.array([words.index(w) if w in words else -1 for w in FIELDS[field]] + [-1])
    return table[labels]
