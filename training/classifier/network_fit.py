"""How the network of stage ``mel`` learns: a few hundred steps, one window of each track an epoch.

A step sees windows cut to a part, with bands and moments masked: SpecAugment, Park et al. (2019).
Batch normalisation stands behind each convolution, and is folded into it in what is kept. On a GPU
it computes in bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from training.classifier.heads import DivergedError, class_weights
from training.classifier.network import (
    CHANNELS,
    CONVOLUTIONS,
    KERNEL,
    STRIDE,
    Network,
    levelled,
    pooled,
)
from training.team import join_team

BATCH: Final = 32
STEPS: Final = 600
LEAST_EPOCHS: Final = 20
MOST_EPOCHS: Final = 120
"""As many epochs as make ``STEPS``, but no fewer and no more than these."""

CROP: Final = 128
"""Frames of a window that a step sees."""

_DROPOUT: Final = 0.3
_RATE: Final = 3e-3
_WEIGHT_DECAY: Final = 0.01
_WARM: Final = 0.15
_BANDS_MASKED: Final = 16
_FRAMES_MASKED: Final = 24
_EPSILON: Final = 1e-5
_LEAST_SPREAD: Final = 0.1
"""Of a mel band: one that is nearly always silent is not blown up."""

Labels = Sequence[tuple[np.ndarray, int]]
"""For each field the class of every track (n,), -1 where unknown, and how many classes it has."""


def epochs_for(tracks: int) -> int:
    """Epochs of a whole training on so many ``tracks``.

    >>> epochs_for(64), epochs_for(400), epochs_for(10_000)
    (120, 48, 20)
    """
    return int(np.clip(round(STEPS * BATCH / tracks), LEAST_EPOCHS, MOST_EPOCHS))


@dataclass(frozen=True)
class Epoch:
    """The network after an epoch, and the mean training loss in it, nats a track and field."""

    network: Network
    loss: float


def epochs_of(
    tracks: Sequence[np.ndarray], labels: Labels, rows: np.ndarray, *, epochs: int, seed: int
) -> Iterator[Epoch]:
    """Train on the ``rows`` of ``tracks``, each an array of windows (m, frames, bands).

    Yields after each of ``epochs``, at whose end the learning rate is nothing. Classes are weighted
    by the inverse root of their counts. On a processor the same seed gives the same networks.
    Raises ``DivergedError`` when the loss is not finite.
    """
    course = _Course(tracks, labels, rows, epochs, seed)
    for number in range(1, epochs + 1):
        loss = course.take_epoch()
        if not np.isfinite(loss):
            raise DivergedError(
                f"epoch {number}: the loss of the network over mel windows is {loss}; look for "
                "audio that is not finite, or train with --stage features"
            )
        yield Epoch(course.network(), loss)


class _Course:
    """One training: the network with its optimiser, and the chances that it draws."""

    def __init__(
        self,
        tracks: Sequence[np.ndarray],
        labels: Labels,
        rows: np.ndarray,
        epochs: int,
        seed: int,
    ) -> None:
        self.tracks, self.labels, self.rows = tracks, labels, rows
        self.team = join_team()
        self.rng = np.random.default_rng(seed)
        self.mean, self.scale = _spread([tracks[row] for row in rows])
        self.sizes = tuple(classes for _, classes in labels)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.body, self.last = _modules(len(self.mean), sum(self.sizes))
        self.body.to(self.team.device)
        self.last.to(self.team.device)
        self.weights = [
            class_weights(torch.from_numpy(of[rows][of[rows] >= 0]), classes).to(self.team.device)
            for of, classes in labels
        ]
        parameters = [*self.body.parameters(), *self.last.parameters()]
        self.optimizer = torch.optim.AdamW(
            parameters, lr=_RATE, weight_decay=_WEIGHT_DECAY, fused=True
        )
        self.batches = -(-len(rows) // BATCH)
        self.course = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            _RATE,
            total_steps=epochs * self.batches + 1,  # the scheduler takes one before the first
            pct_start=_WARM,
            cycle_momentum=False,
        )

    def take_epoch(self) -> float:
        """A step for each batch; the mean of their losses."""
        self.body.train()
        losses = []
        for rows in np.array_split(self.rng.permutation(self.rows), self.batches):
            x = torch.from_numpy(self._augmented(rows)).to(self.team.device)
            with self.team.autocast(CHANNELS):
                features = pooled(self.body(x.transpose(1, 2))).float()
            kept = self.rng.random(tuple(features.shape), np.float32) >= _DROPOUT
            gain = torch.from_numpy(kept.astype(np.float32) / (1 - _DROPOUT))
            loss = self._loss(self.last(features * gain.to(self.team.device)), rows)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.course.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def _augmented(self, rows: np.ndarray) -> np.ndarray:
        """A window of each of ``rows``, standardised, cut and masked: float32 (n, CROP, bands)."""
        windows = [self.tracks[row][self.rng.integers(len(self.tracks[row]))] for row in rows]
        x = levelled(np.stack(windows), self.mean, self.scale)
        start = self.rng.integers(max(x.shape[1] - CROP, 0) + 1)
        x = x[:, start : start + CROP]
        for axis, most in ((1, _FRAMES_MASKED), (2, _BANDS_MASKED)):
            width = self.rng.integers(0, most, (len(x), 1))
            first = self.rng.integers(0, x.shape[axis] - width)
            place = np.arange(x.shape[axis])
            masked = (place >= first) & (place < first + width)
            x[masked if axis == 1 else np.broadcast_to(masked[:, None], x.shape)] = 0
        return x

    def _loss(self, scores: torch.Tensor, rows: np.ndarray) -> torch.Tensor:
        """The fields' weighted cross-entropies, the mean over the labels there are."""
        total, known = scores.sum() * 0, 0
        for part, (of, _), weights in zip(
            scores.split(self.sizes, dim=1), self.labels, self.weights, strict=True
        ):
            truth = torch.from_numpy(of[rows]).to(scores.device)
            total = total + torch.nn.functional.cross_entropy(
                part, truth, weights, ignore_index=-1, reduction="sum"
            )
            known += int((of[rows] >= 0).sum())
        return total / max(known, 1)

    def network(self) -> Network:
        """What is learnt so far, with the normalisation folded into the convolutions."""
        layers = []
        learnt = self.body.state_dict()
        for place in range(0, len(self.body), 3):
            weight = learnt[f"{place}.weight"]
            gain, bias, mean, variance = (
                learnt[f"{place + 1}.{part}"]
                for part in ("weight", "bias", "running_mean", "running_var")
            )
            gain = gain / (variance + _EPSILON).sqrt()
            layers.append((_array(weight * gain[:, None, None]), _array(bias - mean * gain)))
        layers.append((_array(self.last.weight), _array(self.last.bias)))
        return Network(self.mean, self.scale, tuple(layers), self.sizes)


def _modules(bands: int, classes: int) -> tuple[torch.nn.Sequential, torch.nn.Linear]:
    body: list[torch.nn.Module] = []
    width = bands
    for _ in range(CONVOLUTIONS):
        body += [
            torch.nn.Conv1d(width, CHANNELS, KERNEL, STRIDE, KERNEL // 2, bias=False),
            torch.nn.BatchNorm1d(CHANNELS, eps=_EPSILON),
            torch.nn.ReLU(),
        ]
        width = CHANNELS
    return torch.nn.Sequential(*body), torch.nn.Linear(2 * width, classes)


def _spread(tracks: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each band (bands,), float32; tracks count alike."""
    means = np.stack([np.mean(windows, axis=(0, 1), dtype=np.float64) for windows in tracks])
    squares = [np.square(windows, dtype=np.float32).mean(axis=(0, 1)) for windows in tracks]
    mean = means.mean(axis=0)
    spread = np.sqrt(np.maximum(np.mean(squares, axis=0) - mean**2, 0))
    return mean.astype(np.float32), (spread + _LEAST_SPREAD).astype(np.float32)


def _array(tensor: torch.Tensor) -> np.ndarray:
    found: np.ndarray = tensor.detach().float().cpu().numpy().copy()
    return found
