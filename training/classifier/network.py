"""A small convolutional network over log-mel windows: what stage ``mel`` listens with.

Mel bands are channels; three convolutions over time, then maximum and mean over time and a linear
layer. A track's scores are the mean over its windows. How it is trained: ``network_fit``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from training.classifier.calibration import Calibration, log_odds, probabilities

if TYPE_CHECKING:
    import torch

CHANNELS: Final = 128
KERNEL: Final = 5
STRIDE: Final = 2
CONVOLUTIONS: Final = 3
LEAST: Final = 1e-3
"""Probability below which, and as near to one, the network's word is taken no further."""

_AT_ONCE: Final = 32
"""Tracks that are listened to together."""


@dataclass(frozen=True)
class Network:
    """A trained network, all float32. ``mean``, ``scale`` (bands,) standardise the windows.

    ``layers``: weight (out, in, kernel) and bias (out,) of each convolution, then those of the
    linear layer, (classes, 2 out) and (classes,). ``sizes``: how many classes each field has.
    """

    mean: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    sizes: tuple[int, ...]

    def log_odds(self, tracks: Sequence[np.ndarray]) -> np.ndarray:
        """Of the classes of each field, one after the other, float32 (n, sum of sizes).

        Probabilities end at ``LEAST`` and ``1 - LEAST``. ``tracks`` are n arrays of windows
        (m, frames, bands), m one or more.
        """
        import torch

        from training.team import join_team

        device = join_team().device
        layers = [[torch.from_numpy(part).to(device) for part in pair] for pair in self.layers]
        told = []
        with torch.inference_mode():
            for start in range(0, len(tracks), _AT_ONCE):
                part = tracks[start : start + _AT_ONCE]
                windows = levelled(np.concatenate(part), self.mean, self.scale)
                x = torch.from_numpy(windows).to(device)
                scores = _forward(x, layers).double().cpu().numpy()
                starts = np.cumsum([0, *map(len, part[:-1])])
                counts = np.array([[len(track)] for track in part])
                told.append(self._log_odds(np.add.reduceat(scores, starts, axis=0) / counts))
        return np.concatenate(told)

    def _log_odds(self, scores: np.ndarray) -> np.ndarray:
        """Of ``scores`` (n, sum of sizes), each field's classes beside each other, float32."""
        parts = np.split(scores, np.cumsum(self.sizes)[:-1], axis=1)
        told = [probabilities(z, Calibration(), exclusive=True) for z in parts]
        return log_odds(np.concatenate(told, axis=1), LEAST).astype(np.float32)


def levelled(windows: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """``windows`` (m, frames, bands) as the first layer takes them, float32."""
    found: np.ndarray = (windows.astype(np.float32) - mean) / scale
    return found


def _forward(x: torch.Tensor, layers: Sequence[Sequence[torch.Tensor]]) -> torch.Tensor:
    """Scores (m, classes) of standardised windows ``x`` (m, frames, bands)."""
    import torch

    functional = torch.nn.functional
    x = x.transpose(1, 2)
    for weight, bias in layers[:-1]:
        x = torch.relu(functional.conv1d(x, weight, bias, STRIDE, KERNEL // 2))
    return functional.linear(pooled(x), *layers[-1])


def pooled(x: torch.Tensor) -> torch.Tensor:
    """Maximum and mean over time (m, 2 channels) of ``x`` (m, channels, frames)."""
    import torch

    return torch.cat([x.amax(dim=2), x.mean(dim=2)], dim=1)
