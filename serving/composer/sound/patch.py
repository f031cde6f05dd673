"""The words for instruments: a generator of sound and the numbers that it needs."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np


@dataclass(frozen=True)
class Envelope:
    """Loudness of a note in time, in seconds: a rise, a fall to ``sustain``, a release."""

    attack: float
    decay: float
    sustain: float
    release: float


@dataclass(frozen=True)
class Analog:
    """Oscillators and a filter. Times in seconds, ``detune`` and ``vibrato`` as frequency ratios,
    ``cutoff`` in Hz, ``sweep`` how many times the cut-off is added at the attack."""

    saw: float = 1.0
    pulse: float = 0.0
    width: float = 0.5
    triangle: float = 0.0
    sub: float = 0.0
    breath: float = 0.0
    voices: int = 1
    detune: float = 0.004
    spread: float = 0.0
    attack: float = 0.005
    decay: float = 0.25
    sustain: float = 0.7
    release: float = 0.15
    cutoff: float = 2500.0
    sweep: float = 0.0
    sweep_s: float = 0.2
    resonance: float = 0.2
    vibrato: float = 0.0
    vibrato_hz: float = 5.2
    swell: float = 0.0
    level: float = 1.0

    def vector(self, brightness: float) -> np.ndarray:
        """The numbers for the kernel, with the cut-off scaled."""
        values = np.array(astuple(self)[:20], dtype=np.float64)
        values[13] *= brightness
        return values

    @property
    def envelope(self) -> Envelope:
        """Its loudness in time."""
        return Envelope(self.attack, self.decay, self.sustain, self.release)


@dataclass(frozen=True)
class FM:
    """A modulated carrier and a second, decaying pair (tine, bell partial)."""

    ratio: float = 1.0
    index: float = 1.5
    index_s: float = 0.4
    index_floor: float = 0.2
    ratio2: float = 14.0
    level2: float = 0.0
    index2: float = 0.0
    decay2: float = 0.3
    attack: float = 0.002
    decay: float = 1.2
    sustain: float = 0.0
    release: float = 0.25
    tremolo: float = 0.0
    tremolo_hz: float = 4.5
    click: float = 0.0
    level: float = 1.0

    def vector(self, brightness: float) -> np.ndarray:
        """The numbers for the kernel, with the index scaled."""
        values = np.array(astuple(self)[:15], dtype=np.float64)
        values[1] *= power(brightness, 0.5)
        return values

    @property
    def envelope(self) -> Envelope:
        """Its loudness in time."""
        return Envelope(self.attack, self.decay, self.sustain, self.release)


@dataclass(frozen=True)
class Pluck:
    """A string: ``ring`` seconds at 220 Hz, ``bright`` and ``damp`` 0 to 1, ``position`` of the
    pick along the string, ``body`` smoothing of the box, ``octave_loss`` for higher strings."""

    ring: float = 3.0
    bright: float = 0.7
    position: float = 0.15
    damp: float = 0.25
    release: float = 0.12
    body: float = 0.1
    octave_loss: float = 0.5
    level: float = 1.0

    def vector(self, brightness: float) -> np.ndarray:
        """The numbers for the kernel, with the pick's brightness scaled."""
        values = np.array(astuple(self)[:7], dtype=np.float64)
        values[1] = min(1.0, values[1] * power(brightness, 0.7))
        return values

    @property
    def envelope(self) -> Envelope:
        """Its loudness in time, besides the string's own decay."""
        return Envelope(0.0, 1.0, 1.0, 0.8 * self.release)


@dataclass(frozen=True)
class Modal:
    """Partials ``(ratio, weight, life)``. Held partials don't decay until released."""

    partials: tuple[tuple[float, float, float], ...]
    stretch: float = 0.0
    ring: float = 4.0
    octave_loss: float = 0.6
    attack: float = 0.001
    release: float = 0.2
    knock: float = 0.0
    held: float = 0.0
    vibrato: float = 0.0
    width: float = 0.0
    level: float = 1.0

    def vector(self, brightness: float) -> np.ndarray:
        """The numbers for the kernel, with upper partials scaled."""
        head = [self.stretch, self.ring, self.octave_loss, self.knock, self.held, self.vibrato,
                self.width, float(len(self.partials))]  # fmt: skip
        lift = min(1.6, power(brightness, 0.8))
        tail: list[float] = []
        for number, (ratio, weight, life) in enumerate(self.partials):
            tail += [ratio, weight * (lift if number > 2 else 1.0), life]
        return np.array(head + tail, dtype=np.float64)

    @property
    def envelope(self) -> Envelope:
        """Its loudness in time, besides the partials' own decay."""
        return Envelope(self.attack, 1.0, 1.0, self.release)


@dataclass(frozen=True)
class Sung:
    """Wordless syllables: ``vowels`` and ``onsets`` (as `singer` names them) that notes choose
    from, ``size`` of the throat (above 1 for a smaller one), ``breath`` 0 to 1.

    ``scoop``: semitones below the note at its start, ``fall`` semitones a second, ``onset_s``
    seconds of consonant, vibrato and drift in cents.
    """

    vowels: tuple[str, ...] = ("a", "o", "uh", "e")
    onsets: tuple[str, ...] = ("n", "l", "d", "y")
    size: float = 1.0
    breath: float = 0.02
    scoop: float = 1.2
    fall: float = 0.0
    onset_s: float = 0.05
    vibrato_cents: float = 25.0
    drift_cents: float = 8.0
    attack: float = 0.02
    release: float = 0.14
    level: float = 1.0

    def vector(self, brightness: float) -> Sung:
        """The patch itself: a throat opens by its vowels, not by a filter."""
        return self

    @property
    def envelope(self) -> Envelope:
        """Its loudness in time."""
        return Envelope(self.attack, 0.6, 0.85, self.release)


@dataclass(frozen=True)
class Drum:
    """A drum: swept tone, noise between two cut-offs, metal, click, hands (a clap), side (pan of
    the noise)."""

    tone_hz: float = 0.0
    drop: float = 0.0
    drop_s: float = 0.1
    tone_s: float = 0.2
    tone: float = 0.0
    noise: float = 0.0
    noise_s: float = 0.15
    low: float = 200.0
    high: float = 9000.0
    metal: float = 0.0
    metal_s: float = 0.1
    metal_hz: float = 4000.0
    click: float = 0.0
    hands: float = 0.0
    side: float = 0.0

    def vector(self) -> np.ndarray:
        """The numbers for the kernel."""
        return np.array(astuple(self), dtype=np.float64)


def power(base: float, exponent: float) -> float:
    """A power, rounded so that the last bits of a C library can't matter."""
    return round(float(base) ** exponent, 9)


Patch = Analog | FM | Pluck | Modal | Sung
