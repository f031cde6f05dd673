"""Writing audio files, and the arithmetic on signals that writing needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soundfile as sf

from features.audio.tags import write_tags

_FORMATS: Final = {
    ".wav": ("WAV", None),
    ".flac": ("FLAC", None),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
_OPUS_RATES: Final = (8_000, 12_000, 16_000, 24_000, 48_000)
_MP3_RATES: Final = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_LEAST_QUALITY_LEVEL: Final = 0.99  # libsndfile refuses 1 for MP3
_WRITE_FRAMES: Final = 4096  # libsndfile's Vorbis encoder keeps a written block on the stack


def resample(y: npt.NDArray[Any], sr: int, target_sr: int) -> npt.NDArray[np.float32]:
    """``y`` (frames,) or (frames, channels) at ``target_sr`` Hz, by soxr's high quality filter."""
    import soxr

    if sr == target_sr:
        return y.astype(np.float32, copy=False)
    return soxr.resample(y.astype(np.float32, copy=False), sr, target_sr, quality="HQ")


def to_mono(y: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Mean of the channels of ``y`` (frames,) or (frames, channels), shape (frames,).

    >>> to_mono(np.array([[1.0, 0.0], [0.5, 0.5]]))
    array([0.5, 0.5], dtype=float32)
    """
    if y.ndim == 1:
        return y.astype(np.float32, copy=False)
    total = y[:, 0].astype(np.float32)
    for channel in range(1, y.shape[1]):
        total += y[:, channel]
    total *= np.float32(1 / y.shape[1])
    return total


def encode(
    path: Path | str,
    y: npt.NDArray[Any],
    sample_rate: int,
    *,
    bit_depth: int = 16,
    tags: Mapping[str, str] | None = None,
    quality: float | None = None,
) -> None:
    """Write ``y`` (frames,) or (frames, channels) in [-1, 1] as the suffix of ``path`` says.

    Suffixes: .wav, .flac (``bit_depth`` 16 or 24), .ogg (Vorbis), .opus, .mp3. Samples beyond
    [-1, 1] are clipped. Opus and MP3 know few rates: others are resampled. ``quality`` in [0, 1]
    asks lossy codecs for more; None takes theirs. The file appears whole or not at all.
    Raises ``ValueError`` for what can't be written.
    """
    path = Path(path)
    format_name, subtype = _format(path, y, bit_depth)
    y, sample_rate = _at_codec_rate(y, sample_rate, subtype)
    samples = y if subtype else quantise(y, bit_depth)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    level = None if quality is None else min(1.0 - quality, _LEAST_QUALITY_LEVEL)
    try:
        with sf.SoundFile(
            os.fsencode(part) if os.name != "nt" else str(part),
            "w",
            sample_rate,
            1 if y.ndim == 1 else y.shape[1],
            subtype=subtype or f"PCM_{bit_depth}",
            format=format_name,
            compression_level=level,
        ) as file:
            for start in range(0, len(samples), _WRITE_FRAMES):
                file.write(samples[start : start + _WRITE_FRAMES])
        if tags:
            write_tags(part, tags)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def quantise(y: npt.NDArray[Any], bit_depth: int) -> npt.NDArray[Any]:
    """``y`` in [-1, 1] rounded to ``bit_depth`` bits: int16 for 16, left-aligned int32 for 24.

    >>> quantise(np.array([0.5, 2.0, -1.0]), 16)
    array([ 16384,  32767, -32768], dtype=int16)
    """
    scale = 1 << (bit_depth - 1)
    rounded = np.clip(np.round(np.asarray(y, np.float64) * scale), -scale, scale - 1)
    if bit_depth == 16:
        return rounded.astype(np.int16)
    return rounded.astype(np.int32) << (32 - bit_depth)


def _format(path: Path, y: npt.NDArray[Any], bit_depth: int) -> tuple[str, str | None]:
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(f"suffix={suffix!r}: must be one of {', '.join(_FORMATS)}")
    if bit_depth not in (16, 24):
        raise ValueError(f"bit_depth={bit_depth}: must be 16 or 24")
    if y.ndim not in (1, 2) or len(y) == 0:
        raise ValueError(f"shape={y.shape}: must be (frames,) or (frames, channels), not empty")
    if not np.isfinite(y).all():
        raise ValueError(f"{path.name}: samples hold NaN or infinity: must be finite")
    return _FORMATS[suffix]


def _at_codec_rate(
    y: npt.NDArray[Any], sample_rate: int, subtype: str | None
) -> tuple[npt.NDArray[Any], int]:
    if subtype == "OPUS" and sample_rate not in _OPUS_RATES:
        return resample(y, sample_rate, 48_000), 48_000
    if subtype == "MPEG_LAYER_III" and sample_rate not in _MP3_RATES:
        return resample(y, sample_rate, 44_100), 44_100
    return y, sample_rate
