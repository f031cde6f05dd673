"""A spectrogram as a PNG, with nothing but numpy and zlib."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_FFT = 4096
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 16000.0
_RANGE_DB = 75.0
_COLOURS = np.array(
    [(10, 8, 28), (60, 15, 95), (140, 35, 105), (215, 70, 65), (250, 150, 40), (250, 245, 170)],
    dtype=np.float64,
)


def spectrogram_png(y: np.ndarray, sr: int, width: int = 720, height: int = 180) -> bytes:
    """PNG of the spectrogram of ``y`` (frames,): time to the right, log frequency upwards.

    40 Hz to 16 kHz, brightness over 75 dB below the loudest point.
    """
    return png(_coloured(_levels(y, sr, width, height)))


def png(pixels: np.ndarray) -> bytes:
    """PNG file of ``pixels`` uint8 (height, width, 3)."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\x00" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _levels(y: np.ndarray, sr: int, width: int, height: int) -> np.ndarray:
    """Level in [0, 1], (height, width), top row the highest frequency."""
    padded = np.pad(y, _FFT // 2)
    window = np.hanning(_FFT).astype(np.float32)
    edges = _LOWEST_HZ * (_HIGHEST_HZ / _LOWEST_HZ) ** (np.arange(height) / (height - 1))
    bins = np.minimum(edges * _FFT / sr, _FFT // 2 - 1)
    out = np.empty((height, width))
    for column in range(width):
        start = int(column * len(y) / width)
        power = np.abs(np.fft.rfft(padded[start : start + _FFT] * window)) ** 2
        out[::-1, column] = np.interp(bins, np.arange(len(power)), power)
    db = 10 * np.log10(out + 1e-12)
    return np.clip(1.0 + (db - db.max()) / _RANGE_DB, 0.0, 1.0)


def _coloured(levels: np.ndarray) -> np.ndarray:
    place = levels * (len(_COLOURS) - 1)
    below = np.minimum(place.astype(int), len(_COLOURS) - 2)
    share = (place - below)[..., None]
    mixed = _COLOURS[below] * (1 - share) + _COLOURS[below + 1] * share
    return np.ascontiguousarray(np.rint(mixed).astype(np.uint8))


def _chunk(name: bytes, data: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + crc
