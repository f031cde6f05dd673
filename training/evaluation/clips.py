"""A fixed grid of orders, the clips that an engine makes of them, and what is measured in each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_catalog.vocabulary import GENRES, KEYS, MOODS, TEMPO_RANGE_BPM
from features.audio.reader import encode
from features.extract import TrackFeatures, extract_file

TEMPO_TOLERANCE: Final = 0.04
STUCK_COSINE: Final = 0.9995
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True)
class Order:
    """One clip to make. The fields are those of a request to the service."""

    genre: str
    mood: str
    tempo_bpm: float
    key: str
    duration_s: float
    seed: int


@dataclass(frozen=True)
class Clip:
    """A clip as made and measured. ``features`` is None when it could not be read."""

    order: Order
    path: Path
    seconds: float
    features: TrackFeatures | None
    reason: str | None
    stuck_share: float

    def record(self) -> dict[str, Any]:
        """What the evaluation's JSON holds of it."""
        found = self.features
        return {
            **asdict(self.order),
            "file": self.path.name,
            "generation_s": round(self.seconds, 3),
            "measured_tempo_bpm": found.tempo.bpm if found else None,
            "measured_key": found.key.name if found else None,
            "loudness_lufs": found.loudness.integrated_lufs if found else None,
            "verdicts": list(found.quality.verdicts) if found else [],
            "stuck_share": round(self.stuck_share, 4),
            "reason": self.reason,
            "tempo_right": tempo_right(self),
            "key_right": key_right(self),
        }


Generate = Callable[[Order], tuple[np.ndarray, int]]
"""Makes the audio of an order: float32 (frames, channels), and the sampling rate."""


def grid(clips: int = 24, duration_s: float = 20.0) -> tuple[Order, ...]:
    """The fixed orders: genres, moods and all keys in turn, tempi spread over 60-180 BPM.

    The same ``clips`` gives the same orders, so that evaluations can be compared.

    >>> [order.key for order in grid(3)]
    ['C major', 'G major', 'D minor']
    """
    low, high = TEMPO_RANGE_BPM
    moods = tuple(MOODS)
    return tuple(
        Order(
            genre=GENRES[i % len(GENRES)],
            mood=moods[(i * 3 + i // len(moods)) % len(moods)],
            tempo_bpm=float(round(low + (high - low) * ((i * _GOLDEN + 0.25) % 1))),
            key=KEYS[(i * 7) % len(KEYS)],
            duration_s=duration_s,
            seed=i,
        )
        for i in range(clips)
    )


def make_clips(
    generate: Generate, orders: tuple[Order, ...], folder: Path, tagger_cache: Path | None
) -> Iterator[Clip]:
    """Make, write as FLAC below ``folder``, and measure one clip after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, order in enumerate(orders):
        path = folder / f"{number:03d}-{order.genre}-{order.tempo_bpm:.0f}.flac"
        started = time.perf_counter()
        audio, sample_rate = generate(order)
        seconds = time.perf_counter() - started
        yield _measured(order, path, audio, sample_rate, seconds, tagger_cache)


def tempo_right(clip: Clip) -> bool:
    """The measured tempo is within 4% of the one asked for; an octave off is wrong."""
    found = clip.features.tempo.bpm if clip.features else None
    asked = clip.order.tempo_bpm
    return found is not None and abs(found - asked) <= TEMPO_TOLERANCE * asked


def key_right(clip: Clip) -> bool:
    """Tonic and mode are those asked for; a relative key is wrong."""
    return clip.features is not None and clip.features.key.name == clip.order.key


def stuck_share(y: np.ndarray, sr: int) -> float:
    """Share of seconds whose spectrum is that of the second before: a model that hangs.

    ``y`` (frames, channels). Compared is the magnitude spectrogram of whole seconds, in 50 ms
    frames, by cosine; a steady chord changes more than that.
    """
    hop = sr // 20
    mono = y.mean(axis=1)
    frames = mono[: len(mono) // hop * hop].reshape(-1, hop)
    spectra = np.abs(np.fft.rfft(frames * np.hanning(hop), axis=1))
    seconds = spectra[: len(spectra) // 20 * 20].reshape(-1, 20 * spectra.shape[1])
    if len(seconds) < 2:
        return 0.0
    unit = seconds / np.maximum(np.linalg.norm(seconds, axis=1, keepdims=True), 1e-9)
    return float(np.mean(np.sum(unit[1:] * unit[:-1], axis=1) > STUCK_COSINE))


def _measured(
    order: Order,
    path: Path,
    audio: np.ndarray,
    sample_rate: int,
    seconds: float,
    tagger_cache: Path | None,
) -> Clip:
    audio = audio if audio.ndim == 2 else audio[:, None]
    if not np.isfinite(audio).all() or not len(audio):
        return Clip(order, path, seconds, None, "the audio is empty or not finite", 0.0)
    encode(path, audio, sample_rate)
    stuck = stuck_share(audio, sample_rate)
    try:
        found = extract_file(path, tagger_cache=tagger_cache)
    except Exception as error:  # a broken clip is a finding, not the end of the evaluation
        return Clip(order, path, seconds, None, str(error), stuck)
    return Clip(order, path, seconds, found, None, stuck)
