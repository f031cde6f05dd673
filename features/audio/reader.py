"""Audio files: what they are, their samples, and writing them.

Samples are float32 in [-1, 1], shape (frames, channels); mono signals are (frames,). Rates are in
Hz, lengths in seconds. Files are decoded by libsndfile in blocks; the length that a header claims
is never allocated unchecked.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import soundfile as sf

from features.audio.containers import check_complete, sniff
from features.audio.encoding import encode, resample, to_mono
from features.audio.errors import AudioError, shown
from features.audio.flac import is_cut, read_streaminfo
from features.audio.info import DEFAULT_LIMITS, AudioInfo, Limits, check_limits, too_long

__all__ = [
    "Audio",
    "AudioError",
    "AudioInfo",
    "AudioReader",
    "Limits",
    "decode",
    "encode",
    "probe",
    "resample",
    "to_float",
    "to_mono",
]

BLOCK_FRAMES: Final = 1 << 16
LOUDEST: Final = 1e6
_DECODED: Final = ("FLAC", "WAV", "RF64", "W64", "AIFF", "CAF", "OGG", "MP3")
_BIT_DEPTHS: Final = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_LOSSLESS: Final = {*_BIT_DEPTHS, "FLOAT", "DOUBLE", "ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32"}
_MOST_FRAMES: Final = 1 << 40  # libsndfile answers 2**63 - 1 where it doesn't know


@dataclass(frozen=True)
class Audio:
    """Decoded audio: float32 ``samples`` (frames, channels) and the MD5 of its PCM."""

    samples: npt.NDArray[np.float32]
    sample_rate: int
    info: AudioInfo
    audio_md5: str


def probe(path: Path | str, limits: Limits = DEFAULT_LIMITS) -> AudioInfo:
    """Read a file's header, cheaply. Raises ``AudioError`` for what can't be used."""
    with AudioReader(path, limits) as reader:
        return reader.info


def decode(path: Path | str, limits: Limits = DEFAULT_LIMITS) -> Audio:
    """Decode a whole file into memory. Raises ``AudioError`` for what can't be used."""
    with AudioReader(path, limits) as reader:
        samples = np.concatenate([to_float(block) for block in reader.blocks()])
        return Audio(samples, reader.info.sample_rate, reader.info, reader.audio_md5)


