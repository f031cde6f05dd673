"""Everything that is measured in one track, from one decode of its file.

Blocks of PCM go through the level and bandwidth meters at their own rate, and as mono into one
signal at the analysis rate, of which the spectra are taken once and shared.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from features.audio.reader import AudioInfo, AudioReader, Limits, full_scale, resample
from features.bandwidth import BandwidthMeter
from features.descriptors import DESCRIPTOR_NAMES, describe
from features.fingerprint import fingerprint
from features.harmony.chroma import chroma_of
from features.harmony.key import Key, key_of
from features.levels.loudness import Loudness, loudness_of
from features.levels.meter import LevelMeter
from features.quality import Quality, quality_of, with_tuning
from features.rhythm.periodicity import rhythm_of
from features.rhythm.tempo import SHORTEST_S, Tempo, tempo_of
from features.spectrum import ANALYSIS_RATE, LONG_FRAME_LENGTH, analyse

if TYPE_CHECKING:
    from features.tagger.tagging import Tagger, Tags

__all__ = ["DESCRIPTOR_NAMES", "EXTRACTOR_VERSION", "TrackFeatures", "extract_file", "hear_file"]

EXTRACTOR_VERSION: Final = "5"
"""Changes whenever a stored value may change, so that the catalog measures again."""

ANALYSED_S: Final = 1800.0
"""Tempo, key, tags and descriptors are those of the first half hour; levels of all of it."""

FINGERPRINT_S: Final = 600
_TAGGER_RATE: Final = 16_000
_LIMITS: Final = Limits()


@dataclass(frozen=True)
class TrackFeatures:
    """What was measured in one file. ``seconds``: processor time spent.

    ``fingerprint`` is empty for less than 3 s. ``tags`` is None for the
    ``tags_reason``. ``descriptors``: float32, as ``DESCRIPTOR_NAMES`` lists them.
    """

    info: AudioInfo
    audio_md5: str
    tempo: Tempo
    key: Key
    loudness: Loudness
    quality: Quality
    fingerprint: npt.NDArray[np.uint32]
    tags: Tags | None
    tags_reason: str | None
    descriptors: npt.NDArray[np.float32]
    seconds: float


def extract_file(
    path: Path | str,
    *,
    tagger_cache: Path | None,
    limits: Limits = _LIMITS,
) -> TrackFeatures:
    """Measure the file at ``path``; ``tagger_cache`` None leaves the tags out.

    Raises ``AudioError`` for a file that can't be used.
    """
    started = time.process_time()
    signal = read_signal(path, limits)
    silent = "silent" in signal.quality.verdicts
    tempo, key, descriptors, quality = _silence(signal) if silent else _music(signal)
    tags, tags_reason = _tags(signal.mono, tagger_cache, silent)
    return TrackFeatures(
        info=signal.info,
        audio_md5=signal.audio_md5,
        tempo=tempo,
        key=key,
        loudness=signal.loudness,
        quality=quality,
        fingerprint=fingerprint(signal.mono[: FINGERPRINT_S * ANALYSIS_RATE], ANALYSIS_RATE),
        tags=tags,
        tags_reason=tags_reason,
        descriptors=descriptors,
        seconds=time.process_time() - started,
    )


def hear_file(path: Path | str, limits: Limits = _LIMITS) -> npt.NDArray[np.float16]:
    """Log-mel windows (m, 187, 96) of the file at ``path``, those from which its tags are.

    Raises ``AudioError`` for a file that can't be used.
    """
    from features.tagger.tagging import mel_windows

    mono = read_signal(path, limits).mono
    return mel_windows(resample(mono, ANALYSIS_RATE, _TAGGER_RATE)).astype(np.float16)


@dataclass(frozen=True)
class Signal:
    """A decoded track: mono at the analysis rate, and what its own samples say."""

    info: AudioInfo
    audio_md5: str
    mono: npt.NDArray[np.float32]
    loudness: Loudness
    quality: Quality


def read_signal(path: Path | str, limits: Limits = _LIMITS, *, left_only: bool = False) -> Signal:
    """Decode a file once; twice when its channels cancel, to hear the left one alone.

    Raises ``AudioError`` for a file that can't be used.
    """
    with AudioReader(path, limits) as reader:
        info = reader.info
        levels = LevelMeter(info.sample_rate, info.channels)
        bandwidth = BandwidthMeter(info.sample_rate)
        to_analysis = _Resampler(info)
        for block in reader.blocks():
            levels.add(block)
            bandwidth.add(block)
            to_analysis.add(block[:, :1] if left_only else block)
        gathered = levels.levels()
        quality = quality_of(gathered, bandwidth.cutoff(), lossless=info.lossless)
        if "phase_inverted" in quality.verdicts and not left_only:
            return read_signal(path, limits, left_only=True)
        return Signal(
            info=info,
            audio_md5=reader.audio_md5,
            mono=to_analysis.signal(),
            loudness=loudness_of(gathered),
            quality=quality,
        )


class _Resampler:
    """Mono blocks at any rate into one signal at the analysis rate, of ANALYSED_S at most."""

    def __init__(self, info: AudioInfo):
        import soxr

        self._stream: Any = None
        if info.sample_rate != ANALYSIS_RATE:
            self._stream = soxr.ResampleStream(
                info.sample_rate, ANALYSIS_RATE, 1, dtype="float32", quality="HQ"
            )
        seconds = min(info.duration_s or ANALYSED_S, ANALYSED_S)
        self._signal = np.empty(int(seconds * ANALYSIS_RATE) + 2, np.float32)
        self._filled = 0

    def add(self, block: npt.NDArray[Any]) -> None:
        """Take the next block of PCM (frames, channels)."""
        from features.audio.pcm_kernel import mix

        if self._filled < len(self._signal):
            mono = np.empty(len(block), np.float32)
            mix(block, full_scale(block), mono)
            self._put(self._stream.resample_chunk(mono) if self._stream else mono)

    def signal(self) -> npt.NDArray[np.float32]:
        """The whole signal (frames,)."""
        if self._stream and self._filled < len(self._signal):
            self._put(self._stream.resample_chunk(np.empty(0, np.float32), last=True))
        return self._signal[: self._filled]

    def _put(self, part: npt.NDArray[np.float32]) -> None:
        part = part[: len(self._signal) - self._filled]
        self._signal[self._filled : self._filled + len(part)] = part
        self._filled += len(part)


def _music(signal: Signal) -> tuple[Tempo, Key, npt.NDArray[np.float32], Quality]:
    mono = signal.mono
    spectrum = analyse(mono)
    chroma = chroma_of(spectrum)
    rhythm = rhythm_of(spectrum.mel, chroma.frames)
    tempo, key = Tempo(None, 0.0, reason="too_short"), Key(None, 0.0, None, "too_short")
    if len(mono) >= SHORTEST_S * ANALYSIS_RATE:
        tempo = tempo_of(rhythm)
    if len(mono) >= 3 * LONG_FRAME_LENGTH:
        key = key_of(chroma)
    descriptors = describe(
        spectrum, rhythm, chroma.frames, chroma.focus, tempo, key, signal.loudness
    )
    return tempo, key, descriptors, with_tuning(signal.quality, chroma.tuning_cents, chroma.focus)


def _silence(signal: Signal) -> tuple[Tempo, Key, npt.NDArray[np.float32], Quality]:
    nothing = np.zeros(len(DESCRIPTOR_NAMES), np.float32)
    tempo, key = Tempo(None, 0.0, reason="silence"), Key(None, 0.0, None, "silence")
    return tempo, key, nothing, signal.quality


def _tags(
    mono: npt.NDArray[np.float32], cache_dir: Path | None, silent: bool
) -> tuple[Tags | None, str | None]:
    if cache_dir is None:
        return None, "the tagger is switched off"
    if silent:
        return None, "silence"
    from features.tagger.tagging import TaggerUnavailable

    try:
        tagger = _tagger(cache_dir)
    except TaggerUnavailable as error:
        return None, str(error)
    return tagger.tag(resample(mono, ANALYSIS_RATE, _TAGGER_RATE)), None


@cache
def _tagger(cache_dir: Path) -> Tagger:
    from features.tagger.tagging import load_tagger

    return load_tagger(cache_dir)
