"""Instruments played from a General MIDI soundfont, for those that a soundfont does better.

A soundfont (.sf2, or .sf3 with compressed samples) is read by tinysoundfont. Each note is played
once for each pitch, length and loudness and then added again, as the synthesizer's own are. Equal
scores give equal samples with the same file, library and kind of machine; the library computes
with the machine's own mathematics, so the last digit may differ elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_catalog.licences.spdx import Licence
from data_catalog.licences.terms import normalise
from features.errors import ShiroaError

from ..soundfont_info import HOW_TO_INSTALL, SoundfontInfo, read_info
from . import dynamics, effects
from .score import Note, Part

__all__ = ["ACOUSTIC", "Sampled", "SampledDrums", "Soundfont", "SoundfontError", "open_soundfont"]

ACOUSTIC: Final = "acoustic"
"""The choice of instruments that a soundfont plays when none is named: all but synthesizers."""

_SYNTHETIC_PROGRAMS: Final = frozenset((38, 39, *range(80, 104)))
_SYNTHETIC_KITS: Final = frozenset(("club", "trap", "dusty", "soft"))
_KIT_PROGRAMS: Final = {"rock": 16, "club": 24, "trap": 25, "brush": 40, "taiko": 48}
_CHANNEL = 0
_REFERENCE_RMS = 0.1
_DRUM_PEAK = 0.28
_SHADES = 8
_HOLD_GRID_S = 0.012
_LONGEST_RELEASE_S = 3.0
_QUIET = 1e-4
_PATIENCE_S = 0.1
_LONGEST_STROKE_S = 2.5


class SoundfontError(ShiroaError):
    """A soundfont that can't be used; the message says what to do."""


@dataclass(frozen=True)
class Sounds:
    """What a soundfont is: its name, its licence, the SHA-256 of its file."""

    name: str
    licence: Licence | None
    sha256: str


class Soundfont:
    """A soundfont ready to play.

    ``players``: ``acoustic``, ``all``, or names of players and patches separated by commas.
    """

    def __init__(self, synth: Any, sfid: int, sounds: Sounds, players: str) -> None:
        self.sounds, self.players = sounds, players
        self._synth, self._id = synth, sfid
        self._names = {name.strip() for name in players.split(",")}

    def plays(self, part: Part, kit: str) -> bool:
        """Whether this soundfont is to play ``part``, whose drums are the style's ``kit``."""
        if part.role in ("texture", "voice"):
            return False
        drums = part.role == "drums"
        if self.players == ACOUSTIC:
            wanted = (
                kit not in _SYNTHETIC_KITS if drums else part.program not in _SYNTHETIC_PROGRAMS
            )
        else:
            wanted = self.players == "all" or bool({part.name, part.patch} & self._names)
        program, bank = (_KIT_PROGRAMS.get(kit, 0), 128) if drums else (part.program, 0)
        return wanted and self._preset(bank, program) is not None

    def _preset(self, bank: int, program: int) -> str | None:
        found: str | None = self._synth.sfpreset_name(self._id, bank, program)
        return found

    def play(self, dry: np.ndarray, part: Part, kit: str, middle: int, beat_s: float) -> None:
        """Add the notes of a part to ``dry`` (frames, 2) float32; ``middle`` is of its range."""
        sr = self.sample_rate
        if part.role == "drums":
            drums = SampledDrums(self, _KIT_PROGRAMS.get(kit, 0))
            for note in part.notes:
                drums.play(dry, round(note.start * beat_s * sr), note)
            return
        instrument = Sampled(self, part.program, middle)
        for note in part.notes:
            start = round(note.start * beat_s * sr)
            instrument.play(dry, start, round(note.length * beat_s * sr), note.pitch, note.velocity)

    def strike(
        self, program: int, pitch: int, hold: int, velocity: float, *, drums: bool = False
    ) -> np.ndarray:
        """One note with its release, float32 (frames, 2); ``hold`` in frames."""
        synth, sr = self._synth, self.sample_rate
        synth.sounds_off()
        synth.generate(round(_PATIENCE_S * sr))
        synth.program_select(_CHANNEL, self._id, 128 if drums else 0, program, drums)
        synth.noteon(_CHANNEL, pitch, max(1, round(127 * velocity)))
        parts = [self._frames(hold)]
        synth.noteoff(_CHANNEL, pitch)
        step = round(_PATIENCE_S * sr)
        longest = _LONGEST_STROKE_S if drums else _LONGEST_RELEASE_S
        for _ in range(round(longest / _PATIENCE_S)):
            parts.append(self._frames(step))
            if float(np.abs(parts[-1]).max(initial=0.0)) < _QUIET:
                break
        sound = np.concatenate(parts)
        end = min(len(sound), step)
        sound[len(sound) - end :] *= np.linspace(1.0, 0.0, end, dtype=np.float32)[:, None]
        return sound

    def _frames(self, count: int) -> np.ndarray:
        return np.frombuffer(self._synth.generate(count), np.float32).reshape(-1, 2).copy()

    @property
    def sample_rate(self) -> int:
        """Frames a second of what it plays."""
        rate: int = self._synth.samplerate
        return rate


