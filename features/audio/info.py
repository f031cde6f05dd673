"""What an audio file is, by its header, and the limits that it must keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from features.audio.errors import AudioError, shown


@dataclass(frozen=True)
class Limits:
    """What is accepted: lengths in seconds, channels, rates in Hz."""

    max_duration_s: float = 4 * 3600.0
    min_duration_s: float = 0.05
    max_channels: int = 8
    min_sample_rate: int = 4_000
    max_sample_rate: int = 768_000


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says, checked against its size.

    ``bit_depth`` is None for lossy and floating-point audio. ``frames`` is 0 where the header
    doesn't tell.
    """

    path: Path
    container: str
    codec: str
    lossless: bool
    sample_rate: int
    channels: int
    bit_depth: int | None
    frames: int
    duration_s: float
    size_bytes: int
    streaminfo_md5: str | None


def check_limits(info: AudioInfo, limits: Limits) -> None:
    """Raise ``AudioError`` for a file beyond ``limits``."""
    path = info.path
    if info.channels > limits.max_channels:
        raise AudioError(
            path,
            "too_many_channels",
            f"{shown(path)}: {info.channels} channels; at most {limits.max_channels} are accepted",
        )
    if not limits.min_sample_rate <= info.sample_rate <= limits.max_sample_rate:
        raise AudioError(
            path,
            "unsupported",
            f"{shown(path)}: sample_rate={info.sample_rate}: must be {limits.min_sample_rate}-"
            f"{limits.max_sample_rate} Hz",
        )
    if info.duration_s > limits.max_duration_s:
        raise too_long(info, info.frames, limits)
    if info.frames == 0 and info.container != "FLAC":
        raise AudioError(path, "empty", f"{shown(path)}: holds no samples")
    if info.frames and info.duration_s < limits.min_duration_s:
        raise AudioError(
            path,
            "too_short",
            f"{shown(path)}: {info.duration_s:.4f} s; at least {limits.min_duration_s} s are"
            " needed",
        )


def too_long(info: AudioInfo, frames: int, limits: Limits) -> AudioError:
    """The error for a file of ``frames`` or more."""
    return AudioError(
        info.path,
        "too_long",
        f"{shown(info.path)}: {frames / info.sample_rate:.0f} s or more; at most"
        f" {limits.max_duration_s:.0f} s are accepted; split it",
    )
