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

from ...soundfont_info import HOW_TO_INSTALL, SoundfontInfo, read_info
from ..score import Note, Part
from . import dynamics, effects
from .instruments import REFERENCE_RMS, SHADES, STROKE_WINDOW_S, Repeated, stroke_power

__all__ = ["ACOUSTIC", "Sampled", "SampledDrums", "Soundfont", "SoundfontError", "open_soundfont"]

ACOUSTIC: Final = "acoustic"
"""The choice of instruments that a soundfont plays when none is named: all but synthesizers and
distorted guitars, which their strips would distort again."""

_ELECTRIC_PROGRAMS: Final = frozenset((29, 30, 38, 39, *range(80, 104)))
_SYNTHETIC_KITS: Final = frozenset(("club", "trap", "dusty", "soft"))
_KIT_PROGRAMS: Final = {"rock": 16, "club": 24, "trap": 25, "brush": 40}
_STANDARD_KIT: Final = 0
_TAIKO_PROGRAM: Final = 116
_TAIKO_SHIFT: Final = 12
_DRUM_BANK: Final = 128
_CHANNEL = 0
_LONGEST_RELEASE_S = 3.0
_QUIET = 1e-4
_PATIENCE_S = 0.1
_STROKE_S = 0.4
_LONGEST_STROKE_S = 2.5
RING_S: Final = max(_LONGEST_RELEASE_S, _STROKE_S + _LONGEST_STROKE_S) + 2 * _PATIENCE_S
"""The longest that anything sounds on after its note, seconds."""


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
            wanted = kit not in _SYNTHETIC_KITS if drums else part.program not in _ELECTRIC_PROGRAMS
        else:
            wanted = self.players == "all" or bool({part.name, part.patch} & self._names)
        return wanted and (self.kit(kit) if drums else self.has(0, part.program)) is not None

    def has(self, bank: int, program: int) -> tuple[int, int] | None:
        """``(bank, program)`` if there is such a preset."""
        return (bank, program) if self._synth.sfpreset_name(self._id, bank, program) else None

    def kit(self, kit: str) -> tuple[int, int] | None:
        """Bank and program of a kit; the standard one stands in for a missing one.

        The taiko is a preset of its own: in the orchestra's kit its keys are tuned kettledrums,
        which play tones of no chord.
        """
        if kit == "taiko":
            return self.has(0, _TAIKO_PROGRAM)
        return self.has(_DRUM_BANK, _KIT_PROGRAMS.get(kit, _STANDARD_KIT)) or self.has(
            _DRUM_BANK, _STANDARD_KIT
        )

    def voice(self, part: Part, kit: str, middle: int) -> Sampled | SampledDrums:
        """What plays ``part``; ``middle`` is the pitch in the middle of its range."""
        if part.role == "drums":
            return SampledDrums(self, kit)
        return Sampled(self, part.program, middle)

    def strike(self, preset: tuple[int, int], pitch: int, hold: int, velocity: float) -> np.ndarray:
        """One note of a preset with its release, float32 (frames, 2); ``hold`` in frames."""
        synth, sr = self._synth, self.sample_rate
        bank, program = preset
        drums = bank == _DRUM_BANK
        synth.sounds_off()
        synth.generate(round(_PATIENCE_S * sr))
        synth.program_select(_CHANNEL, self._id, bank, program, drums)
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


class Sampled(Repeated):
    """One melodic instrument of a soundfont, as loud as the synthesizer's own."""

    def __init__(self, font: Soundfont, program: int, middle: int) -> None:
        super().__init__(font.sample_rate)
        self._font, self._preset = font, (0, program)
        reference = font.strike(self._preset, middle, round(0.7 * self._sr), 0.8)
        power = dynamics.loudest_power(reference, self._sr // 4)
        self._gain = 0.8 * REFERENCE_RMS / max(1e-6, sqrt(power))

    def _made(self, pitch: int, hold: int, shade: int) -> np.ndarray:
        loud = shade / SHADES
        sound: np.ndarray = self._font.strike(self._preset, pitch, hold, loud)
        return sound * np.float32(self._gain / loud)


class SampledDrums:
    """One drum kit of a soundfont, each of its drums as loud as that of the synthesizer's kit."""

    def __init__(self, font: Soundfont, kit: str) -> None:
        self._font, self._kit = font, kit
        self._preset = font.kit(kit) or (_DRUM_BANK, _STANDARD_KIT)
        self._gains: dict[int, float] = {}
        self._sounds: dict[tuple[int, int], np.ndarray] = {}

    def play(self, out: np.ndarray, start: int, note: Note) -> None:
        """Add a stroke to ``out`` (frames, 2) float32 at frame ``start``."""
        if start >= len(out):
            return
        key = (note.pitch, max(1, round(note.velocity * SHADES)))
        if key not in self._sounds:
            sound = self._struck(note.pitch, key[1] / SHADES)
            self._sounds[key] = sound * np.float32(self._gain(note.pitch))
        effects.add(out[start:], self._sounds[key][: len(out) - start], note.velocity)

    def _gain(self, pitch: int) -> float:
        if pitch not in self._gains:
            power = dynamics.loudest_power(
                self._struck(pitch, 1.0), round(STROKE_WINDOW_S * self._font.sample_rate)
            )
            self._gains[pitch] = sqrt(stroke_power(self._kit, pitch) / max(1e-12, power))
        return self._gains[pitch]

    def _struck(self, pitch: int, velocity: float) -> np.ndarray:
        """A stroke, held until its attack is over: some soundfonts end it with the note."""
        hold = round(_STROKE_S * self._font.sample_rate)
        key = pitch + (_TAIKO_SHIFT if self._kit == "taiko" else 0)
        return self._font.strike(self._preset, key, hold, velocity)


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
