"""Instruments as data: which generator, with which numbers."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np


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
        values[1] *= _power(brightness, 0.5)
        return values


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
        values[1] = min(1.0, values[1] * _power(brightness, 0.7))
        return values


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
        head = [self.stretch, self.ring, self.octave_loss, self.attack, self.release, self.knock,
                self.held, self.vibrato, self.width, float(len(self.partials)), 0.0,
                    0.0]  # fmt: skip
        tail: list[float] = []
        for number, (ratio, weight, life) in enumerate(self.partials):
            tail += [
                ratio,
                weight * (min(1.6, _power(brightness, 0.8)) if number > 2 else 1.0),
                life,
            ]
        return np.array(head + tail, dtype=np.float64)


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


def _power(base: float, exponent: float) -> float:
    """A power, rounded so that the last bits of a C library can't matter."""
    return round(float(base) ** exponent, 9)


Patch = Analog | FM | Pluck | Modal


def _harmonics(count: int, power: float, odd: float = 1.0, life: float = 0.6) -> tuple[
    tuple[float, float, float], ...
]:  # fmt: skip
    return tuple(
        (float(k), (1.0 if k % 2 else odd) / _power(k, power), 1.0 / (1.0 + life * (k - 1)))
        for k in range(1, count + 1)
    )


PATCHES: dict[str, Patch] = {
    # keys
    "piano": Modal(_harmonics(14, 1.15, 1.0, 0.35), stretch=0.00035, ring=6.0, octave_loss=0.55,
                   release=0.25, knock=0.35, width=0.25),
    "jazz_piano": Modal(_harmonics(10, 1.35, 1.0, 0.45), stretch=0.0004, ring=4.5,
                        octave_loss=0.6, release=0.2, knock=0.25, width=0.2),
    "electric_piano": FM(ratio=1.0, index=1.1, index_s=0.5, index_floor=0.1, ratio2=7.0,
                         level2=0.1, decay2=0.35, decay=2.2, release=0.25, tremolo=0.25,
                         tremolo_hz=3.2),
    "rock_organ": Modal(((0.5, 0.6, 1), (1, 1, 1), (1.5, 0.5, 1), (2, 0.6, 1), (3, 0.3, 1),
                         (4, 0.35, 1), (6, 0.15, 1), (8, 0.12, 1)), attack=0.01, release=0.05,
                        held=1.0, vibrato=0.12, width=0.2),
    "vibes": Modal(((1, 1, 1), (4, 0.25, 0.4), (10, 0.06, 0.1)), ring=3.5, octave_loss=0.3,
                   release=0.4, knock=0.08, vibrato=0.3, width=0.2),
    "music_box": Modal(((1, 1, 1), (3.0, 0.25, 0.5), (6.2, 0.15, 0.2)), ring=1.6,
                       octave_loss=0.3, release=0.4, knock=0.1),
    "dark_bell": FM(ratio=3.5, index=2.2, index_s=0.5, index_floor=0.2, ratio2=1.0, level2=0.5,
                    decay2=1.2, decay=1.4, release=0.5),
    "glass_bell": FM(ratio=2.76, index=1.2, index_s=1.2, ratio2=5.4, level2=0.15, decay2=2.0,
                     decay=3.5, release=2.0, attack=0.01),
    "soft_keys": FM(ratio=1.0, index=0.4, index_s=0.5, index_floor=0.05, decay=3.0, sustain=0.3,
                    release=0.5, attack=0.03, tremolo=0.2, tremolo_hz=1.7),
    # plucked
    "steel_guitar": Pluck(ring=3.5, bright=0.75, position=0.13, damp=0.2, body=0.08),
    "nylon_guitar": Pluck(ring=2.5, bright=0.35, position=0.25, damp=0.35, body=0.1),
    "mellow_guitar": Pluck(ring=2.6, bright=0.25, position=0.3, damp=0.4, body=0.2),
    "dist_guitar": Pluck(ring=5.0, bright=0.8, position=0.12, damp=0.15, release=0.06, body=0.1),
    "lead_guitar": Analog(saw=0.8, pulse=0.4, width=0.3, voices=1, attack=0.008, decay=0.6,
                          sustain=0.8, release=0.12, cutoff=2600, sweep=1.0, sweep_s=0.15,
                          vibrato=0.006, vibrato_hz=5.6),
    "upright_bass": Pluck(ring=1.6, bright=0.22, position=0.3, damp=0.45, release=0.1, body=0.06),
    "pick_bass": Pluck(ring=4.0, bright=0.5, position=0.1, damp=0.25, release=0.06, body=0.05),
    "pizzicato": Pluck(ring=0.7, bright=0.4, position=0.3, damp=0.4, release=0.15, body=0.15),
    "bright_pluck": Analog(saw=0.7, pulse=0.5, width=0.35, voices=2, detune=0.003, spread=0.4,
                           decay=0.16, sustain=0.0, release=0.2, cutoff=900, sweep=5.0,
                           sweep_s=0.09),
    "saw_pluck": Analog(saw=1.0, voices=2, detune=0.005, spread=0.5, decay=0.14, sustain=0.1,
                        release=0.12, cutoff=700, sweep=7.0, sweep_s=0.08, resonance=0.45),
    "soft_pluck": FM(ratio=2.0, index=0.7, index_s=0.25, index_floor=0.0, decay=1.1, release=0.9,
                     attack=0.004),
    # basses
    "synth_bass": Analog(saw=0.8, pulse=0.4, sub=0.5, decay=0.25, sustain=0.6, release=0.06,
                         cutoff=420, sweep=3.0, sweep_s=0.12, resonance=0.3),
    "acid_bass": Analog(saw=1.0, sub=0.4, decay=0.2, sustain=0.5, release=0.05, cutoff=330,
                        sweep=5.0, sweep_s=0.1, resonance=0.6),
    "sub_808": FM(ratio=1.0, index=0.5, index_s=0.1, index_floor=0.15, ratio2=1.0, level2=0.0,
                  attack=0.003, decay=1.6, sustain=0.15, release=0.12, click=0.1),
    "mellow_bass": FM(ratio=1.0, index=0.7, index_s=0.2, index_floor=0.1, decay=0.9, sustain=0.2,
                      release=0.08),
    "drone": Analog(saw=0.6, triangle=0.6, sub=0.6, voices=3, detune=0.004, spread=0.5,
                    attack=0.9, sustain=1.0, release=1.6, cutoff=260, swell=2.0),
    # pads, strings, voices
    "warm_pad": Analog(saw=1.0, voices=3, detune=0.005, spread=0.8, attack=0.12, sustain=0.9,
                       release=0.4, cutoff=1400, resonance=0.1),
    "dark_pad": Analog(saw=1.0, voices=3, detune=0.007, spread=0.8, attack=0.1, sustain=0.9,
                       release=0.4, cutoff=900, resonance=0.25),
    "airy_pad": Analog(saw=0.5, triangle=0.8, breath=0.12, voices=4, detune=0.005, spread=0.5,
                       attack=0.7, sustain=1.0, release=1.8, cutoff=1000, resonance=0.1,
                       swell=1.5),
    "choir": Analog(saw=0.4, pulse=0.5, width=0.25, breath=0.25, voices=4, detune=0.007,
                    spread=0.7, attack=0.3, sustain=1.0, release=0.7, cutoff=1000,
                    resonance=0.55, vibrato=0.004, vibrato_hz=4.7),
    "supersaw": Analog(saw=1.0, voices=6, detune=0.011, spread=0.9, attack=0.004, decay=0.4,
                       sustain=0.75, release=0.12, cutoff=6500, sweep=0.5),
    "strings": Analog(saw=1.0, voices=4, detune=0.005, spread=0.7, attack=0.12, sustain=0.95,
                      release=0.35, cutoff=2600, vibrato=0.003, swell=0.3),
    "dark_strings": Analog(saw=1.0, voices=3, detune=0.005, spread=0.6, attack=0.2, sustain=0.95,
                           release=0.4, cutoff=1100, vibrato=0.003),
    "violins": Analog(saw=1.0, voices=3, detune=0.003, spread=0.3, attack=0.06, sustain=0.9,
                      release=0.2, cutoff=3800, vibrato=0.006, vibrato_hz=5.7, breath=0.04),
    "celli": Analog(saw=1.0, voices=2, detune=0.003, spread=0.3, attack=0.05, sustain=0.9,
                    release=0.2, cutoff=1100, vibrato=0.004, sweep=0.6, sweep_s=0.2),
    "solo_cello": Analog(saw=1.0, breath=0.05, attack=0.09, sustain=0.95, release=0.3,
                         cutoff=1300, resonance=0.35, vibrato=0.008, vibrato_hz=5.2, swell=0.25),
    "shadow": Analog(saw=0.7, triangle=0.8, sub=0.8, voices=3, detune=0.008, spread=0.4,
                     attack=0.5, sustain=1.0, release=0.8, cutoff=240, swell=1.0),
    "basses": Analog(saw=1.0, voices=3, detune=0.004, spread=0.3, attack=0.04, decay=0.4,
                     sustain=0.7, release=0.25, cutoff=700, sweep=1.0, sweep_s=0.2),
    "spiccato": Analog(saw=1.0, voices=3, detune=0.005, spread=0.4, attack=0.008, decay=0.14,
                       sustain=0.2, release=0.14, cutoff=1500, sweep=1.5, sweep_s=0.08,
                       breath=0.08),
    "horns": Analog(saw=1.0, voices=3, detune=0.003, spread=0.3, attack=0.07, sustain=0.9,
                    release=0.2, cutoff=1100, sweep=0.8, sweep_s=0.3, vibrato=0.002, swell=0.2),
    "low_brass": Analog(saw=1.0, voices=3, detune=0.004, spread=0.3, attack=0.05, decay=0.5,
                        sustain=0.7, release=0.25, cutoff=600, sweep=2.5, sweep_s=0.4,
                        resonance=0.25),
    # leads
    "vocal_lead": Analog(saw=0.5, pulse=0.6, width=0.3, voices=2, detune=0.003, spread=0.3,
                         attack=0.02, sustain=0.85, release=0.15, cutoff=2200, resonance=0.4,
                         vibrato=0.005),
    "square_lead": Analog(saw=0.2, pulse=0.9, voices=2, detune=0.004, spread=0.4, attack=0.004,
                          decay=0.2, sustain=0.7, release=0.12, cutoff=3200, sweep=0.8),
    "flute_lead": Analog(saw=0.0, triangle=1.0, breath=0.25, attack=0.04, sustain=0.9,
                         release=0.12, cutoff=2600, vibrato=0.004),
    "flute": Analog(saw=0.05, triangle=1.0, breath=0.18, attack=0.05, sustain=0.95, release=0.12,
                    cutoff=3000, vibrato=0.005, vibrato_hz=5.4),
    "whistle": Analog(saw=0.0, triangle=1.0, breath=0.3, attack=0.02, sustain=0.95, release=0.06,
                      cutoff=4500, vibrato=0.004, vibrato_hz=6.0),
    "fiddle": Analog(saw=1.0, breath=0.06, attack=0.03, sustain=0.9, release=0.1, cutoff=4200,
                     resonance=0.3, vibrato=0.006, vibrato_hz=6.0),
    "sax": Analog(saw=0.7, pulse=0.5, width=0.22, breath=0.12, attack=0.03, decay=0.3,
                  sustain=0.8, release=0.1, cutoff=1500, sweep=0.9, sweep_s=0.2, resonance=0.35,
                  vibrato=0.007, vibrato_hz=5.0),
}  # fmt: skip

