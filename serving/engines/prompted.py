"""What engines share that are prompted in words: the caption, and audio within its range."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data_catalog.captions import caption
from serving.engines.base import Engine, EngineError, Request

__all__ = ["UNKNOWN_LICENCE", "prompt_of", "refuse_longer", "within_range"]

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


def refuse_longer(engine: Engine, request: Request) -> None:
    """Raise ``EngineError`` for a request that is longer than what ``engine`` makes."""
    if request.duration_s > engine.max_duration_s:
        raise EngineError(
            "unsupported",
            f"duration={request.duration_s:g}: {engine.name} makes at most "
            f"{engine.max_duration_s:g} s; ask for less or choose model composer",
        )


def within_range(y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn down what would clip; leave the rest as it is."""
    peak = float(np.abs(y).max(initial=0.0))
    return (y / peak if peak > 1 else y).astype(np.float32)
