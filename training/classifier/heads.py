"""Small heads over a track's embedding and descriptors, solved or trained, run by numpy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from features.errors import ShiroaError
from training.classifier.discriminant import discriminant

if TYPE_CHECKING:
    import torch

LEAST_GAIN: Final = 1e-3
"""Fall of the validation loss, nats, that counts as learning."""


BOUND: Final = 2.0
"""How far from the mean, in spreads, a standardised input can come to lie."""


class DivergedError(ShiroaError, FloatingPointError):
    """The loss is not finite; the message says at which epoch and what to look at."""


@dataclass(frozen=True)
class HeadConfig:
    """One way to make a head. ``hidden`` 0 is a linear head, else a layer of that many units.

    With ``shrinkage`` it is solved in one step (``classifier.discriminant``), else trained.
    ``embedding`` is how much the embedding counts beside the descriptors, 0 to 1; at 0 it is not
    read: with few tracks, 200 inputs more are noise.
    """

    shrinkage: float | None = None
    hidden: int = 0
    dropout: float = 0.0
    weight_decay: float = 0.01
    learning_rate: float = 0.005
    batch: int = 512
    epochs: int = 120
    patience: int = 12
    embedding: float = 1.0


@dataclass(frozen=True)
class Head:
    """A trained head: standardisation, then one or two linear layers. All float32.

    ``mean``, ``scale`` (inputs,); ``layers`` are pairs of weight (out, in) and bias (out,).
    """

    mean: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    def scores(self, inputs: np.ndarray) -> np.ndarray:
        """Scores (n, classes) of ``inputs`` (n, inputs), before any calibration."""
        x = standardised(inputs, self.mean, self.scale)
        for place, (weight, bias) in enumerate(self.layers):
            x = x @ weight.T + bias
            if place < len(self.layers) - 1:
                x = np.maximum(x, 0)
        return x

    def behind(self, unread: int) -> Head:
        """The same head with ``unread`` inputs before its own, which it gives no weight."""
        (weight, bias), *rest = self.layers
        nothing = np.zeros((len(weight), unread), np.float32)
        return Head(
            np.concatenate([np.zeros(unread, np.float32), self.mean]),
            np.concatenate([np.ones(unread, np.float32), self.scale]),
            ((np.concatenate([nothing, weight], axis=1), bias), *rest),
        )


@dataclass(frozen=True)
class Fit:
    """A head, how many epochs were best, and its loss on validation at each epoch.

    A head that was solved has no epochs to lose by: 1, and no losses.
    """

    head: Head
    epochs: int
    losses: tuple[float, ...]


def standardised(inputs: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """``inputs`` (n, d) with the training set's mean taken off and divided by its spread.

    Bent towards ``BOUND`` spreads: a descriptor far outside what was seen says little more, and
    must not outvote all others.
    """
    z: np.ndarray = BOUND * np.tanh((inputs - mean) / (scale * BOUND))
    return z.astype(np.float32)


def fit_head(
    inputs: np.ndarray,
    labels: np.ndarray,
    classes: int,
    config: HeadConfig,
    *,
    exclusive: bool,
    seed: int,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    weights: np.ndarray | None = None,
) -> Fit:
    """Make a head of ``inputs`` (n, d) and ``labels`` (n,) in 0..classes-1.

    With ``validation`` it stops when the loss there has not fallen for ``config.patience`` epochs
    and keeps the best; else it runs ``config.epochs``. Classes are weighted by the inverse root of
    their counts. ``exclusive``: softmax, else a logistic loss for each class. ``weights`` (d,) is
    how much each input counts; all alike when None. The same seed gives the same head. Raises
    ``DivergedError`` when the loss is not finite.
    """
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1) / (1 if weights is None else weights)
    mean, scale = mean.astype(np.float32), scale.astype(np.float32)
    with one_thread():
        if config.shrinkage is not None:
            layer = discriminant(
                standardised(inputs, mean, scale),
                labels,
                classes,
                shrinkage=config.shrinkage,
                exclusive=exclusive,
            )
            return Fit(Head(mean, scale, (layer,)), 1, ())
        return _fit(inputs, labels, classes, config, exclusive, seed, validation, mean, scale)


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread: layers this small lose more to waiting than they gain from a second."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fit(
    inputs: np.ndarray,
    labels: np.ndarray,
    classes: int,
    config: HeadConfig,
    exclusive: bool,
    seed: int,
    validation: tuple[np.ndarray, np.ndarray] | None,
    mean: np.ndarray,
    scale: np.ndarray,
) -> Fit:
    import torch

    generator = torch.Generator().manual_seed(seed)
    x = torch.from_numpy(standardised(inputs, mean, scale))
    y = torch.from_numpy(labels.astype(np.int64))
    loss_of = _loss(y, classes, exclusive)
    layers = _layers(x.shape[1], classes, config.hidden, generator)
    if not exclusive:
        _start_at_prior(layers[-1][1], y, classes)
    parameters = [p for layer in layers for p in layer]
    optimizer = torch.optim.AdamW(
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    held = None
    if validation is not None:
        held = (
            torch.from_numpy(standardised(validation[0], mean, scale)),
            torch.from_numpy(validation[1].astype(np.int64)),
        )
    best, best_loss, best_epoch, losses = _copied(layers), np.inf, 0, []
    for epoch in range(1, config.epochs + 1):
        order = torch.randperm(len(y), generator=generator)
        for rows in order.split(config.batch):
            loss = loss_of(_forward(x[rows], layers, config.dropout, generator), y[rows])
            if not torch.isfinite(loss):
                raise DivergedError(
                    f"epoch {epoch}: the loss is {loss.item()}; lower the learning rate "
                    f"({config.learning_rate:g}) or look for features that are not finite"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if held is None:
            continue
        with torch.no_grad():
            now = float(loss_of(_forward(held[0], layers), held[1]))
        losses.append(now)
        if now < best_loss - LEAST_GAIN:
            best, best_loss, best_epoch = _copied(layers), now, epoch
        elif epoch - best_epoch >= config.patience:
            break
    if held is None:
        best, best_epoch = _copied(layers), config.epochs
    return Fit(Head(mean, scale, best), best_epoch, tuple(losses))


def _layers(
    width: int, classes: int, hidden: int, generator: torch.Generator
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Zero weights for one layer, whose loss is convex; else Glorot (uniform). Zero biases."""
    import torch

    sizes = [width, hidden, classes] if hidden else [width, classes]
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        bound = (6 / (fan_in + fan_out)) ** 0.5 if hidden else 0.0
        weight = (torch.rand(fan_out, fan_in, generator=generator) * 2 - 1) * bound
        layers.append((weight.requires_grad_(), torch.zeros(fan_out, requires_grad=True)))
    return layers


