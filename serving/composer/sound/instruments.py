"""Notes into sound: a patch plays a pitch, at a loudness that all patches agree on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from math import sqrt

import numpy as np

from ..exact import midi_to_hz, per_sample_decay
from ..score import Note
from . import dynamics, effects
from .chant import chant
from .envelope import shape
from .kits import KITS
from .oscillators import analog, fm
from .patch import FM, Analog, Modal, Patch, Pluck, Sung
from .patches import PATCHES
from .strings import modal, pluck
from .strokes import drum

REFERENCE_RMS = 0.1
_REFERENCE_SR = 22050
STROKE_WINDOW_S = 0.02
_TAKES = 3
_LOUDNESSES = 6
SHADES = 8
_HOLD_GRID_S = 0.012
_MEMORY_FRAMES = 44100 * 90

_GENERATORS: dict[type, Callable[..., None]] = {
    Analog: analog, FM: fm, Pluck: pluck, Modal: modal, Sung: chant,
}  # fmt: skip


class Repeated(ABC):
    """Plays notes of which equal ones (pitch, length, shade) are made once and added again."""

    def __init__(self, sr: int) -> None:
        self._sr = sr
        self._sounds: dict[tuple[int, int, int], np.ndarray] = {}
        self._room = _MEMORY_FRAMES

    def play(self, out: np.ndarray, start: int, hold: int, pitch: int, velocity: float) -> None:
        """Add a note to ``out`` (frames, 2) float32; ``start`` and ``hold`` in frames.

        Of a note that starts before ``out``, what is left is added.
        """
        if start >= len(out):
            return
        sound = self._sound(pitch, self._held(hold), _shade(velocity))[max(0, -start) :]
        start = max(0, start)
        effects.add(out[start:], sound[: len(out) - start], _level(velocity))

    def begin(self, out: np.ndarray, start: int, hold: int, pitch: int, velocity: float) -> None:
        """As ``play``; where that is sooner, no more of the note is made than ``out`` holds."""
        self.play(out, start, hold, pitch, velocity)

    @abstractmethod
    def _made(self, pitch: int, hold: int, shade: int) -> np.ndarray:
        """The whole sound of a note, float32 (frames, 2), as loud as all instruments are."""

    def _held(self, hold: int) -> int:
        """``hold`` on a grid, so that notes of about one length share a sound."""
        grid = max(1, int(_HOLD_GRID_S * self._sr))
        return max(1, round(hold / grid)) * grid

    def _sound(self, pitch: int, hold: int, shade: int) -> np.ndarray:
        key = (pitch, hold, shade)
        if key in self._sounds:
            return self._sounds[key]
        sound = self._made(*key)
        if len(sound) <= self._room:
            self._room -= len(sound)
            self._sounds[key] = sound
        return sound


class Instrument(Repeated):
    """Plays one patch."""

    def __init__(self, patch_name: str, middle: int, sr: int, brightness: float = 1.0) -> None:
        super().__init__(sr)
        self._patch = PATCHES[patch_name]
        self._gain = loudness_gain(patch_name, middle)
        self._brightness = brightness

    def begin(self, out: np.ndarray, start: int, hold: int, pitch: int, velocity: float) -> None:
        """As ``play``, but make no more of the note than what ``out`` has room for."""
        held = self._held(hold)
        frames = min(len(out) - start, held + int(self._patch.release * self._sr))
        if frames > 0:
            sound = np.zeros((frames, 2), np.float32)
            self._strike(sound, held, pitch, _shade(velocity))
            effects.add(out[start:], sound, _level(velocity))

    def _made(self, pitch: int, hold: int, shade: int) -> np.ndarray:
        sound = np.zeros((hold + int(self._patch.release * self._sr), 2), np.float32)
        self._strike(sound, hold, pitch, shade)
        return sound

    def _strike(self, sound: np.ndarray, hold: int, pitch: int, shade: int) -> None:
        _strike(sound, self._patch, hold, pitch, shade / SHADES, self._sr, self._brightness,
                self._gain)  # fmt: skip


def _shade(velocity: float) -> int:
    return max(1, round(velocity * SHADES))


def _level(velocity: float) -> float:
    return velocity * (0.4 + 0.6 * velocity)


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
    frames = hold + int(patch.release * sr)
    amp = _amplitude(patch, frames, hold, gain * patch.level, float(sr))[: len(out)]
    _GENERATORS[type(patch)](out, amp, midi_to_hz(float(pitch)), vector, float(sr), seed)


def _amplitude(patch: Patch, frames: int, hold: int, level: float, sr: float) -> np.ndarray:
    """The note's loudness (frames,)."""
    envelope = patch.envelope
    amp = np.empty(frames, np.float32)
    shape(
        amp, hold, level, 1.0 / max(1.0, envelope.attack * sr),
        per_sample_decay(envelope.decay * 2.0, sr), envelope.sustain,
        per_sample_decay(envelope.release, sr),
    )  # fmt: skip
    return amp


@cache
def loudness_gain(patch_name: str, middle: int) -> float:
    """Gain that brings a patch's middle note to -20 dB RMS in its loudest quarter second."""
    out = np.zeros((_REFERENCE_SR, 2), np.float32)
    _strike(
        out, PATCHES[patch_name], int(0.7 * _REFERENCE_SR), middle, 0.8, _REFERENCE_SR, 1.0, 1.0
    )
    power = dynamics.loudest_power(out, _REFERENCE_SR // 4)
    return round(REFERENCE_RMS / max(1e-6, sqrt(power)), 4)


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
            stroke = self._kit[pitch]
            longest = max(stroke.tone_s, stroke.noise_s, stroke.metal_s) * 1.15 + 0.05
            sound = np.zeros((int(longest * self._sr), 2), np.float32)
            level = 0.28 * (0.5 + 0.5 * loudness / _LOUDNESSES)
            seed = pitch * 977 + take * 131 + 7
            drum(sound, level, stroke.vector(), float(self._sr), seed)
            self._takes[key] = sound
        return self._takes[key]


@cache
def stroke_power(kit: str, pitch: int) -> float:
    """Mean power of the loudest ``STROKE_WINDOW_S`` of a kit's full stroke."""
    out = np.zeros((_REFERENCE_SR // 2, 2), np.float32)
    DrumMachine(kit, _REFERENCE_SR).play(out, 0, Note(0.0, 1.0, pitch, 1.0))
    return float(dynamics.loudest_power(out, round(STROKE_WINDOW_S * _REFERENCE_SR)))