_HAT = Drum(metal=0.5, metal_s=0.07, metal_hz=6500, side=0.15)
_OPEN = Drum(metal=0.5, metal_s=0.38, metal_hz=6000, side=0.15)
_CRASH = Drum(metal=0.55, metal_s=1.9, metal_hz=4200, noise=0.3, noise_s=1.2, low=2500,
              high=12000, side=-0.2)  # fmt: skip
_CLAP = Drum(noise=1.3, noise_s=0.16, low=700, high=4500, hands=1.0)
_RIDE = Drum(metal=0.34, metal_s=0.7, metal_hz=4800, tone_hz=4100, tone=0.05, tone_s=0.3, side=0.2)
_SHAKER = Drum(noise=0.5, noise_s=0.07, low=4500, high=12000, side=0.25)

_BASE: dict[int, Drum] = {
    35: Drum(tone_hz=62, drop=1.2, drop_s=0.06, tone_s=0.3, tone=1.0, noise=0.15, noise_s=0.04,
             low=80, high=1200),
    36: Drum(tone_hz=50, drop=3.0, drop_s=0.09, tone_s=0.35, tone=1.0, click=0.25),
    37: Drum(tone_hz=1100, tone=0.35, tone_s=0.05, noise=0.5, noise_s=0.04, low=1200, high=6000),
    38: Drum(tone_hz=185, drop=0.6, drop_s=0.05, tone_s=0.14, tone=0.5, noise=0.95, noise_s=0.2,
             low=400, high=8000),
    39: _CLAP, 42: _HAT, 44: Drum(metal=0.4, metal_s=0.09, metal_hz=5200), 46: _OPEN,
    45: Drum(tone_hz=85, drop=0.7, drop_s=0.12, tone_s=0.45, tone=0.9, noise=0.2, noise_s=0.06),
    47: Drum(tone_hz=125, drop=0.6, drop_s=0.1, tone_s=0.38, tone=0.9, noise=0.2, noise_s=0.06),
    50: Drum(tone_hz=175, drop=0.5, drop_s=0.1, tone_s=0.3, tone=0.85, noise=0.2, noise_s=0.05),
    49: _CRASH, 51: _RIDE,
    54: Drum(metal=0.4, metal_s=0.16, metal_hz=7500, noise=0.2, noise_s=0.08, low=5000,
             high=13000, side=-0.2),
    70: _SHAKER,
    41: Drum(tone_hz=58, drop=0.9, drop_s=0.12, tone_s=0.9, tone=1.1, noise=0.5, noise_s=0.09,
             low=60, high=900, click=0.15),
    43: Drum(tone_hz=98, drop=0.5, drop_s=0.1, tone_s=0.5, tone=0.8, noise=0.5, noise_s=0.07,
             low=150, high=2500),
}  # fmt: skip

