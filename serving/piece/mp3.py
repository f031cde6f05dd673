"""MP3 as it is made: one encoder over all parts, so that they join without a gap.

What a decoder must drop at both ends stands in an Info frame as LAME writes it
(http://gabriel.mp3-tech.org/mp3infotag.html); it can be sent first when the length is known.
"""

from __future__ import annotations

import io
import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["Mp3Stream"]

_ENCODER_DELAY: Final = 576
_VERSION: Final = b"LAME3.100"
_HEADER_BYTES: Final = 4
_MPEG1_FROM_HZ: Final = 32_000
_BITRATE_ROW: Final = {True: 0x90, False: 0xB0}
"""Header bits of the bit rate that makes room for the tag: 128 kbit/s of MPEG-1, 112 of MPEG-2."""

_BITRATE: Final = {True: 128_000, False: 112_000}
_RATE_BITS: Final = {44_100: 0, 48_000: 4, 32_000: 8, 22_050: 0, 24_000: 4, 16_000: 8}


class Mp3Stream:
    """Encodes audio piece by piece.

    Args:
        sample_rate: Hz, one that MPEG-1 or MPEG-2 layer III knows.
        channels: 1 or 2.
        frames: how much audio there will be, or None when nobody knows.
    """

    def __init__(self, sample_rate: int, channels: int, frames: int | None = None):
        import soundfile as sf

        if sample_rate not in _RATE_BITS:
            known = ", ".join(str(rate) for rate in sorted(_RATE_BITS))
            raise ValueError(f"sample_rate={sample_rate}: must be one of {known}")
        self._rate, self._channels = sample_rate, channels
        self._mpeg1 = sample_rate >= _MPEG1_FROM_HZ
        self._sink = _Sink()
        self._file = sf.SoundFile(
            self._sink, "w", sample_rate, channels, format="MP3", subtype="MPEG_LAYER_III"
        )
        self._front = b"" if frames is None else self._info(frames)
        self._begun = False

    def write(self, y: npt.NDArray[np.float32]) -> bytes:
        """What can be sent after ``y`` (frames, channels) in [-1, 1]."""
        self._file.write(np.clip(y, -1.0, 1.0))
        return self._taken()

    def close(self) -> bytes:
        """The end of the stream."""
        self._file.close()
        return self._taken()

    def _info(self, frames: int) -> bytes:
        """The first frame of a stream that will have that many frames of audio."""
        per_frame = 1152 if self._mpeg1 else 576
        held = frames + _ENCODER_DELAY
        padding = per_frame - held % per_frame
        padding += per_frame if padding < _ENCODER_DELAY else 0
        count = (held + padding) // per_frame
        mono = self._channels == 1
        side = (17 if mono else 32) if self._mpeg1 else (9 if mono else 17)
        tag = struct.pack(">4sII", b"Info", 1, count) + _VERSION + bytes(12)
        ends = (_ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
        header = bytes(
            (
                0xFF,
                0xFB if self._mpeg1 else 0xF3,
                _BITRATE_ROW[self._mpeg1] | _RATE_BITS[self._rate],
                0xC0 if mono else 0x40,
            )
        )
        size = per_frame // 8 * _BITRATE[self._mpeg1] // self._rate
        return (header + bytes(side) + tag + ends).ljust(size, b"\0")

    def _taken(self) -> bytes:
        """What the encoder wrote anew, without the frame that it keeps free at the front."""
        data = self._sink.take()
        if self._begun or not data:
            return data
        self._begun = True
        return self._front + data[_frame_bytes(data) :]


def _frame_bytes(data: bytes) -> int:
    """Length of the first frame of ``data``: up to the next header of the same kind."""
    following = data.find(data[:2], _HEADER_BYTES)
    return following if following > 0 else len(data)


class _Sink(io.RawIOBase):
    """What is appended, for one reader; what is rewritten further up is dropped."""

    def __init__(self) -> None:
        self._new = bytearray()
        self._end = self._at = 0

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = start + offset
        return self._at

    def write(self, data: Any) -> int:
        content = bytes(data)
        if self._at == self._end:
            self._new += content
            self._end += len(content)
        self._at += len(content)
        return len(content)

    def take(self) -> bytes:
        taken = bytes(self._new)
        self._new.clear()
        return taken
