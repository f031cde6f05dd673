"""WAV as it is made: a header first, then samples."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

from features.audio.encoding import quantise

__all__ = ["WavStream"]

_ENDLESS: Final = 0xFFFFFFFF
_HEADER_BYTES: Final = 36
_SAMPLE_BYTES: Final = 2


class WavStream:
    """16-bit PCM with a header in front.

    Args:
        sample_rate: Hz.
        channels: how many.
        frames: how much audio there will be, or None when nobody knows.
    """

    def __init__(self, sample_rate: int, channels: int, frames: int | None = None):
        block = channels * _SAMPLE_BYTES
        size = _ENDLESS if frames is None else frames * block
        whole = min(_ENDLESS, size + _HEADER_BYTES)
        form = (1, channels, sample_rate, sample_rate * block, block, 8 * _SAMPLE_BYTES)
        self._front = (
            struct.pack("<4sI4s", b"RIFF", whole, b"WAVE")
            + struct.pack("<4sIHHIIHH", b"fmt ", 16, *form)
            + struct.pack("<4sI", b"data", size)
        )

    def write(self, y: npt.NDArray[np.float32]) -> bytes:
        """What can be sent after ``y`` (frames, channels) in [-1, 1]."""
        front, self._front = self._front, b""
        return front + quantise(y, 8 * _SAMPLE_BYTES).astype("<i2").tobytes()

    def close(self) -> bytes:
        """The end of the stream: nothing is missing."""
        return b""
