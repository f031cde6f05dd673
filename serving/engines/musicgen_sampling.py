"""Drawing codes: guidance, top-k, a seed for each piece, and the delay pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from features.codec import undo_delay
from features.musicgen import MusicLM
from serving.engines.musicgen_decoder import StepDecoder

OnStep = Callable[[int, int], None]
_TELL_EVERY = 10


@dataclass(frozen=True)
class Sampling:
    """How codes are drawn. ``guidance`` above 1 leans away from the unconditional scores."""

    seed: int
    guidance: float = 3.0
    top_k: int = 250
    temperature: float = 1.0


def generate_codes(
    lm: MusicLM,
    decoder: StepDecoder,
    text: str,
    frames: int,
    sampling: Sampling,
    on_step: OnStep = lambda done, total: None,
) -> NDArray[np.int64]:
    """Codes [codebooks, frames] for a caption; the same seed draws the same codes.

    ``on_step`` is told now and then how many steps of how many are done; what it raises ends the
    generation.
    """
    texts = [text, ""] if sampling.guidance != 1 else [text]
    steps = frames + decoder.codebooks - 1
    state = decoder.start(lm.condition(texts), steps)
    generator = torch.Generator().manual_seed(sampling.seed)
    pattern = torch.full((decoder.codebooks, steps + 1), decoder.pad_id)
    books = torch.arange(decoder.codebooks)
    for step in range(steps):
        if step % _TELL_EVERY == 0:
            on_step(step, steps)
        scores = state.step(pattern[:, step].expand(len(texts), -1))
        drawn = draw(_guided(scores, sampling.guidance), sampling, generator)
        told = (books <= step) & (step < books + frames)
        pattern[:, step + 1] = torch.where(told, drawn, decoder.pad_id)
    return undo_delay(pattern[:, 1:].numpy())


def _guided(scores: Tensor, guidance: float) -> Tensor:
    """Classifier-free guidance (Ho and Salimans 2022) of [conditional, unconditional] rows."""
    if scores.shape[0] == 1:
        return scores[0]
    told, untold = scores
    return untold + guidance * (told - untold)


def draw(scores: Tensor, sampling: Sampling, generator: torch.Generator) -> Tensor:
    """A code for each row of ``scores`` [codebooks, vocabulary], by top-k sampling."""
    likeliest, codes = scores.topk(min(sampling.top_k, scores.shape[-1]), dim=-1)
    p = torch.softmax(likeliest / max(sampling.temperature, 1e-6), dim=-1)
    place = torch.multinomial(p, 1, generator=generator)
    return codes.gather(-1, place)[:, 0]
