"""One track to look at: its waveform, spectra, key and beats, as numbers and as a picture.

The numbers go to JSON as they are; ``features.picture`` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.audio.reader import AudioInfo, Limits
from features.extract import EXTRACTOR_VERSION, read_signal
from features.harmony.chroma import chroma_of
from features.harmony.key import Key, key_of
from features.harmony.pitch import TONICS
from features.levels.loudness import Loudness
from features.quality import Quality, with_tuning
from features.rhythm.periodicity import rhythm_of, value_at
from features.rhythm.tempo import Tempo, tempo_of
from features.spectrum import analyse, band_centres_hz

COLUMNS: Final = 360
TEMPOGRAM_BPM: Final = np.geomspace(40.0, 240.0, 64)
_FLOOR_DB: Final = -70.0

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Look:
    """What can be seen of one track.

    ``waveform`` (columns, 2): least and greatest sample of each column. ``mel_db`` (columns,
    bands): dB below the strongest. ``chroma`` (columns, 12) in [0, 1] from C. ``tempogram``
    (windows, len(TEMPOGRAM_BPM)): periodicity at each tempo.
    """

    info: AudioInfo
    tempo: Tempo
    key: Key
    loudness: Loudness
    quality: Quality
    waveform: Array
    mel_db: Array
    chroma: Array
    tempogram: Array


def look_at(path: Path | str, limits: Limits | None = None) -> Look:
    """Measure the file at ``path`` for a picture. Raises ``AudioError`` when it can't be used."""
    signal = read_signal(path, limits or Limits())
    spectrum = analyse(signal.mono)
    chroma = chroma_of(spectrum)
    rhythm = rhythm_of(spectrum.mel, chroma.frames)
    silent = "silent" in signal.quality.verdicts
    level = 20 * np.log10(np.maximum(spectrum.mel, 1e-9) / max(float(spectrum.mel.max()), 1e-9))
    return Look(
        info=signal.info,
        tempo=Tempo(None, 0.0, reason="silence") if silent else tempo_of(rhythm),
        key=Key(None, 0.0, None, "silence") if silent else key_of(chroma),
        loudness=signal.loudness,
        quality=with_tuning(signal.quality, chroma.tuning_cents, chroma.focus),
        waveform=_envelope(signal.mono),
        mel_db=np.maximum(_columns(level), _FLOOR_DB),
        chroma=_columns(chroma.frames / max(float(chroma.frames.max(initial=0)), 1e-9)),
        tempogram=value_at(rhythm.local, 60.0 / TEMPOGRAM_BPM),
    )


def as_json(look: Look) -> dict[str, Any]:
    """Everything in ``look`` as plain values, pictures as nested lists."""
    info = look.info
    return {
        "path": str(info.path),
        "extractor_version": EXTRACTOR_VERSION,
        "codec": info.codec,
        "sample_rate": info.sample_rate,
        "channels": info.channels,
        "duration_s": info.duration_s,
        "tempo": {
            "bpm": look.tempo.bpm,
            "confidence": look.tempo.confidence,
            "candidates": [list(candidate) for candidate in look.tempo.candidates],
            "steady": look.tempo.steady,
            "reason": look.tempo.reason,
            "beats_s": _rounded(look.tempo.beats_s, 3),
            "beats_per_bar": look.tempo.beats_per_bar,
            "downbeats_s": _rounded(look.tempo.downbeats_s, 3),
        },
        "key": {
            "name": look.key.name,
            "confidence": look.key.confidence,
            "tuning_cents": look.key.tuning_cents,
            "reason": look.key.reason,
            "method": look.key.method,
        },
        "loudness": {
            "integrated_lufs": look.loudness.integrated_lufs,
            "range_lu": look.loudness.range_lu,
            "true_peak_dbtp": look.loudness.true_peak_dbtp,
        },
        "quality": {"verdicts": list(look.quality.verdicts), "measures": look.quality.measures},
        "bandwidth_hz": look.quality.bandwidth_hz,
        "waveform": _rounded(look.waveform, 4),
        "mel": {"hz": _rounded(band_centres_hz(), 1), "db": _rounded(look.mel_db, 1)},
        "chroma": {"tonics": list(TONICS), "values": _rounded(look.chroma, 3)},
        "tempogram": {"bpm": _rounded(TEMPOGRAM_BPM, 1), "values": _rounded(look.tempogram, 3)},
    }


def headline(look: Look) -> str:
    """The track in one line."""
    tempo, key, loudness = look.tempo, look.key, look.loudness.integrated_lufs
    parts = [
        look.info.path.name,
        f"{tempo.bpm:.1f} BPM ({tempo.confidence:.2f})"
        if tempo.bpm
        else f"no tempo: {tempo.reason}",
        f"{key.name} ({key.confidence:.2f})" if key.name else f"no key: {key.reason}",
        f"{loudness:.1f} LUFS" if loudness is not None else "no loudness",
        ", ".join(look.quality.verdicts) or "quality ok",
    ]
    return " · ".join(parts)


def draw(look: Look, path: Path | str) -> None:
    """Write a picture of ``look`` as PNG or SVG, as the suffix of ``path`` says."""
    from features.picture import heat_map, stacked, waveform

    seconds = look.info.duration_s
    bands = [f"{hz:.0f}" for hz in band_centres_hz()]
    tempi = [f"{bpm:.0f}" for bpm in TEMPOGRAM_BPM]
    mel = 1 - look.mel_db / _FLOOR_DB
    stacked(
        headline(look),
        [
            waveform(look.waveform, seconds),
            heat_map(mel, seconds, bands, "mel band (Hz)"),
            heat_map(look.chroma, seconds, TONICS, "pitch class"),
            heat_map(look.tempogram, seconds, tempi, "tempo (BPM)", look.tempo.beats_s),
        ],
        path,
    )


def _envelope(y: Array) -> Array:
    edges = np.linspace(0, len(y), min(COLUMNS, len(y)) + 1).astype(int)[:-1]
    return np.stack([np.minimum.reduceat(y, edges), np.maximum.reduceat(y, edges)], axis=1)


def _columns(frames: Array) -> Array:
    """Mean of ``frames`` (frames, values) in at most COLUMNS equal parts."""
    edges = np.unique(np.linspace(0, len(frames), min(COLUMNS, len(frames)) + 1).astype(int))
    return np.add.reduceat(frames, edges[:-1], axis=0) / np.diff(edges)[:, None]


def _rounded(values: Array, digits: int) -> list[Any]:
    return np.asarray(values, np.float64).round(digits).tolist()
