"""Pretrained tags and embedding of music: musicnn on a few 3-second windows of a track.

The input of the network is a log-mel spectrogram at 16 kHz: Hann window of 512, hop of 256, 96
bands on Slaney's mel scale with Slaney's area norm, compressed as log10(1 + 10000 x). Source: Pons
and Serra, "musicnn" (ISMIR 2019 late-breaking), and Slaney, "Auditory Toolbox" (1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from features.tagger.network import FRAMES, N_MELS
from features.tagger.weights import TaggerUnavailable, ensure_tagger

if TYPE_CHECKING:
    import onnxruntime

__all__ = [
    "SAMPLE_RATE",
    "TAG_NAMES",
    "Tagger",
    "TaggerUnavailable",
    "Tags",
    "ensure_tagger",
    "load_tagger",
    "log_mel",
    "mel_windows",
    "window_starts",
]

SAMPLE_RATE: Final = 16000
N_FFT: Final = 512
HOP_LENGTH: Final = 256
WINDOW_SAMPLES: Final = (FRAMES - 1) * HOP_LENGTH + N_FFT
WINDOWS: Final = 6
"""Windows read of a track: over real tracks of 3 to 4 minutes, a tenth of them, tags and embedding
then agree with those of the whole track to a cosine of 0.98 (``benchmarks/tagger.py``)."""

TAG_NAMES: Final = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists",
    "classic rock", "soul", "indie rock", "mellow", "electronica", "80s", "folk", "90s", "chill",
    "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "hip-hop", "70s", "party", "country",
    "easy listening", "sexy", "catchy", "funk", "electro", "heavy metal", "progressive rock",
    "60s", "rnb", "indie pop", "sad", "house", "happy",
)  # fmt: skip


@dataclass(frozen=True)
class Tags:
    """What the tagger says of a track.

    ``probabilities``: tag to probability in [0, 1], all of ``TAG_NAMES``, not exclusive.
    ``embedding``: mean penultimate activation, float32 (200,). ``windows``: how many were read.
    """

    probabilities: dict[str, float]
    embedding: np.ndarray
    windows: int


class Tagger:
    """The network, loaded once a process. One thread, so that workers don't fight for cores."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    def tag(self, y: np.ndarray, *, windows: int = WINDOWS) -> Tags:
        """Tags of a mono track ``y`` (samples,) at 16 kHz, from ``windows`` spread over it.

        A track shorter than a window is repeated to fill one. Raises ``ValueError`` when ``y``
        is empty, not mono or not finite.
        """
        mel = mel_windows(y, windows)
        tags, embedding = self.run(mel)
        return Tags(
            probabilities=dict(zip(TAG_NAMES, tags.mean(axis=0).tolist(), strict=True)),
            embedding=embedding.mean(axis=0),
            windows=len(mel),
        )

    def run(self, mel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tags (n, 50) and embeddings (n, 200) of windows ``mel`` (n, 187, 96), float32."""
        outputs = [
            self._session.run(["tags", "embedding"], {"mel": window[None]}) for window in mel
        ]
        tags, embedding = zip(*outputs, strict=True)
        return np.concatenate(tags), np.concatenate(embedding)


def load_tagger(cache_dir: Path) -> Tagger:
    """The tagger, from the model kept below ``cache_dir``; fetches it the first time.

    Raises ``TaggerUnavailable`` with what to do.
    """
    path = ensure_tagger(cache_dir)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises many types of its own, none public
        raise TaggerUnavailable(f"{path}: is not a readable model; delete it ({error})") from error
    return Tagger(session)


def window_starts(n_samples: int, windows: int = WINDOWS) -> list[int]:
    """First samples of windows centred in equal parts of a track; they read at most half of it.

    >>> window_starts(16000 * 60, 3)
    [135936, 455936, 775936]
    >>> window_starts(16000)
    [0]
    """
    if windows < 1:
        raise ValueError(f"windows={windows}: must be 1 or more")
    count = min(windows, max(1, n_samples // (2 * WINDOW_SAMPLES)))
    centres = (np.arange(count) + 0.5) * n_samples / count
    return [max(0, int(centre - WINDOW_SAMPLES / 2)) for centre in centres]


def mel_windows(y: np.ndarray, windows: int = WINDOWS) -> np.ndarray:
    """Log-mel spectrograms, float32 (m, 187, 96), of m windows spread over mono ``y`` at 16 kHz.

    Raises ``ValueError`` as ``Tagger.tag`` does.
    """
    _check(y)
    return np.stack([log_mel(_cut(y, start)) for start in window_starts(len(y), windows)])


def log_mel(y: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram (frames, 96), float32, of ``y`` (samples,) at 16 kHz.

    Frame ``i`` covers samples 256 i to 256 i + 512: nothing is padded.
    """
    frames = np.lib.stride_tricks.sliding_window_view(y, N_FFT)[::HOP_LENGTH]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.log10(1 + 10000 * (power.astype(np.float32) @ _mel_filters())).astype(np.float32)


def _check(y: np.ndarray) -> None:
    if y.ndim != 1 or len(y) == 0:
        raise ValueError(f"y has shape {y.shape}: must be mono (samples,) with a sample or more")
    if not np.isfinite(y).all():
        raise ValueError("y holds NaN or infinity: clean it before tagging")


def _cut(y: np.ndarray, start: int) -> np.ndarray:
    """One window of ``y``; a short track is repeated."""
    window = y[start : start + WINDOW_SAMPLES]
    return window if len(window) == WINDOW_SAMPLES else np.resize(window, WINDOW_SAMPLES)


@cache
def _hann() -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    """Slaney's scale: linear to 1 kHz (15 mel), then 27 steps to each factor of 6.4."""
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


@cache
def _mel_filters() -> np.ndarray:
    """Triangular filters of unit area, float32 (257, 96)."""
    top = 15 + 27 * np.log(SAMPLE_RATE / 2 / 1000) / np.log(6.4)
    edges = _mel_to_hz(np.linspace(0, top, N_MELS + 2))
    hertz = np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE)[:, None]
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (hertz - low) / (centre - low), (high - hertz) / (high - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (high - low)).astype(np.float32)
