"""Notes into sound: a patch plays a pitch, at a loudness that all patches agree on."""

from __future__ import annotations

from functools import cache
from math import sqrt

import numpy as np

from . import effects, voices
from .exact import midi_to_hz
from .patches import FM, KITS, PATCHES, Analog, Modal, Patch, Pluck
from .score import Note

_REFERENCE_RMS = 0.1
_REFERENCE_SR = 22050
_TAKES = 3
_LOUDNESSES = 6
_SHADES = 8
_HOLD_GRID_S = 0.012
_MEMORY_FRAMES = 44100 * 90

_KERNELS = {Analog: voices.analog, FM: voices.fm, Pluck: voices.pluck, Modal: voices.modal}


class Instrument:
    """Plays one patch. Equal notes (pitch, length, shade) are synthesised once and added again."""

    def __init__(self, patch_name: str, middle: int, sr: int, brightness: float = 1.0) -> None:
        self._patch = PATCHES[patch_name]
        self._gain = loudness_gain(patch_name, middle)
        self._sr, self._brightness = sr, brightness
        self._sounds: dict[tuple[int, int, int], np.ndarray] = {}
        self._room = _MEMORY_FRAMES

    def play(self, out: np.ndarray, start: int, hold: int, pitch: int, velocity: float) -> None:
        """Add a note to ``out`` (frames, 2) float32; ``start`` and ``hold`` in frames."""
        if start >= len(out):
            return
        grid = max(1, int(_HOLD_GRID_S * self._sr))
        steps = max(1, round(hold / grid))
        shade = max(1, round(velocity * _SHADES))
        sound = self._sound(pitch, steps * grid, shade)
        level = velocity * (0.4 + 0.6 * velocity)
        effects.add(out[start:], sound[: len(out) - start], level)

    def _sound(self, pitch: int, hold: int, shade: int) -> np.ndarray:
        key = (pitch, hold, shade)
        if key in self._sounds:
            return self._sounds[key]
        sound = np.zeros((hold + int(self._patch.release * self._sr), 2), np.float32)
        _strike(sound, self._patch, hold, pitch, shade / _SHADES, self._sr, self._brightness,
                self._gain)  # fmt: skip
        if len(sound) <= self._room:
            self._room -= len(sound)
            self._sounds[key] = sound
        return sound


def release_of(patch_name: str) -> float:
    """Seconds that a patch sounds on after a note's length; 0 for what has no patch."""
    patch = PATCHES.get(patch_name)
    return 0.0 if patch is None else patch.release + 2 * _HOLD_GRID_S


def _strike(
    out: np.ndarray, patch: Patch, hold: int, pitch: int, shade: float, sr: int,
    brightness: float, gain: float,
) -> None:  # fmt: skip
    vector = patch.vector(brightness * (0.55 + 0.55 * shade))
    seed = (pitch * 2654435761 + hold * 40503 + 12345) & 0xFFFFFFFF
    kernel = _KERNELS[type(patch)]
    kernel(out, 0, hold, float(midi_to_hz(pitch)), gain * patch.level, vector, float(sr), seed)


@cache
def loudness_gain(patch_name: str, middle: int) -> float:
    """Gain that brings a patch's middle note to -20 dB RMS in its loudest quarter second."""
    out = np.zeros((_REFERENCE_SR, 2), np.float32)
    _strike(
        out, PATCHES[patch_name], int(0.7 * _REFERENCE_SR), middle, 0.8, _REFERENCE_SR, 1.0, 1.0
    )
    power = effects.loudest_power(out, _REFERENCE_SR // 4)
    return round(_REFERENCE_RMS / max(1e-6, sqrt(power)), 4)


class DrumMachine:
    """Plays a kit; each stroke is synthesised once per drum, loudness and take, then added."""

    def __init__(self, kit: str, sr: int) -> None:
        self._kit = KITS[kit]
        self._sr = sr
        self._takes: dict[tuple[int, int, int], np.ndarray] = {}

    def play(self, out: np.ndarray, start: int, note: Note) -> None:
        """Add a stroke to ``out`` (frames, 2) float32 at frame ``start``."""
        if start >= len(out):
            return
        loudness = max(1, round(note.velocity * _LOUDNESSES))
        sound = self._sound(note.pitch, loudness, round(note.start * 4) % _TAKES)
        effects.add(out[start:], sound[: len(out) - start], note.velocity)

    def _sound(self, pitch: int, loudness: int, take: int) -> np.ndarray:
        key = (pitch, loudness, take)
        if key not in self._takes:
            drum = self._kit[pitch]
            longest = max(drum.tone_s, drum.noise_s, drum.metal_s) * 1.15 + 0.05
            sound = np.zeros((int(longest * self._sr), 2), np.float32)
            level = 0.28 * (0.5 + 0.5 * loudness / _LOUDNESSES)
            seed = pitch * 977 + take * 131 + 7
            voices.drum(sound, 0, level, drum.vector(), float(self._sr), seed)
            self._takes[key] = sound
        return self._takes[key]
