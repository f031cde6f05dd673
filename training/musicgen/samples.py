"""Seconds of music in each genre while a model learns, so that a person can hear it get there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from data_catalog.captions import caption
from features.audio.reader import encode
from features.musicgen.decoder import StepDecoder
from features.musicgen.language_model import MusicLM
from features.musicgen.sampling import Sampling, generate_codes
from training.musicgen.data import Examples

SAMPLE_S: Final = 4.0


@torch.no_grad()
def write_samples(lm: MusicLM, examples: Examples, folder: Path, step: int) -> list[Path]:
    """Write ``step-000100-jazz.flac`` and its like for the genres of the validation windows."""
    folder.mkdir(parents=True, exist_ok=True)
    lm.model.decoder.eval()
    decoder = StepDecoder(_melted(lm.model.decoder))
    frames = round(SAMPLE_S * lm.codec.frame_rate)
    written = []
    for genre in sorted({example.row.get("genre") or "music" for example in examples.validation}):
        codes = generate_codes(lm, decoder, caption({"genre": genre}), frames, Sampling(seed=0))
        y = lm.codec.decode(codes)
        peak = max(1.0, float(np.abs(y).max()))
        path = folder / f"step-{step:06d}-{genre}.flac"
        encode(path, y / peak, lm.codec.sample_rate, bit_depth=16, tags={"TITLE": genre})
        written.append(path)
    return written


def _melted(decoder: Any) -> Any:
    """A float32 copy of the decoder with its adapter in its weights; the one in training stays."""
    if not hasattr(decoder, "merge_and_unload"):
        return decoder
    import copy

    return copy.deepcopy(decoder).float().merge_and_unload()