KITS: dict[str, dict[int, Drum]] = {
    "pop": _BASE,
    "rock": _BASE | {
        36: Drum(tone_hz=62, drop=2.2, drop_s=0.05, tone_s=0.22, tone=1.0, click=0.5, noise=0.2,
                 noise_s=0.03, low=1500, high=6000),
        38: Drum(tone_hz=200, drop=0.5, drop_s=0.05, tone_s=0.2, tone=0.7, noise=1.2,
                 noise_s=0.32, low=300, high=7500),
    },
    "club": _BASE | {
        36: Drum(tone_hz=46, drop=5.5, drop_s=0.08, tone_s=0.4, tone=1.15, click=0.35),
        42: Drum(metal=0.45, metal_s=0.045, metal_hz=8500),
        46: Drum(metal=0.55, metal_s=0.25, metal_hz=7500),
    },
    "trap": _BASE | {
        36: Drum(tone_hz=44, drop=4.0, drop_s=0.07, tone_s=0.5, tone=1.15, click=0.3),
        38: Drum(tone_hz=230, drop=0.4, drop_s=0.03, tone_s=0.08, tone=0.4, noise=1.1,
                 noise_s=0.13, low=900, high=10000),
        42: Drum(metal=0.36, metal_s=0.035, metal_hz=9000),
    },
    "brush": _BASE | {
        36: Drum(tone_hz=68, drop=0.8, drop_s=0.05, tone_s=0.25, tone=0.7),
        38: Drum(tone_hz=210, tone=0.15, tone_s=0.08, noise=0.7, noise_s=0.2, low=1500,
                 high=6500),
        51: Drum(metal=0.42, metal_s=0.85, metal_hz=5200, tone_hz=4600, tone=0.07, tone_s=0.35,
                 side=0.25),
    },
    "hand": _BASE,
    "taiko": _BASE,
    "dusty": _BASE | {
        36: Drum(tone_hz=56, drop=1.6, drop_s=0.06, tone_s=0.24, tone=1.0, noise=0.15,
                 noise_s=0.03, low=300, high=2500),
        38: Drum(tone_hz=170, drop=0.4, drop_s=0.04, tone_s=0.1, tone=0.5, noise=0.8,
                 noise_s=0.15, low=300, high=4500),
        42: Drum(metal=0.3, metal_s=0.05, metal_hz=5000),
    },
    "soft": _BASE | {36: Drum(tone_hz=52, drop=0.5, drop_s=0.1, tone_s=0.7, tone=0.7)},
}  # fmt: skip
