"""One FLAC out of one or more audio files of equal length: converted, or summed as stems."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soundfile as sf

from features.audio.encoding import quantise
from features.audio.reader import AudioError, AudioReader, Limits, to_float
from features.audio.tags import write_tags

CEILING: Final = 0.999
"""Highest sample after mixing, of full scale."""

_BLOCK_FRAMES: Final = 1 << 17


@dataclass(frozen=True)
class Mixdown:
    """What :func:`mix_to_flac` wrote: ``gain`` is the factor that kept the sum from clipping."""

    gain: float
    frames: int
    sample_rate: int
    channels: int


def mix_to_flac(
    stems: Sequence[Path],
    target: Path,
    *,
    tags: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Mixdown:
    """Write the sum of ``stems`` to ``target``, 16-bit FLAC, whole or not at all.

    All stems must have one rate, channel count and length. The sum is turned down only where it
    would clip. Memory does not grow with length: the sum waits in a file beside ``target``.
    Raises ``AudioError``.
    """
    readers = [AudioReader(path, limits or Limits()) for path in stems]
    try:
        _check_alike(readers)
        info = readers[0].info
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with tempfile.TemporaryFile(dir=target.parent) as raw:
                peak = 0.0
                for block in _summed(readers):
                    peak = max(peak, float(np.abs(block).max(initial=0.0)))
                    raw.write(block.tobytes())
                gain = min(1.0, CEILING / peak) if peak else 1.0
                raw.seek(0)
                frames = _write(part, raw, info.channels, info.sample_rate, gain)
            if tags:
                write_tags(part, tags)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    finally:
        for reader in readers:
            reader.__exit__(None, None, None)
    return Mixdown(gain, frames, info.sample_rate, info.channels)


def _check_alike(readers: list[AudioReader]) -> None:
    first = readers[0].info
    for other in (reader.info for reader in readers[1:]):
        shape = (first.sample_rate, first.channels, first.frames)
        if (other.sample_rate, other.channels, other.frames) != shape:
            raise AudioError(
                other.path,
                "length_mismatch",
                f"{other.path.name}: {other.frames} frames at {other.sample_rate} Hz, and"
                f" {first.path.name} {first.frames} at {first.sample_rate} Hz: stems must match",
            )


def _summed(readers: list[AudioReader]) -> Iterator[npt.NDArray[np.float32]]:
    for blocks in zip(*(reader.blocks(_BLOCK_FRAMES) for reader in readers), strict=True):
        total = to_float(blocks[0]).copy()
        for block in blocks[1:]:
            total += to_float(block)
        yield total


def _write(part: Path, raw: Any, channels: int, sample_rate: int, gain: float) -> int:
    frames = 0
    with sf.SoundFile(
        str(part), "w", sample_rate, channels, subtype="PCM_16", format="FLAC"
    ) as file:
        while data := raw.read(_BLOCK_FRAMES * channels * 4):
            block = np.frombuffer(data, np.float32).reshape(-1, channels)
            file.write(quantise(block * gain, 16))
            frames += len(block)
    return frames
