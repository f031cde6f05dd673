"""Learns one field of the catalog, genre or mood: choose a head, calibrate it, measure it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from training import evaluation
from training.calibration import Calibration, fit_calibration, fit_thresholds, probabilities
from training.dataset import FIELDS, Examples
from training.heads import Fit, Head, HeadConfig, fit_head

CANDIDATES: Final = (
    HeadConfig(weight_decay=0.03),
    HeadConfig(weight_decay=0.5),
    HeadConfig(weight_decay=0.1, embedding=False),
    HeadConfig(hidden=128, dropout=0.4, weight_decay=0.3, learning_rate=0.002),
)
"""Heads that compete on held-out tracks."""

EXCLUSIVE: Final = {"genre": True, "mood": False}
"""A track has one genre; moods don't exclude each other, though one is stated for each track."""

FOLDS: Final = 5

FEW_TRACKS: Final = 1000
"""Labelled tracks below which heads are chosen by folds instead of one validation split."""


@dataclass(frozen=True)
class FieldModel:
    """A field that was learnt: scores to probabilities to labels.

    ``thresholds`` (classes,): a label below the threshold of its class is not given.
    ``centres`` (genres, inputs): what is usual for each genre, taken off the inputs in proportion
    to the genre's probability before they are judged; None for a field that stands alone.
    """

    field: str
    words: tuple[str, ...]
    head: Head
    calibration: Calibration
    thresholds: np.ndarray
    centres: np.ndarray | None = None

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, classes) of ``inputs`` (n, inputs)."""
        return probabilities(
            self.head.scores(inputs), self.calibration, exclusive=EXCLUSIVE[self.field]
        )


def learn_field(
    field: str,
    examples: Examples,
    *,
    seed: int,
    precision: float,
    genre: FieldModel | None = None,
    candidates: Sequence[HeadConfig] = CANDIDATES,
    on_candidate: Callable[[int, str], None] = lambda done, note: None,
) -> tuple[FieldModel, dict[str, Any]]:
    """The model of ``field`` and its figures on the test split.

    The head with the lowest held-out loss is trained again on train and validation together for
    as many epochs. Calibration and thresholds come from predictions on folds left out of training,
    folds that keep groups whole, so the test split stays unseen. With ``genre``, the field is
    learnt from how a track differs from what is usual for its genre: a calm rock song is no
    ambient piece.
    """
    labels = examples.labels(field)
    seen = np.flatnonzero((labels >= 0) & (examples.split != "test"))
    words = _words(field, labels[seen])
    inputs, centres = examples.inputs, None
    if genre is not None:
        inputs, centres = relative_to_genre(examples, genre)
    task = _Task(field, words, examples, inputs, _remap(field, labels, words), seed)
    choice, trials = task.choose(candidates, on_candidate)
    scores, truth = task.held_out_scores(choice)
    exclusive = EXCLUSIVE[field]
    calibration = fit_calibration(scores, truth, exclusive=exclusive)
    p = probabilities(scores, calibration, exclusive=exclusive)
    thresholds = fit_thresholds(p, truth, precision=precision)
    head = task.fit(choice, task.rows("train", "validation")).head
    model = FieldModel(field, words, head, calibration, thresholds, centres)
    return model, {"trials": trials, **task.measure(model), "leaky": task.leaky(choice)}


class _Task:
    """One field of one set of examples, with its labels as indices into ``words``."""

    def __init__(
        self,
        field: str,
        words: tuple[str, ...],
        examples: Examples,
        inputs: np.ndarray,
        labels: np.ndarray,
        seed: int,
    ) -> None:
        self.field, self.words, self.examples = field, words, examples
        self.inputs, self.labels, self.seed = inputs, labels, seed

    def rows(self, *splits: str) -> np.ndarray:
        """Labelled rows of ``splits``."""
        return np.flatnonzero((self.labels >= 0) & np.isin(self.examples.split, splits))

    def fit(self, config: HeadConfig, rows: np.ndarray, held: np.ndarray | None = None) -> Fit:
        unread = 0 if config.embedding else self.examples.embeddings.shape[1]
        inputs = self.inputs[:, unread:]
        fit = fit_head(
            inputs[rows],
            self.labels[rows],
            len(self.words),
            config,
            exclusive=EXCLUSIVE[self.field],
            seed=self.seed,
            validation=None if held is None else (inputs[held], self.labels[held]),
        )
        return replace(fit, head=fit.head.behind(unread)) if unread else fit

    def choose(
        self, candidates: Sequence[HeadConfig], on_candidate: Callable[[int, str], None]
    ) -> tuple[HeadConfig, list[dict[str, Any]]]:
        """The candidate with the lowest held-out loss, its epochs set to the best found."""
        trials, best, lowest = [], candidates[0], np.inf
        for done, config in enumerate(candidates, start=1):
            losses = self.held_out_losses(config)
            epochs, loss = int(losses.argmin()) + 1, float(losses.min())
            if loss < lowest:
                best, lowest = replace(config, epochs=epochs), loss
            trials.append(
                {
                    "embedding": config.embedding,
                    "hidden": config.hidden,
                    "dropout": config.dropout,
                    "weight_decay": config.weight_decay,
                    "epochs": epochs,
                    "validation_loss": loss,
                    "losses": [round(value, 5) for value in losses.tolist()],
                }
            )
            on_candidate(done, f"{self.field}: validation loss {loss:.3f}")
        return best, trials

    def held_out_losses(self, config: HeadConfig) -> np.ndarray:
        """Loss after each epoch on the validation split, or the mean of several folds.

        A small catalog's validation split is a handful of tracks, and what it prefers is chance:
        below ``FEW_TRACKS``, train and validation are folded by group and each fold counts once.
        """
        rows = self.rows("train", "validation")
        if len(rows) >= FEW_TRACKS:
            pairs = [(self.rows("train"), self.rows("validation"))]
        else:
            pairs = [
                (rows[inside], rows[outside])
                for inside, outside in group_folds(self.examples.groups[rows], FOLDS, self.seed)
            ]
        curves = [np.array(self.fit(config, inside, held).losses) for inside, held in pairs]
        length = max(map(len, curves))
        padded = [np.pad(curve, (0, length - len(curve)), mode="edge") for curve in curves]
        return np.average(padded, axis=0, weights=[len(held) for _, held in pairs])

    def held_out_scores(self, config: HeadConfig) -> tuple[np.ndarray, np.ndarray]:
        """Scores of train and validation rows, each by a head that never saw its group.

        A row whose word only its own group holds is left out: a head that never saw the word says
        nothing about one that did.
        """
        rows = self.rows("train", "validation")
        scores = np.zeros((len(rows), len(self.words)), np.float32)
        fair = np.zeros(len(rows), dtype=bool)
        for inside, outside in group_folds(self.examples.groups[rows], FOLDS, self.seed):
            head = self.fit(config, rows[inside]).head
            scores[outside] = head.scores(self.inputs[rows[outside]])
            fair[outside] = np.isin(self.labels[rows[outside]], self.labels[rows[inside]])
        return scores[fair], self.labels[rows[fair]]

    def measure(self, model: FieldModel) -> dict[str, Any]:
        """Figures on the test split, with the baselines that cost nothing."""
        test = self.rows("test")
        truth = self.labels[test]
        p = model.probabilities(self.inputs[test])
        groups = self.examples.groups[test]
        tags = [self.examples.tags[row] for row in test]
        return {
            **evaluation.report(p, truth, groups, model.thresholds, self.words),
            "majority": evaluation.majority(
                self.labels[self.rows("train")], truth, len(self.words)
            ),
            "zero_shot": evaluation.zero_shot(self.field, tags, truth, self.words),
        }

    def leaky(self, config: HeadConfig) -> dict[str, float]:
        """The same figures when artists stand on both sides: what a careless split would claim."""
        rows = self.rows("train", "validation", "test")
        mixed = np.random.default_rng(self.seed).permutation(rows)
        test = mixed[: len(self.rows("test"))]
        head = self.fit(config, mixed[len(test) :]).head
        found = head.scores(self.inputs[test]).argmax(axis=1)
        confusion = evaluation.metrics.confusion_matrix(self.labels[test], found, len(self.words))
        return {
            "accuracy": evaluation.metrics.accuracy(confusion),
            "macro_f1": evaluation.metrics.macro_f1(confusion),
        }


def relative_to_genre(examples: Examples, genre: FieldModel) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, d) without what is usual for the track's genre, and those centres (genres, d).

    Centres are means over tracks outside the test split, drawn towards the mean of all where a
    genre has few. A stated genre counts where training may know it; elsewhere its probability.
    """
    inputs, labels = examples.inputs, _remap("genre", examples.labels("genre"), genre.words)
    seen = examples.split != "test"
    overall = inputs[seen].mean(axis=0)
    centres = []
    for place in range(len(genre.words)):
        own = inputs[seen & (labels == place)]
        centres.append((own.sum(axis=0) + overall) / (len(own) + 1))
    table = np.stack(centres).astype(np.float32)
    p = genre.probabilities(inputs)
    stated = seen & (labels >= 0)
    p[stated] = np.eye(len(genre.words))[labels[stated]]
    return (inputs - p @ table).astype(np.float32), table


