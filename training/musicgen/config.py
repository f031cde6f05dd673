"""What a fine-tuning is asked for, and how it says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from data_catalog.bases import TINY
from features.errors import ShiroaError
from features.progress import Progress

TRAINER_VERSION: Final = "2"
STAGE: Final = "finetune-musicgen"
_LEARNING_RATES: Final = {"lora": 2e-4, "dora": 2e-4, "full": 2e-5}
_TINY_RATE: Final = 1e-2
TINY_WINDOWS: Final = 8

OnProgress = Callable[[Progress], None]
"""Told about once a step how far the fine-tuning has come."""


class FinetuneError(ShiroaError):
    """A fine-tuning that can't start or go on. ``reason`` is a short machine-readable word."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class MusicgenConfig:
    """What a fine-tuning is asked for; two equal ones give the same weights.

    ``base`` is ``tiny``, a folder or a hub id. ``window_s`` is the length of a training example,
    seconds (None: 30, or 5 for the tiny base). ``learning_rate`` None takes the rate that suits
    the method. ``batch`` windows go into one step, ``micro_batch`` of them at a time through the
    model (None: all). ``captions`` is a CSV or Parquet file with ``track_id`` and ``description``:
    free text that joins a track's caption. ``instrumental`` leaves out tracks whose tags tell of
    voices. ``layers`` adapts only the last so many layers of the decoder (None: all): those before
    them need no gradients, and their answers are computed once for each of a few captions of a
    window and kept. ``track_windows`` is how many windows of a
    track are encoded, spread over it (None: all, or 8 for the tiny base). ``sample_every`` writes
    seconds of music in each validation genre every so many steps.
    """

    snapshot: str
    base: str = "facebook/musicgen-small"
    method: Literal["lora", "dora", "full"] = "lora"
    steps: int = 500
    batch: int = 8
    micro_batch: int | None = None
    learning_rate: float | None = None
    warmup: float = 0.05
    rank: int = 16
    layers: int | None = None
    window_s: float | None = None
    track_windows: int | None = None
    ema: float | None = None
    gradient_checkpointing: bool = False
    captions: str | None = None
    instrumental: bool = False
    sample_every: int | None = None
    validate_every: int | None = None
    checkpoint_every: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        faults = [
            f"{name}={value}: must be at least {least}"
            for name, value, least in (
                ("steps", self.steps, 1),
                ("batch", self.batch, 1),
                ("rank", self.rank, 1),
                ("layers", 1 if self.layers is None else self.layers, 1),
                ("micro_batch", self.micro_batch or 1, 1),
                ("checkpoint_every", self.checkpoint_every, 1),
                ("window_s", self.window_s or 1.0, 0.5),
                ("track_windows", self.track_windows or 1, 1),
                ("sample_every", self.sample_every or 1, 1),
                ("validate_every", self.validate_every or 1, 1),
            )
            if value < least
        ]
        if self.batch % (self.micro_batch or self.batch):
            faults.append(f"micro_batch={self.micro_batch}: must divide batch={self.batch}")
        if self.ema is not None and not 0 < self.ema < 1:
            faults.append(f"ema={self.ema}: must lie between 0 and 1, such as 0.999")
        if faults:
            raise FinetuneError("invalid", "; ".join(faults))

    @property
    def rate(self) -> float:
        """The peak learning rate."""
        tiny = _TINY_RATE if self.base == TINY and self.method != "full" else None
        return self.learning_rate or tiny or _LEARNING_RATES[self.method]

    @property
    def window(self) -> float:
        """The length of a training example, seconds."""
        return self.window_s or (5.0 if self.base == TINY else 30.0)

    @property
    def most_windows(self) -> int | None:
        """How many windows of a track are encoded; None for all."""
        return self.track_windows or (TINY_WINDOWS if self.base == TINY else None)
