"""Drawing codes: guidance, top-k, a seed for each piece, the delay pattern, sliding windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from features.musicgen.codec import apply_delay
from features.musicgen.decoder import StepDecoder, StepState
from features.musicgen.language_model import MusicLM

Read = Callable[[StepState, Tensor], Tensor]
"""Scores of what follows codes: ``StepState.read``, or one that reads several pieces together."""

WINDOW_FRAMES: Final = 1500
"""MusicGen learnt on 30 s; longer pieces go on from their last 12 s, 18 s at a time."""

OVERLAP_FRAMES: Final = 600
_BLOCK_FRAMES: Final = 5


@dataclass(frozen=True)
class Sampling:
    """How codes are drawn. ``guidance`` above 1 leans away from the unconditional scores."""

    seed: int
    guidance: float = 3.0
    top_k: int = 250
    temperature: float = 1.0


def generate_codes(
    lm: MusicLM, decoder: StepDecoder, text: str, frames: int, sampling: Sampling
) -> NDArray[np.int64]:
    """Codes [codebooks, frames] for a caption; the same seed draws the same codes."""
    return np.concatenate(list(codes_as_made(lm, decoder, text, frames, sampling)), axis=1)


def codes_as_made(
    lm: MusicLM,
    decoder: StepDecoder,
    text: str,
    frames: int,
    sampling: Sampling,
    read: Read = StepState.read,
) -> Iterator[NDArray[np.int64]]:
    """The same codes a few frames at a time, as soon as all their codebooks are drawn."""
    texts = [text, ""] if sampling.guidance != 1 else [text]
    condition = lm.condition(texts)
    generator = torch.Generator().manual_seed(sampling.seed)
    made = np.empty((decoder.codebooks, 0), np.int64)
    while made.shape[1] < frames:
        prompt = made[:, -OVERLAP_FRAMES:]
        fresh = min(WINDOW_FRAMES - prompt.shape[1], frames - made.shape[1])
        state = decoder.start(condition, prompt.shape[1] + fresh + decoder.codebooks - 1)
        for block in _window(state, prompt, fresh, sampling, generator, read):
            made = np.concatenate([made, block], axis=1)
            yield block


def _window(
    state: StepState,
    prompt: NDArray[np.int64],
    fresh: int,
    sampling: Sampling,
    generator: torch.Generator,
    read: Read,
) -> Iterator[NDArray[np.int64]]:
    """``fresh`` frames after ``prompt`` [codebooks, frames], in blocks.

    Column 0 of the pattern is the start, column s + 1 what step s says. Cells of the prompt are
    known, also where the delay puts them beside cells that are drawn.
    """
    books, known = prompt.shape
    frames = known + fresh
    steps = frames + books - 1
    pad_id, rows = state.decoder.pad_id, state.cache.shape[2]
    pattern = torch.full((books, steps + 1), pad_id)
    free = torch.zeros(books, steps + 1, dtype=torch.bool)
    for book in range(books):
        free[book, 1 + book + known : 1 + book + frames] = True
    if known:
        pattern[:, 1 : known + books] = torch.from_numpy(apply_delay(prompt, pad_id))
    unread, told = 0, known
    for step in range(known, steps):
        scores = read(state, pattern[:, unread : step + 1].expand(rows, -1, -1))
        unread = step + 1
        drawn = draw(_guided(scores, sampling.guidance), sampling, generator)
        pattern[:, step + 1] = torch.where(free[:, step + 1], drawn, pattern[:, step + 1])
        whole = step + 2 - books
        if whole - told >= _BLOCK_FRAMES or (whole == frames and whole > told):
            yield _frames(pattern, told, whole)
            told = whole


def _frames(pattern: Tensor, start: int, stop: int) -> NDArray[np.int64]:
    rows = [pattern[book, 1 + book + start : 1 + book + stop] for book in range(len(pattern))]
    return torch.stack(rows).numpy()


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
