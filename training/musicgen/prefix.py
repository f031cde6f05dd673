"""What the frozen lower layers say of a window, computed once and kept.

With ``layers`` set, the decoder's lower layers never change, so for the same codes and caption they
always answer the same. Their answers lie on disk as 16-bit floats, and the values used are always
those that went through 16 bits, so a run that was killed goes on with the same losses.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import Identity, Module, ModuleList, functional

from data_catalog.captions import dropped_caption
from features.musicgen.language_model import Batch, Condition, MusicLM
from training.arrays import save_whole
from training.musicgen.data import Example

CAPTION_VARIANTS: Final = 4
"""Captions with fields dropped out that each window is learnt with: as many answers to keep."""

KEPT_BYTES: Final = 8 << 30
"""Most that is kept on disk; what is above it is computed each time."""


class FrozenPrefix:
    """The frozen lower layers of ``lm``'s decoder, with their answers kept below ``folder``.

    ``layers`` is how many of the last layers are learnt.
    """

    def __init__(self, lm: MusicLM, layers: int, folder: Path) -> None:
        self.lm, self.folder = lm, folder
        self.inner = _inner(lm)
        self.frozen = ModuleList(list(self.inner.layers)[:-layers])
        self.free = list(self.inner.layers)[-layers:]
        folder.mkdir(parents=True, exist_ok=True)
        self._room = KEPT_BYTES - sum(path.stat().st_size for path in folder.iterdir())

    def logits(self, batch: Batch, windows: Sequence[Example], captions: Sequence[str]) -> Any:
        """Scores [batch, codebooks, steps, vocabulary], as ``MusicLM.logits`` gives them."""
        steps = batch.inputs.shape[-1]
        states = [
            self._states(example, caption)
            for example, caption in zip(windows, captions, strict=True)
        ]
        told = torch.stack([functional.pad(s, (0, 0, 0, steps - len(s))) for s in states])
        reader = _Told(told.to(batch.inputs.device))
        with _with_layers(self.inner, ModuleList([reader, *self.free])):
            return self.lm.logits(batch.inputs, self.lm.condition(captions))

    def _states(self, example: Example, caption: str) -> torch.Tensor:
        """States [steps, hidden] after the last frozen layer, float32."""
        name = hashlib.sha256(example.codes.tobytes() + caption.encode()).hexdigest()[:32]
        path = self.folder / f"{name}.npy"
        if path.exists():
            return torch.from_numpy(np.load(path)).float()
        batch = self.lm.batch([example.codes])
        states = self._answer(batch, self.lm.condition([caption])).half().cpu().numpy()
        if states.nbytes <= self._room:
            self._room -= states.nbytes
            save_whole(path, states)
        return torch.from_numpy(states).float()

    @torch.no_grad()
    def _answer(self, batch: Batch, condition: Condition) -> torch.Tensor:
        """States [steps, hidden] of one window, without dropout."""
        learning, norm = self.inner.training, self.inner.layer_norm
        self.inner.eval()
        self.inner.layer_norm = Identity()
        try:
            with _with_layers(self.inner, self.frozen):
                found: torch.Tensor = self.inner(
                    input_ids=batch.inputs.flatten(0, 1),
                    encoder_hidden_states=condition.hidden.to(self.lm.model.decoder.dtype),
                    encoder_attention_mask=condition.mask,
                    use_cache=False,
                ).last_hidden_state[0]
        finally:
            self.inner.layer_norm = norm
            self.inner.train(learning)
        return found


def prefix_captions(examples: Sequence[Example], step: int, seed: int) -> list[str]:
    """Their captions with fields dropped out, one of ``CAPTION_VARIANTS`` of each window."""
    rng = random.Random(f"{seed}:{step}:variants")
    return [
        dropped_caption(example.row, random.Random(f"{seed}:{_name(example)}:{variant}"))
        for example, variant in zip(
            examples, rng.choices(range(CAPTION_VARIANTS), k=len(examples)), strict=True
        )
    ]


def _name(example: Example) -> str:
    return hashlib.sha256(example.codes.tobytes()).hexdigest()


class _Told(Module):
    """Stands for the frozen layers: answers what is known already."""

    def __init__(self, states: torch.Tensor) -> None:
        super().__init__()
        self.states = states

    def forward(self, hidden: torch.Tensor, *rest: Any, **more: Any) -> torch.Tensor:
        """The states, in the type of ``hidden``, whatever was read."""
        return self.states.to(hidden.dtype)


def _inner(lm: MusicLM) -> Any:
    """The stack of layers, below an adapter where there is one."""
    decoder = lm.model.decoder
    return (
        decoder.get_base_model() if hasattr(decoder, "get_base_model") else decoder
    ).model.decoder


@contextmanager
def _with_layers(inner: Any, layers: ModuleList) -> Iterator[None]:
    kept = inner.layers
    inner.layers = layers
    try:
        yield
    finally:
        inner.layers = kept
