"""Effects of one strip as stateful kernels over stereo blocks: filters, drive, side-chain, sums.

Shapers are rational functions, so that no ``tanh`` of a C library is involved. Buffers are float32
(frames, 2); ``state`` arrays carry on to the next block. A constant of 1e-18 keeps decaying states
out of the denormal numbers, which are slow.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from ..exact import swift_tan

TINY = 1e-18
_HALF, _THREE, _NINE, _CLIP = np.float32(0.5), np.float32(3), np.float32(9), np.float32(27)


@njit(cache=True, error_model="numpy", nogil=True)
def soft_clip(x):  # type: ignore[no-untyped-def]
    """Odd saturating curve, about ``tanh``: Padé approximant, flat beyond 3."""
    x = min(_THREE, max(-_THREE, x))
    square = x * x
    return x * (_CLIP + square) / (_CLIP + _NINE * square)


@njit(cache=True, error_model="numpy", nogil=True)
def high_pass(x, cut_hz, sr, state):  # type: ignore[no-untyped-def]
    """One-pole high-pass in place; ``state`` (2,)."""
    hp = swift_tan(min(0.2, cut_hz / sr * 0.5))
    hp = 2.0 * hp / (1.0 + hp)
    a, b = state[0], state[1]
    for i in range(x.shape[0]):
        left, right = x[i, 0] + TINY, x[i, 1] + TINY
        x[i, 0] = left - (a + 0.5 * hp * (left - a))
        x[i, 1] = right - (b + 0.5 * hp * (right - b))
        a += hp * (left - a)
        b += hp * (right - b)
    state[0], state[1] = a, b


@njit(cache=True, error_model="numpy", nogil=True)
def low_pass(x, cut_hz, sr, state):  # type: ignore[no-untyped-def]
    """Two-pole (trapezoidal) low-pass in place; ``state`` (4,)."""
    g = swift_tan(min(0.21, cut_hz / sr * 0.5))
    h = 1.0 / (1.0 + g * (g + 1.414))
    p = 2.0 * h * g
    q = p * g
    c, d = 2.0 * h - 1.0, 1.0 - q
    a1, a2, b1, b2 = state[0], state[1], state[2], state[3]
    for i in range(x.shape[0]):
        left, right = x[i, 0] + TINY, x[i, 1] + TINY
        a_old, b_old = a2, b2
        a2 = (d * a2 + q * left) + p * a1
        b2 = (d * b2 + q * right) + p * b1
        a1 = (c * a1 + p * left) - p * a_old
        b1 = (c * b1 + p * right) - p * b_old
        x[i, 0] = 0.5 * (a_old + a2)
        x[i, 1] = 0.5 * (b_old + b2)
    state[0], state[1], state[2], state[3] = a1, a2, b1, b2


@njit(cache=True, error_model="numpy", nogil=True)
def drive(x, amount, state):  # type: ignore[no-untyped-def]
    """Soft clipping at twice the rate (linear interpolation between samples), in place.

    ``state`` (2,) float32 holds the last frame that came in.
    """
    gain = np.float32(1.0 + 24.0 * amount * amount)
    makeup = np.float32(0.5 / (1.0 + 3.2 * amount))
    size = 256
    now, before = np.empty((size, 2), np.float32), np.empty((size, 2), np.float32)
    for start in range(0, x.shape[0], size):
        block = x[start : start + size]
        count = block.shape[0]
        before[0, 0], before[0, 1] = state[0], state[1]
        for i in range(count):
            for c in range(2):
                now[i, c] = block[i, c] * gain
        for i in range(1, count):
            before[i, 0], before[i, 1] = now[i - 1, 0], now[i - 1, 1]
        state[0], state[1] = now[count - 1, 0], now[count - 1, 1]
        for i in range(count):
            for c in range(2):
                between = soft_clip(_HALF * (before[i, c] + now[i, c]))
                block[i, c] = (between + soft_clip(now[i, c])) * makeup


@njit(cache=True, error_model="numpy", nogil=True)
def tilt(x, gain, sr, state):  # type: ignore[no-untyped-def]
    """Raise what is above 1 kHz by ``gain`` and lower what is below by its root, in place."""
    turn = 6.2831853 * 1000.0 / sr
    c = turn / (1.0 + turn)
    lows = 1.0 / sqrt(gain)
    for k in range(2):
        z = state[k]
        for i in range(x.shape[0]):
            z += c * (x[i, k] + TINY - z)
            x[i, k] = lows * z + gain * (x[i, k] - z)
        state[k] = z


@njit(cache=True, error_model="numpy", nogil=True)
def duck(x, gain, amount):  # type: ignore[no-untyped-def]
    """Side-chain in place: ``gain`` (frames,) float32 is 0 at a kick and rises to 1."""
    most = np.float32(amount)
    rest = np.float32(1.0 - amount)
    for i in range(x.shape[0]):
        g = rest + most * gain[i]
        x[i, 0] *= g
        x[i, 1] *= g


@njit(cache=True, error_model="numpy", nogil=True)
def add(out, x, gain):  # type: ignore[no-untyped-def]
    """Add ``x`` times ``gain`` to ``out``, both (frames, 2) float32."""
    g = np.float32(gain)
    for i in range(x.shape[0]):
        for c in range(2):
            out[i, c] += x[i, c] * g


@njit(cache=True, error_model="numpy", nogil=True)
def place(x, gain_left, gain_right):  # type: ignore[no-untyped-def]
    """Give the two sides of ``x`` their gains, in place."""
    a, b = np.float32(gain_left), np.float32(gain_right)
    for i in range(x.shape[0]):
        x[i, 0] *= a
        x[i, 1] *= b


@njit(cache=True, error_model="numpy", nogil=True)
def send(x, out, echo, room, to_echo, to_room):  # type: ignore[no-untyped-def]
    """Add ``x`` to ``out``, and its shares to what enters the echo and the room."""
    a, b = np.float32(to_echo), np.float32(to_room)
    for i in range(x.shape[0]):
        for c in range(2):
            out[i, c] += x[i, c]
            room[i, c] += x[i, c] * b
    if a > 0:
        for i in range(x.shape[0]):
            for c in range(2):
                echo[i, c] += x[i, c] * a
