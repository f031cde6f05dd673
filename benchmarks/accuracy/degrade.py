"""Clean clips made worse in the ways that real recordings are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.signal

from features.audio.reader import decode, encode, resample
from features.spectrum import ANALYSIS_RATE as SR


def lossy(y: np.ndarray) -> np.ndarray:
    """Through MP3 at its lowest quality (about 64 kb/s)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mp3"
        encode(path, y, SR, quality=0.0)
        return decode(path).samples[:, 0]


def noisy(y: np.ndarray) -> np.ndarray:
    """White noise 20 dB below."""
    rng = np.random.default_rng(0)
    return (y + 0.1 * y.std() * rng.standard_normal(len(y))).astype(np.float32)


def clipped(y: np.ndarray) -> np.ndarray:
    """The loudest tenth of the samples cut off."""
    top = float(np.quantile(np.abs(y), 0.9))
    return np.clip(y, -top, top)


def telephone(y: np.ndarray) -> np.ndarray:
    """300 to 3,400 Hz at 8 kHz."""
    band = scipy.signal.butter(4, (300, 3400), "bandpass", fs=SR, output="sos")
    narrow = scipy.signal.sosfilt(band, y).astype(np.float32)
    return resample(resample(narrow, SR, 8000), 8000, SR)


def reverberant(y: np.ndarray) -> np.ndarray:
    """A hall of 1.5 s, as loud as the music itself."""
    rng = np.random.default_rng(1)
    t = np.arange(int(1.5 * SR)) / SR
    tail = rng.standard_normal(len(t)) * np.exp(-6.9 * t / 1.5)
    wet = scipy.signal.fftconvolve(y, tail)[: len(y)]
    return (y + wet * y.std() / max(float(wet.std()), 1e-9)).astype(np.float32)


DEGRADATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "clean": lambda y: y,
    "MP3 64 kb/s": lossy,
    "noise -20 dB": noisy,
    "clipped": clipped,
    "telephone": telephone,
    "reverb": reverberant,
}
