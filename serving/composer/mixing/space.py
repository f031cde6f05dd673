"""The space that a band plays in: an echo, a room, and the tape that it is recorded on.

The room is a feedback delay network of eight lines mixed by a Hadamard matrix (Jot and Chaigne
1991). Buffers are float32 (frames, 2); lines and states are float64 and carry on.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..exact import fast_sine, per_sample_decay
from ..sound.effects import TINY

_LINES_S = (0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0617, 0.0683, 0.0797)


@njit(cache=True, error_model="numpy", nogil=True)
def echo(x, out, delay, feedback, damp, line, place):  # type: ignore[no-untyped-def]
    """Ping-pong echo of ``x`` added to ``out``; returns the new place in ``line``."""
    size = line.shape[0]
    for i in range(x.shape[0]):
        read = place - delay
        if read < 0:
            read += size
        left, right = line[read, 0], line[read, 1]
        mono = 0.5 * (x[i, 0] + x[i, 1]) + TINY
        line[place, 0] = line[place - 1, 0] * damp + (1.0 - damp) * (mono + feedback * right)
        line[place, 1] = line[place - 1, 1] * damp + (1.0 - damp) * (TINY + feedback * left)
        out[i, 0] += left
        out[i, 1] += right
        place += 1
        if place == size:
            place = 0
    return place


@njit(cache=True, error_model="numpy", nogil=True)
def room(x, out, line, lengths, lows, last, place, seconds, tone, sr):  # type: ignore[no-untyped-def]
    """Reverb of ``x`` added to ``out``: eight delay lines, damped above ``tone`` Hz.

    It works at half the rate: pairs of frames are averaged, and the room's sound is drawn
    linearly between. ``x`` has an even number of frames; ``line`` is (power of two, 8). Returns
    the new place in the line.
    """
    half = sr * 0.5
    turn = 6.2831853 * tone / half
    damp = min(0.98, turn / (1.0 + turn))
    gains = np.empty(8)
    for k in range(8):
        gains[k] = 0.35355339 * per_sample_decay(seconds, half / lengths[k])
    mask = line.shape[0] - 1
    v = np.empty(8)
    old_left, old_right = last[0], last[1]
    for i in range(0, x.shape[0] - 1, 2):
        left = 0.5 * (x[i, 0] + x[i + 1, 0])
        right = 0.5 * (x[i, 1] + x[i + 1, 1])
        for k in range(8):
            lows[k] += damp * (line[(place - lengths[k]) & mask, k] - lows[k])
            v[k] = lows[k] * gains[k]
        wet_left = 2.828 * (v[0] - v[2] + v[4] - v[6])
        wet_right = 2.828 * (v[1] - v[3] + v[5] - v[7])
        out[i, 0] += 0.5 * (old_left + wet_left)
        out[i, 1] += 0.5 * (old_right + wet_right)
        out[i + 1, 0] += wet_left
        out[i + 1, 1] += wet_right
        old_left, old_right = wet_left, wet_right
        a0, a1, a2, a3 = v[0] + v[1], v[0] - v[1], v[2] + v[3], v[2] - v[3]
        a4, a5, a6, a7 = v[4] + v[5], v[4] - v[5], v[6] + v[7], v[6] - v[7]
        b0, b1, b2, b3 = a0 + a2, a1 + a3, a0 - a2, a1 - a3
        b4, b5, b6, b7 = a4 + a6, a5 + a7, a4 - a6, a5 - a7
        line[place, 0] = b0 + b4 + left
        line[place, 1] = b1 + b5 + right
        line[place, 2] = b2 + b6 + left
        line[place, 3] = b3 + b7 + right
        line[place, 4] = b0 - b4 + left
        line[place, 5] = b1 - b5 + right
        line[place, 6] = b2 - b6 + left
        line[place, 7] = b3 - b7 + right
        place = (place + 1) & mask
    last[0], last[1] = old_left, old_right
    return place


@njit(cache=True, error_model="numpy", nogil=True)
def tape(x, depth, sr, line, place, clock):  # type: ignore[no-untyped-def]
    """Wow and flutter in place: a delay that sways by ``depth`` samples; returns place, clock."""
    size = line.shape[0]
    for i in range(x.shape[0]):
        line[place, 0] = x[i, 0]
        line[place, 1] = x[i, 1]
        t = clock / sr
        sway = depth * (1.05 + 0.8 * fast_sine(0.55 * t) + 0.2 * fast_sine(6.1 * t)) + 1.0
        whole = int(sway)
        frac = sway - whole
        a, b = place - whole, place - whole - 1
        if a < 0:
            a += size
        if b < 0:
            b += size
        for c in range(2):
            x[i, c] = line[a, c] * (1.0 - frac) + line[b, c] * frac
        place += 1
        if place == size:
            place = 0
        clock += 1
    return place, clock


def room_state(sr: int, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Silent state of ``room``, lines scaled by ``size``: line, lengths, low-passes, last sound."""
    lengths = np.array([int(s * size * sr * 0.5) | 1 for s in _LINES_S], dtype=np.int64)
    frames = 1 << int(lengths.max()).bit_length()
    return np.zeros((frames, 8)), lengths, np.zeros(8), np.zeros(2)
