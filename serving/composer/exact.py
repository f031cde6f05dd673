"""Elementary functions and chance that give the same bits on every machine.

``sin``, ``exp`` and ``tan`` of a C library or of a vectorised numpy loop may differ in the last
bit between processors. Here they are polynomials over ``+ - * /`` and ``floor``, which IEEE 754
defines exactly, compiled without fast-math, so nothing may be reordered or fused. Chance comes
from the raw words of numpy's PCG64, which numpy promises never to change (NEP 19).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from math import floor
from typing import TypeVar

import numpy as np
from numba import njit

__all__ = [
    "Dice",
    "db_to_gain",
    "exp2",
    "fast_sine",
    "midi_to_hz",
    "per_sample_decay",
    "sine",
    "swift_sine",
    "swift_tan",
    "tan_turns",
]

T = TypeVar("T")
_TWO_PI = 6.283185307179586
_LN2 = 0.6931471805599453
_LOG2_E = 1.4426950408889634
_LOG2_10_OVER_20 = 0.16609640474436813


@njit(cache=True, error_model="numpy")
def sine(turns: float) -> float:
    """Sine of an angle in turns (1.0 is a full circle); error below 1e-11."""
    x = turns - floor(turns + 0.5)
    if x > 0.25:
        x = 0.5 - x
    elif x < -0.25:
        x = -0.5 - x
    t = x * _TWO_PI
    s = t * t
    total = 1.0
    for k in range(16, 0, -2):
        total = 1.0 - s / (k * (k + 1)) * total
    return t * total


@njit(cache=True, error_model="numpy")
def exp2(x: float) -> float:
    """Two to the power ``x``, for ``|x|`` up to some hundreds; relative error below 1e-14."""
    whole = floor(x + 0.5)
    t = (x - whole) * _LN2
    total = 1.0
    for k in range(14, 0, -1):
        total = 1.0 + total * t / k
    factor = 2.0 if whole > 0 else 0.5
    for _ in range(int(abs(whole))):
        total *= factor
    return total


@njit(cache=True, error_model="numpy")
def tan_turns(turns: float) -> float:
    """Tangent of an angle in turns, for 0 to just under a quarter."""
    return sine(turns) / sine(turns + 0.25)


@njit(cache=True)
def midi_to_hz(pitch: float) -> float:
    """Frequency in Hz of a MIDI pitch (69 is A4, 440 Hz)."""
    return 440.0 * exp2((pitch - 69.0) / 12.0)


@njit(cache=True)
def db_to_gain(db: float) -> float:
    """Amplitude factor of a level in dB."""
    return exp2(db * _LOG2_10_OVER_20)


@njit(cache=True, error_model="numpy")
def per_sample_decay(seconds: float, sr: float) -> float:
    """Factor per sample of an exponential that falls by 60 dB in ``seconds``."""
    return exp2(-6.907755278982137 * _LOG2_E / max(1.0, seconds * sr))


_TABLE = np.array([sine(i / 4096.0) for i in range(4098)])


@njit(cache=True, error_model="numpy")
def fast_sine(turns: float) -> float:
    """Sine of an angle in turns from a table of 4,096 with straight lines between; error 3e-7."""
    x = (turns - floor(turns)) * 4096.0
    index = int(x)
    below = _TABLE[index]
    return below + (x - index) * (_TABLE[index + 1] - below)


@njit(cache=True, error_model="numpy")
def swift_sine(turns: float) -> float:
    """Sine of an angle in turns from -16 to 2e9: a polynomial without a branch; error 4e-9."""
    x = turns + 16.0
    u = x - float(np.int32(x)) - 0.5
    s = u * u
    q = 14.04966284210737 - 3.1616002860966677 * s
    q = 67.07662736367826 + s * (s * q - 38.49587868190643)
    q = 25.132741155385887 + s * (s * q - 64.83582285607034)
    return u * (s - 0.25) * q


@njit(cache=True, error_model="numpy")
def swift_tan(turns: float) -> float:
    """Tangent of an angle in turns, for 0 to just under a quarter."""
    return swift_sine(turns) / swift_sine(turns + 0.25)


class Dice:
    """Seeded chance: one independent stream for each ``(seed, *names)``.

    >>> Dice(7, "drums").integer(100) == Dice(7, "drums").integer(100)
    True
    """

    def __init__(self, seed: int, *names: str | int) -> None:
        words = [seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF]
        words += [n if isinstance(n, int) else zlib.crc32(n.encode()) for n in names]
        self._bits = np.random.PCG64(np.random.SeedSequence(words))

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in ``[low, high)``."""
        return low + (high - low) * ((int(self._bits.random_raw()) >> 11) * 2.0**-53)

    def integer(self, below: int) -> int:
        """A whole number in ``[0, below)``."""
        return int(self.uniform() * below)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.uniform() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.integer(len(items))]

    def bell(self) -> float:
        """About normal, mean 0 and deviation about 1 (Irwin-Hall of 3)."""
        return 2.0 * (self.uniform() + self.uniform() + self.uniform() - 1.5)