def _start_at_prior(bias: torch.Tensor, y: torch.Tensor, classes: int) -> None:
    """Let each class start at how often it is: at an even chance, learning that alone hides what
    the inputs tell, and stops the training early."""
    import torch

    share = (torch.bincount(y, minlength=classes) + 1) / (len(y) + 2)
    with torch.no_grad():
        bias.copy_(torch.logit(share))


def _forward(
    x: torch.Tensor,
    layers: list[tuple[torch.Tensor, torch.Tensor]],
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    import torch

    for place, (weight, bias) in enumerate(layers):
        if dropout and generator is not None:
            keep = torch.rand(x.shape, generator=generator) >= dropout
            x = x * keep / (1 - dropout)
        x = torch.nn.functional.linear(x, weight, bias)
        if place < len(layers) - 1:
            x = torch.relu(x)
    return x


def _loss(y: torch.Tensor, classes: int, exclusive: bool):  # type: ignore[no-untyped-def]
    """The loss function of (scores, labels), weighted by class."""
    import torch

    weights = class_weights(y, classes)
    functional = torch.nn.functional
    if exclusive:
        return lambda scores, labels: functional.cross_entropy(scores, labels, weights)

    def logistic(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        truth = functional.one_hot(labels, classes).float()
        return functional.binary_cross_entropy_with_logits(
            scores, truth, weight=weights[labels][:, None]
        )

    return logistic


def class_weights(y: torch.Tensor, classes: int) -> torch.Tensor:
    """Weight of each class (classes,): the inverse root of its count in ``y`` (n,), 1 on average
    over the tracks.
    """
    import torch

    counts = torch.bincount(y, minlength=classes).float()
    weights = torch.where(counts > 0, counts.clamp(min=1).rsqrt(), torch.zeros(()))
    return weights / (weights * counts).sum().clamp(min=1e-6) * counts.sum()


def _copied(
    layers: list[tuple[torch.Tensor, torch.Tensor]],
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return tuple((w.detach().numpy().copy(), b.detach().numpy().copy()) for w, b in layers)
