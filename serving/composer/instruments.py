"""Notes into sound: a patch plays a pitch, at a loudness that all patches agree on."""

from __future__ import annotations

from functools import cache

import numpy as np

from . import voices
from .exact import midi_to_hz
from .patches import FM, KITS, PATCHES, Analog, Modal, Pluck
from .score import Note

_REFERENCE_RMS = 0.1
_REFERENCE_SR = 22050
_TAKES = 3
_LOUDNESSES = 6

_KERNELS = {Analog: voices.analog, FM: voices.fm, Pluck: voices.pluck, Modal: voices.modal}


def play(
    out: np.ndarray, patch_name: str, start: int, hold: int, pitch: float, velocity: float,
    sr: int, brightness: float = 1.0, reference: int = 60,
) -> None:  # fmt: skip
    """Add a note to ``out`` (frames, 2) float32; ``start`` and ``hold`` in frames."""
    if start >= out.shape[0]:
        return
    gain = loudness_gain(patch_name, reference)
    _strike(out, patch_name, start, hold, pitch, velocity, sr, brightness, gain)


def _strike(
    out: np.ndarray, patch_name: str, start: int, hold: int, pitch: float, velocity: float,
    sr: int, brightness: float, gain: float,
) -> None:  # fmt: skip
    patch = PATCHES[patch_name]
    vector = patch.vector(brightness * (0.55 + 0.55 * velocity))
    level = gain * velocity * (0.4 + 0.6 * velocity) * patch.level
    seed = (int(pitch * 100) * 2654435761 + start * 40503 + 12345) & 0xFFFFFFFF
    kernel = _KERNELS[type(patch)]
    kernel(out, start, hold, float(midi_to_hz(pitch)), level, vector, float(sr), seed)


@cache
def loudness_gain(patch_name: str, reference: int) -> float:
    """Gain that brings a patch's reference note to -20 dB RMS in its loudest quarter second."""
    out = np.zeros((_REFERENCE_SR, 2), np.float32)
    _strike(out, patch_name, 0, int(0.7 * _REFERENCE_SR), reference, 0.8, _REFERENCE_SR, 1.0, 1.0)
    window = _REFERENCE_SR // 4
    mono = out.mean(axis=1)
    loudest = max(
        float(np.sqrt(np.mean(mono[i : i + window] ** 2)))
        for i in range(0, len(mono) - window + 1, window // 2)
    )
    return round(_REFERENCE_RMS / max(1e-6, loudest), 4)


class DrumMachine:
    """Plays a kit; each stroke is synthesised once per drum, loudness and take, then added."""

    def __init__(self, kit: str, sr: int) -> None:
        self._kit = KITS[kit]
        self._sr = sr
        self._takes: dict[tuple[int, int, int], np.ndarray] = {}

    def play(self, out: np.ndarray, start: int, note: Note) -> None:
        """Add a stroke to ``out`` (frames, 2) float32 at frame ``start``."""
        loudness = max(1, round(note.velocity * _LOUDNESSES))
        take = round(note.start * 4) % _TAKES
        sound = self._sound(note.pitch, loudness, take)
        n = min(len(sound), len(out) - start)
        if n > 0:
            out[start : start + n] += sound[:n] * np.float32(note.velocity)

    def _sound(self, pitch: int, loudness: int, take: int) -> np.ndarray:
        key = (pitch, loudness, take)
        if key not in self._takes:
            drum = self._kit[pitch]
            longest = max(drum.tone_s, drum.noise_s, drum.metal_s) * 1.15 + 0.05
            sound = np.zeros((int(longest * self._sr), 2), np.float32)
            level = 0.28 * (0.5 + 0.5 * loudness / _LOUDNESSES)
            voices.drum(
                sound, 0, level, drum.vector(), float(self._sr), pitch * 977 + take * 131 + 7
            )
            self._takes[key] = sound
        return self._takes[key]