def group_folds(
    groups: np.ndarray, folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows inside and outside of each of ``folds`` folds; a group is never on both sides.

    With fewer groups than folds there are as many folds as groups; one group alone gives one fold
    that is inside and outside at once.
    """
    names = np.unique(groups)
    count = min(folds, len(names))
    if count < 2:
        yield np.arange(len(groups)), np.arange(len(groups))
        return
    fold_of = dict(zip(np.random.default_rng(seed).permutation(names), _cycle(count), strict=False))
    fold = np.array([fold_of[group] for group in groups])
    for part in range(count):
        yield np.flatnonzero(fold != part), np.flatnonzero(fold == part)


def _cycle(count: int) -> Iterator[int]:
    from itertools import cycle

    return cycle(range(count))


def _words(field: str, labels: np.ndarray) -> tuple[str, ...]:
    """The words that training shows, in the vocabulary's order."""
    return tuple(word for place, word in enumerate(FIELDS[field]) if place in set(labels.tolist()))


def _remap(field: str, labels: np.ndarray, words: tuple[str, ...]) -> np.ndarray:
    """Indices into the vocabulary as indices into ``words``; -1 for none and for unseen words."""
    table = np.array([words.index(w) if w in words else -1 for w in FIELDS[field]] + [-1])
    return table[labels]