class Sampled:
    """One melodic instrument of a soundfont, as loud as the synthesizer's own."""

    def __init__(self, font: Soundfont, program: int, middle: int) -> None:
        self._font, self._program = font, program
        sr = font.sample_rate
        reference = font.strike(program, middle, round(0.7 * sr), 0.8)
        power = dynamics.loudest_power(reference, sr // 4)
        self._gain = 0.8 * _REFERENCE_RMS / max(1e-6, sqrt(power))
        self._sounds: dict[tuple[int, int, int], np.ndarray] = {}

    def play(self, out: np.ndarray, start: int, hold: int, pitch: int, velocity: float) -> None:
        """Add a note to ``out`` (frames, 2) float32; ``start`` and ``hold`` in frames."""
        if start >= len(out):
            return
        grid = max(1, int(_HOLD_GRID_S * self._font.sample_rate))
        key = (pitch, max(1, round(hold / grid)) * grid, max(1, round(velocity * _SHADES)))
        if key not in self._sounds:
            shade = key[2] / _SHADES
            sound = self._font.strike(self._program, pitch, key[1], shade)
            self._sounds[key] = sound * np.float32(self._gain / shade)
        level = velocity * (0.4 + 0.6 * velocity)
        effects.add(out[start:], self._sounds[key][: len(out) - start], level)


class SampledDrums:
    """One drum kit of a soundfont. Its snare peaks where the synthesizer's own does."""

    def __init__(self, font: Soundfont, program: int) -> None:
        self._font, self._program = font, program
        snare = font.strike(program, 38, 1, 0.8, drums=True)
        self._gain = _DRUM_PEAK / max(1e-6, float(np.abs(snare).max(initial=0.0)))
        self._sounds: dict[tuple[int, int], np.ndarray] = {}

    def play(self, out: np.ndarray, start: int, note: Note) -> None:
        """Add a stroke to ``out`` (frames, 2) float32 at frame ``start``."""
        if start >= len(out):
            return
        key = (note.pitch, max(1, round(note.velocity * _SHADES)))
        if key not in self._sounds:
            shade = key[1] / _SHADES
            sound = self._font.strike(self._program, note.pitch, 1, shade, drums=True)
            self._sounds[key] = sound * np.float32(self._gain)
        effects.add(out[start:], self._sounds[key][: len(out) - start], note.velocity)


@cache
def open_soundfont(
    path: Path, sample_rate: int, players: str = ACOUSTIC, licence: str | None = None
) -> Soundfont:
    """Read a soundfont once a process.

    ``licence`` is what its owner says of it; without it the file's own words are read. Raises
    ``SoundfontError`` when the library is missing, or the file isn't a soundfont.
    """
    try:
        import tinysoundfont
    except ImportError:
        raise SoundfontError(f"soundfonts need tinysoundfont: {HOW_TO_INSTALL}") from None
    info, known = read_checked(path), None
    if licence is not None:
        known = normalise(licence)
        if known is None:
            raise SoundfontError(
                f"soundfont_licence={licence!r}: is not understood; give an SPDX identifier such "
                "as MIT or CC0-1.0"
            )
    synth = tinysoundfont.Synth(samplerate=sample_rate)
    try:
        sfid = synth.sfload(str(path))
    except RuntimeError as error:
        raise SoundfontError(f"soundfont={path}: {error}; give a .sf2 or .sf3 file") from None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    sounds = Sounds(info.name or path.stem, known or info.licence, digest)
    return Soundfont(synth, sfid, sounds, players)


def read_checked(path: Path) -> SoundfontInfo:
    """What the file says of itself; ``SoundfontError`` when it isn't a soundfont."""
    try:
        return read_info(path)
    except (OSError, ValueError) as error:
        raise SoundfontError(f"soundfont={path}: {error}; give a .sf2 or .sf3 file") from None