def to_float(block: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """PCM of any of libsndfile's types as float32 in [-1, 1].

    >>> to_float(np.array([-32768, 16384], np.int16))
    array([-1. ,  0.5], dtype=float32)
    """
    if block.dtype == np.float32:
        return block
    return np.multiply(block, np.float32(full_scale(block)), dtype=np.float32)


def full_scale(block: npt.NDArray[Any]) -> float:
    """What brings samples of libsndfile's types into [-1, 1]."""
    return {np.dtype(np.int16): 2.0**-15, np.dtype(np.int32): 2.0**-31}.get(block.dtype, 1.0)


class _Stream(sf.SoundFile):
    """A file that is only read onwards: soundfile seeks after each block of a seekable one, which
    costs time and fails where FLAC doesn't state its length.
    """

    def seekable(self) -> bool:
        """No."""
        return False


class AudioReader:
    """An open audio file that is read once, in blocks.

    Blocks keep the file's own precision: int16 for up to 16 bits, int32 (left-aligned) above,
    float32 for lossy and floating-point audio. When the last block was taken, ``audio_md5`` holds
    the MD5 of the PCM: packed little-endian at the file's bit depth, as FLAC's STREAMINFO has it,
    so that a WAV and its FLAC have the same.
    """

    def __init__(self, path: Path | str, limits: Limits = DEFAULT_LIMITS):
        self.path = Path(path)
        self._limits = limits
        size = _regular_file_size(self.path)
        container = _container(self.path)
        claims = read_streaminfo(self.path) if container == "FLAC" else None
        check_complete(self.path, container)
        self._file = _open(self.path, container)
        self.info = _describe(
            self.path, self._file, container, size, claims.md5 if claims else None
        )
        try:
            check_limits(self.info, limits)
        except AudioError:
            self._file.close()
            raise
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.frames_read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def audio_md5(self) -> str:
        """Hexadecimal MD5 of the PCM read so far."""
        return self._md5.hexdigest()

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[npt.NDArray[Any]]:
        """Blocks of at most ``frames``, shape (frames, channels), until the end.

        Raises ``AudioError`` for damage, samples that are not finite, and a length other than
        claimed.
        """
        dtype = _block_dtype(self.info)
        while True:
            block = self._read(frames, dtype)
            if len(block) == 0:
                break
            self.frames_read += len(block)
            self._check_block(block)
            self._md5.update(_packed(block, self.info.bit_depth))
            yield block
        self._check_end()

    def _read(self, frames: int, dtype: str) -> npt.NDArray[Any]:
        try:
            return self._file.read(frames, dtype=dtype, always_2d=True)
        except (sf.LibsndfileError, RuntimeError) as error:
            raise AudioError(
                self.path,
                _damage(self.path, self.info.container),
                f"{shown(self.path)}: decoding failed after {self.frames_read} frames ({error});"
                " fetch or export it again",
            ) from error

    def _check_block(self, block: npt.NDArray[Any]) -> None:
        if block.dtype == np.float32 and not max(block.max(), -block.min()) < LOUDEST:
            finite = np.isfinite(block).all()
            raise AudioError(
                self.path,
                "out_of_range" if finite else "not_finite",
                f"{shown(self.path)}: holds samples "
                + (f"beyond {LOUDEST:g}" if finite else "that are NaN or infinite")
                + ", full scale is 1; export it again",
            )
        if self.frames_read > self._limits.max_duration_s * self.info.sample_rate:
            raise too_long(self.info, self.frames_read, self._limits)

    def _check_end(self) -> None:
        claimed = self.info.frames
        if self.frames_read == 0:
            raise AudioError(self.path, "empty", f"{shown(self.path)}: holds no samples")
        if self.info.lossless and claimed and self.frames_read != claimed:
            raise AudioError(
                self.path,
                "truncated" if self.frames_read < claimed else "length_mismatch",
                f"{shown(self.path)}: its header claims {claimed} frames, {self.frames_read} were"
                " decoded; fetch or export it again",
            )
        expected = self.info.streaminfo_md5
        if expected and expected != self.audio_md5:
            raise AudioError(
                self.path,
                "corrupt",
                f"{shown(self.path)}: the MD5 of its samples is {self.audio_md5}, its header says"
                f" {expected}; fetch or export it again",
            )


def _regular_file_size(path: Path) -> int:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise AudioError(path, "unreadable", f"{shown(path)}: can't be read ({error})") from error
    if not stat.S_ISREG(status.st_mode):
        raise AudioError(path, "not_a_file", f"{shown(path)}: not a regular file; name audio files")
    if status.st_size == 0:
        raise AudioError(path, "empty", f"{shown(path)}: 0 bytes; fetch or export it again")
    return status.st_size


def _container(path: Path) -> str:
    try:
        container = sniff(path)
    except OSError as error:
        raise AudioError(path, "unreadable", f"{shown(path)}: can't be read ({error})") from error
    if container is None:
        raise AudioError(
            path,
            "not_audio",
            f"{shown(path)}: no audio by its content; accepted are {', '.join(_DECODED)}",
        )
    if container not in _DECODED:
        raise AudioError(
            path,
            "unsupported",
            f"{shown(path)}: {container} isn't decoded; convert it to FLAC first",
        )
    return container


def _open(path: Path, container: str) -> _Stream:
    name = str(path) if os.name == "nt" else os.fsencode(path)
    try:
        return _Stream(name)
    except (sf.LibsndfileError, RuntimeError, TypeError) as error:
        raise AudioError(
            path,
            _damage(path, container),
            f"{shown(path)}: its header can't be decoded ({error}); fetch or export it again",
        ) from error


def _damage(path: Path, container: str) -> str:
    """The reason for a file that the decoder refuses."""
    return "truncated" if container == "FLAC" and is_cut(path) else "corrupt"


def _describe(
    path: Path, file: sf.SoundFile, container: str, size: int, md5: str | None
) -> AudioInfo:
    subtype = file.subtype
    frames = file.frames if 0 <= file.frames < _MOST_FRAMES else 0
    codec = container
    if container == "OGG":
        codec = "FLAC" if subtype in _BIT_DEPTHS else subtype
    return AudioInfo(
        path=path,
        container=container,
        codec=codec,
        lossless=subtype in _LOSSLESS,
        sample_rate=file.samplerate,
        channels=file.channels,
        bit_depth=_BIT_DEPTHS.get(subtype),
        frames=frames,
        duration_s=frames / file.samplerate if file.samplerate else 0.0,
        size_bytes=size,
        streaminfo_md5=md5,
    )


def _block_dtype(info: AudioInfo) -> str:
    if info.bit_depth is None:
        return "float32"
    return "int16" if info.bit_depth <= 16 else "int32"


def _packed(block: npt.NDArray[Any], bit_depth: int | None) -> memoryview:
    """The bytes of ``block`` little-endian at its bit depth, as FLAC's MD5 takes them."""
    if bit_depth == 8:
        return (block >> 8).astype(np.int8).data
    if bit_depth == 24:
        return np.ascontiguousarray(block.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:]).data
    return np.ascontiguousarray(block, dtype=block.dtype.newbyteorder("<")).data
