"""MusicGen as a language model over EnCodec codes: load it, condition it, measure its loss.

Works on any folder that ``transformers`` saved a ``MusicgenForConditionalGeneration`` and its
tokenizer into, whatever its size. Shapes: codes [batch, codebooks, frames], text states
[batch, words, hidden].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from features.musicgen.codec import Codec, apply_delay

if TYPE_CHECKING:
    from torch import Tensor

_KEPT_STATES = 2048
IGNORED = -100
"""Label of a cell that the loss leaves out, as in ``torch.nn.CrossEntropyLoss``."""


@dataclass(frozen=True)
class Condition:
    """Text states for the decoder's cross-attention.

    ``hidden`` [batch, words, hidden] is zero where there is no word and for empty texts;
    ``mask`` [batch, words] is 1 for words, and 1 everywhere for empty texts, whose zero states
    then attend to nothing.
    """

    hidden: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Batch:
    """What the decoder reads and should answer, in the delayed pattern.

    ``inputs`` and ``labels`` have shape [batch, codebooks, frames + codebooks - 1].
    """

    inputs: Tensor
    labels: Tensor


class MusicLM:
    """A MusicGen checkpoint: text encoder, decoder and codec, with their tokenizer."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.codec = Codec(model.audio_encoder)
        self._known_states: dict[str, Tensor] = {}
        decoder = model.config.decoder
        self.pad_id: int = int(decoder.pad_token_id)
        self.codebooks: int = int(decoder.num_codebooks)
        self.vocabulary: int = int(decoder.vocab_size)

    @classmethod
    def load(cls, folder: Path, *, dtype: torch.dtype = torch.float32) -> MusicLM:
        """Read a checkpoint from a local folder; nothing is fetched."""
        from transformers import AutoTokenizer, MusicgenForConditionalGeneration

        with quiet_library():
            model = MusicgenForConditionalGeneration.from_pretrained(
                folder, dtype=dtype, local_files_only=True, attn_implementation={"decoder": "sdpa"}
            )
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        channels = model.decoder.config.audio_channels
        if channels != 1:
            raise ValueError(
                f"{folder}: audio_channels={channels}: must be 1; choose a mono checkpoint such as "
                "facebook/musicgen-small"
            )
        return cls(model.eval(), tokenizer)

    def condition(self, texts: Sequence[str]) -> Condition:
        """Text states of captions; an empty caption is the unconditional state.

        Each caption is encoded on its own, so its states don't depend on what is beside it, and
        kept: captions repeat, and the text encoder never learns.
        """
        states = [self._states(text) for text in texts]
        words = max(len(state) for state in states)
        hidden = torch.stack([functional.pad(s, (0, 0, 0, words - len(s))) for s in states])
        lengths = torch.tensor(
            [len(state) if text else words for text, state in zip(texts, states, strict=True)]
        )
        mask = (torch.arange(words)[None] < lengths[:, None]).long()
        return Condition(hidden, mask.to(hidden.device))

    @torch.no_grad()
    def _states(self, text: str) -> Tensor:
        """States [words, hidden] of one caption; a single zero for the empty one."""
        device = self.model.device
        known = self._known_states.get(text)  # other threads may clear what is kept
        if known is None:
            ids = self.tokenizer([text or "."], return_tensors="pt")["input_ids"].to(device)
            hidden = self.model.text_encoder(input_ids=ids).last_hidden_state
            if hasattr(self.model, "enc_to_dec_proj"):
                hidden = self.model.enc_to_dec_proj(hidden)
            state = hidden[0] if text else torch.zeros_like(hidden[0, :1])
            if len(self._known_states) >= _KEPT_STATES:
                self._known_states.clear()
            known = self._known_states[text] = state.to("cpu")
        return known.to(device)

    def batch(self, windows: Sequence[NDArray[Any]]) -> Batch:
        """Windows of codes [codebooks, frames], of any lengths, padded into one batch."""
        delayed = [apply_delay(window, self.pad_id) for window in windows]
        steps = max(row.shape[1] for row in delayed)
        full = np.full((len(delayed), self.codebooks, steps), self.pad_id, np.int64)
        for target, row in zip(full, delayed, strict=True):
            target[:, : row.shape[1]] = row
        pattern = torch.from_numpy(full).to(self.model.device)
        inputs = functional.pad(pattern[..., :-1], (1, 0), value=self.pad_id)
        return Batch(inputs, pattern.masked_fill(pattern == self.pad_id, IGNORED))

    def logits(self, inputs: Tensor, condition: Condition) -> Tensor:
        """Scores [batch, codebooks, steps, vocabulary] of the next codes."""
        rows, books, steps = inputs.shape
        out = self.model.decoder(
            input_ids=inputs.reshape(rows * books, steps),
            encoder_hidden_states=condition.hidden.to(self.model.decoder.dtype),
            encoder_attention_mask=condition.mask,
            use_cache=False,
        )
        return out.logits.view(rows, books, steps, -1)

    def loss(self, batch: Batch, condition: Condition) -> Tensor:
        """Cross-entropy, nats a code: the mean over all cells that hold a code."""
        return code_loss(self.logits(batch.inputs, condition), batch.labels)


@contextmanager
def quiet_library() -> Iterator[None]:
    """No progress bars and no advice from ``transformers`` for as long as the block lasts."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def code_loss(logits: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
    """Cross-entropy, nats, over the labels that are not ignored: their mean or their sum.

    ``logits`` [batch, codebooks, steps, vocabulary], ``labels`` [batch, codebooks, steps]. Every
    codebook of a window has as many cells, so this is also the mean over codebooks.
    """
    return functional.cross_entropy(
        logits.flatten(0, 2).float(), labels.flatten(), ignore_index=IGNORED, reduction=reduction
    )


def row_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy [batch], nats a code, of each row on its own: a likelihood to compare by."""
    cells = functional.cross_entropy(
        logits.movedim(-1, 1).float(), labels, ignore_index=IGNORED, reduction="none"
    )
    told = labels != IGNORED
    return ((cells * told).sum(-1) / told.sum(-1).clamp(min=1)).mean(-1)
