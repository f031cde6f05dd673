"""The words in which a genre is described: players, grooves, form, production.

Patterns are strings over one bar of 16 steps. In all of them ``.`` is a rest and ``-`` holds the
note before. Drums: ``X`` accent, ``x`` normal, ``o`` soft (ghost) hit. Chords: ``X``, ``x``, ``o``
strike the chord. Bass: ``R`` root, ``3`` third, ``5`` fifth, ``8`` octave, ``7`` seventh,
    ``T`` the key's tonic, ``a`` a step towards the
next root. Arpeggio: digits index the tones of the voicing from below, over the octave when high.
Melody cells: ``x`` starts a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STEPS = 16


@dataclass(frozen=True)
class Player:
    """One part of the band.

    ``role``: drums, bass, comp, power, sustain, arp or melody. ``low`` and ``high`` bound its MIDI
    pitches. ``level``, ``reverb``, ``delay`` in dB (sends below -60 are off). ``pan`` -1 to 1.
    ``drive`` 0 to 1 saturates, ``tone`` is a low-pass in Hz, ``lowcut`` a high-pass in Hz.
    ``slow_patterns`` stand in for ``patterns`` below 96 BPM, where there are any.
    """

    name: str
    role: str
    patch: str
    patterns: tuple[str, ...] = ("x---------------",)
    low: int = 48
    high: int = 72
    level: float = -10.0
    pan: float = 0.0
    reverb: float = -18.0
    delay: float = -90.0
    drive: float = 0.0
    tone: float = 18000.0
    lowcut: float = 30.0
    duck: float = 0.0
    program: int = 0
    strum_ms: float = 0.0
    slow_patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Groove:
    """A drum pattern for a range of tempi: one string of 16 steps for each drum of the kit."""

    lanes: dict[str, str]
    slowest: float = 0.0
    fastest: float = 400.0


@dataclass(frozen=True)
class Production:
    """The sound of the whole: room, echo, tape, pump.

    ``reverb_s`` decay, ``reverb_tone`` Hz, ``reverb_size`` 0.2 to 1 (a booth to a hall: how far
    apart its walls are), ``delay_beats`` echo time, ``wobble_cents`` tape
    wow, ``crackle`` dB of vinyl noise, ``lowpass`` Hz on everything, ``glue`` dB of bus
    compression wanted, ``drum_drive`` 0 to 1.
    """

    reverb_s: float = 1.6
    reverb_tone: float = 5000.0
    reverb_size: float = 1.0
    delay_beats: float = 0.75
    wobble_cents: float = 0.0
    crackle: float = -90.0
    lowpass: float = 18000.0
    glue: float = 2.0
    drum_drive: float = 0.2


@dataclass(frozen=True)
class Melody:
    """How tunes move: rhythm cells of one bar, size of steps, scale, rests between phrases."""

    cells: tuple[str, ...]
    leap: float = 0.25
    scale: str = "full"
    breath: float = 0.25
    ornament: float = 0.0


@dataclass(frozen=True)
class Style:
    """A genre as data. ``layers`` says which players sound in which section, ``colours`` which
    players each mood brings, who sound in all of them."""

    genre: str
    tempo_bpm: tuple[float, float]
    moods: tuple[str, ...]
    major: float
    players: tuple[Player, ...]
    melody: Melody
    major_loops: tuple[str, ...]
    minor_loops: tuple[str, ...]
    forms: tuple[tuple[str, ...], ...]
    layers: dict[str, tuple[str, ...]]
    colours: Mapping[str, tuple[Player, ...]]
    grooves: tuple[Groove, ...] = ()
    kit: str = "pop"
    extension: str = "triad"
    swing: float = 0.5
    humanise_ms: float = 5.0
    loop_weight: float = 0.6
    production: Production = field(default_factory=Production)

    def band(self, mood: str) -> tuple[Player, ...]:
        """Everyone who plays in a mood."""
        return (*self.players, *self.colours[mood])
