"""What engines share that are prompted in words: the caption, and audio within its range."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data_catalog.captions import caption
from serving.engines.base import Request

__all__ = ["UNKNOWN_LICENCE", "prompt_of", "within_range"]

UNKNOWN_LICENCE = "LicenseRef-unknown"


def prompt_of(request: Request) -> str:
    """The request in the words that captions of training data have."""
    return caption(
        {
            "genre": request.genre,
            "mood": request.mood,
            "tempo_bpm": request.tempo_bpm,
            "key": request.key,
            "description": request.prompt,
        }
    )


def within_range(y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn down what would clip; leave the rest as it is."""
    peak = float(np.abs(y).max(initial=0.0))
    return (y / peak if peak > 1 else y).astype(np.float32)
