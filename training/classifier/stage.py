"""Stage ``mel``: what a network that listens says of each track, beside heads that read features.

A network is sure of the tracks that it learnt from. So those of train and validation are heard by
networks that learnt from other artists, all others by one that learnt from all of these; what they
say joins the heads' scores where those are calibrated, and counts as much as it helps there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_catalog.home import Home
from features.progress import Progress
from training.arrays import save_whole
from training.classifier.dataset import FIELDS, HEARD_SIZE, DatasetError, Examples
from training.classifier.folds import group_folds, mean_curve
from training.classifier.network import CHANNELS, Network
from training.classifier.network_fit import Epoch, Labels, epochs_for, epochs_of
from training.classifier.windows import VERSION, OnProgress, explained, read_windows
from training.team import join_team

FOLDS: Final = 5

_PATIENCE: Final = 1 / 3
"""Share of all epochs without a lower held-out loss after which the training of a fold stops."""

_REVISION: Final = 1
"""Of the training: what another one left halfway is not taken over."""


def listen(
    home: Home, examples: Examples, *, seed: int, tell: OnProgress | None = None
) -> tuple[Examples, Network, dict[str, Any]]:
    """``cross_fit`` on the audio of ``examples`` that are labelled; others are left out.

    So are those without audio, which the figures name. A run that was stopped goes on from the
    folds it had done. Raises ``DatasetError`` when there is no audio at all, naming tracks and
    reasons.
    """
    labelled = np.any([examples.labels(field) >= 0 for field in FIELDS], axis=0)
    examples = examples.only(labelled)
    found = list(read_windows(home, examples.track_ids.tolist(), tell))
    faults = {one.track_id: one.fault for one in found if one.mel is None}
    if len(faults) == len(found):
        raise DatasetError(f"stage=mel: {explained(faults)}")
    examples = examples.only(np.array([one.mel is not None for one in found]))
    windows = [one.mel for one in found if one.mel is not None]
    work = home.cache / "training" / f"mel-{_digest(examples, seed)}"
    work.mkdir(parents=True, exist_ok=True)
    heard, network, figures = cross_fit(examples, windows, seed=seed, work=work, tell=tell)
    shutil.rmtree(work, ignore_errors=True)
    return heard, network, figures | {"no_audio": faults}


def cross_fit(
    examples: Examples,
    windows: Sequence[np.ndarray],
    *,
    seed: int,
    work: Path | None = None,
    tell: OnProgress | None = None,
) -> tuple[Examples, Network, dict[str, Any]]:
    """The examples with what is heard of them, the network for other tracks, and its figures.

    ``windows`` (m, frames, bands) are those of each example. The number of epochs is the one of the
    lowest loss over tracks left out of the folds; the last network takes as many. Folds that are
    done are kept in ``work`` and taken from there.
    """
    labels: Labels = [(examples.labels(field), len(words)) for field, words in FIELDS.items()]
    known = np.any([of >= 0 for of, _ in labels], axis=0)
    learnt = np.flatnonzero(known & (examples.split != "test"))
    course = _Course(windows, labels, epochs_for(len(learnt)), seed)
    folds = [
        (learnt[inside], learnt[outside])
        for inside, outside in group_folds(examples.groups[learnt], FOLDS, seed)
    ]
    total = course.epochs * (len(folds) + 1)
    trials = []
    for place, fold in enumerate(folds):
        said = _Teller(tell, place * course.epochs, total, f"fold {place + 1} of {len(folds)}")
        kept = work / f"fold-{place}.npy" if work else None
        trials.append(_kept(kept, partial(course.trial, *fold, said)))
    losses = [
        [course.loss(heard, *fold) for heard in trial]
        for trial, fold in zip(trials, folds, strict=True)
    ]
    curve = mean_curve(losses, [1] * len(losses)) * len(losses) / len(learnt)
    best = int(curve.argmin()) + 1
    said = _Teller(tell, total - best, total, "all artists")
    for done, epoch in enumerate(islice(course.networks(learnt), best), start=1):
        said(done, epoch.loss)
    heard = np.zeros((len(examples), HEARD_SIZE), np.float32)
    others = np.setdiff1d(np.arange(len(examples)), learnt)
    if len(others):
        heard[others] = epoch.network.log_odds([windows[row] for row in others])
    for trial, (_, outside) in zip(trials, folds, strict=True):
        heard[outside] = trial[min(best, len(trial)) - 1]
    figures = {
        "windows": sum(map(len, windows)),
        "epochs": best,
        "losses": [round(loss, 5) for loss in curve.tolist()],
        "precision": str(join_team().precision(CHANNELS)).removeprefix("torch."),
    }
    return replace(examples, heard=heard), epoch.network, figures


@dataclass(frozen=True)
class _Teller:
    """Tells how far a part of the training has come that begins at ``start`` of ``total``."""

    tell: OnProgress | None
    start: int
    total: int
    name: str

    def __call__(self, done: int, loss: float) -> None:
        if self.tell:
            note = f"{self.name}: loss {loss:.3f}"
            self.tell(Progress("mel", self.start + done, self.total, note, loss))


@dataclass(frozen=True)
class _Course:
    """What all trainings of a stage share; ``windows`` and ``labels`` are those of all examples."""

    windows: Sequence[np.ndarray]
    labels: Labels
    epochs: int
    seed: int

    def networks(self, rows: np.ndarray) -> Iterator[Epoch]:
        """The network of ``rows`` after each epoch."""
        return epochs_of(self.windows, self.labels, rows, epochs=self.epochs, seed=self.seed)

    def trial(self, inside: np.ndarray, outside: np.ndarray, said: _Teller) -> np.ndarray:
        """What a network of the rows ``inside`` says of those ``outside`` after each epoch.

        Float32 (epochs, n, HEARD_SIZE); it stops early when its loss there falls no more.
        """
        held = [self.windows[row] for row in outside]
        heard: list[np.ndarray] = []
        losses: list[float] = []
        for epoch in self.networks(inside):
            heard.append(epoch.network.log_odds(held))
            losses.append(self.loss(heard[-1], inside, outside))
            said(len(losses), epoch.loss)
            if len(losses) - 1 - int(np.argmin(losses)) > self.epochs * _PATIENCE:
                break
        return np.stack(heard)

    def loss(self, heard: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> float:
        """Cross-entropy, nats in all, of the labels ``outside`` whose word is known ``inside``."""
        total, first = 0.0, 0
        for of, classes in self.labels:
            rows = np.flatnonzero(np.isin(of[outside], of[inside][of[inside] >= 0]))
            total += float(np.log1p(np.exp(-heard[rows, first + of[outside][rows]])).sum())
            first += classes
        return total


def _kept(path: Path | None, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The array in ``path``, or made now and kept there, whole or not at all."""
    if path is None:
        return make()
    if not path.exists():
        save_whole(path, make())
    found: np.ndarray = np.load(path)
    return found


def _digest(examples: Examples, seed: int) -> str:
    """Names a training by all that its outcome depends on."""
    columns = [examples.track_ids, examples.split, examples.groups]
    labels = [examples.labels(field) for field in FIELDS]
    told = [_REVISION, VERSION, seed, *(column.tolist() for column in [*columns, *labels])]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
