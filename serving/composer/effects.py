"""Effects as stateful kernels over stereo blocks: filters, drive, echo, room, tape, dynamics.

The room is a feedback delay network of eight lines mixed by a Hadamard matrix (Jot and Chaigne
1991). Shapers are rational functions, so that no ``tanh`` of a C library is involved.
Buffers are float32 (frames, 2); ``state`` arrays are float64 and carry on to the next block. A
constant of 1e-18 keeps decaying states out of the denormal numbers, which are slow.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from .exact import fast_sine, per_sample_decay, tan_turns

_TINY = 1e-18
_LINES_S = (0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0617, 0.0683, 0.0797)


@njit(cache=True, error_model="numpy", nogil=True)
def soft_clip(x: float) -> float:
    """Odd saturating curve, about ``tanh``: Padé approximant, flat beyond 3."""
    if x > 3.0:
        return 1.0
    if x < -3.0:
        return -1.0
    return x * (27.0 + x * x) / (27.0 + 9.0 * x * x)


@njit(cache=True, error_model="numpy", nogil=True)
def tone_shape(x, lowcut_hz, highcut_hz, sr, state):  # type: ignore[no-untyped-def]
    """One-pole high-pass and two-pole (trapezoidal) low-pass in place; ``state`` (2, 3)."""
    hp = tan_turns(min(0.2, lowcut_hz / sr * 0.5))
    hp = hp / (1.0 + hp)
    g = tan_turns(min(0.21, highcut_hz / sr * 0.5))
    h = 1.0 / (1.0 + g * (g + 1.414))
    use_low = highcut_hz < 17000.0
    for c in range(2):
        z, a1, a2 = state[c, 0], state[c, 1], state[c, 2]
        for i in range(x.shape[0]):
            now = x[i, c] + _TINY
            v = (now - z) * hp
            low = v + z
            z = low + v
            y = now - low + _TINY
            if use_low:
                v3 = y - a2
                v1 = h * (a1 + g * v3)
                v2 = a2 + g * v1
                a1 = 2.0 * v1 - a1
                a2 = 2.0 * v2 - a2
                y = v2
            x[i, c] = y
        state[c, 0], state[c, 1], state[c, 2] = z, a1, a2


@njit(cache=True, error_model="numpy", nogil=True)
def drive(x, amount, state):  # type: ignore[no-untyped-def]
    """Soft clipping at twice the rate (linear interpolation between samples), in place."""
    gain = 1.0 + 24.0 * amount * amount
    makeup = 1.0 / (1.0 + 3.2 * amount)
    for c in range(2):
        before = state[c]
        for i in range(x.shape[0]):
            now = x[i, c] * gain
            x[i, c] = 0.5 * (soft_clip(0.5 * (before + now)) + soft_clip(now)) * makeup
            before = now
        state[c] = before


@njit(cache=True, error_model="numpy", nogil=True)
def echo(x, out, delay, feedback, damp, line, place):  # type: ignore[no-untyped-def]
    """Ping-pong echo of ``x`` added to ``out``; returns the new place in ``line``."""
    size = line.shape[0]
    for i in range(x.shape[0]):
        read = place - delay
        if read < 0:
            read += size
        left, right = line[read, 0], line[read, 1]
        mono = 0.5 * (x[i, 0] + x[i, 1]) + _TINY
        line[place, 0] = line[place - 1, 0] * damp + (1.0 - damp) * (mono + feedback * right)
        line[place, 1] = line[place - 1, 1] * damp + (1.0 - damp) * (_TINY + feedback * left)
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


@njit(cache=True, error_model="numpy", nogil=True)
def tilt(x, gain, sr, state):  # type: ignore[no-untyped-def]
    """Raise what is above 1 kHz by ``gain`` and lower what is below by its root, in place."""
    turn = 6.2831853 * 1000.0 / sr
    c = turn / (1.0 + turn)
    lows = 1.0 / sqrt(gain)
    for k in range(2):
        z = state[k]
        for i in range(x.shape[0]):
            z += c * (x[i, k] + _TINY - z)
            x[i, k] = lows * z + gain * (x[i, k] - z)
        state[k] = z


@njit(cache=True, error_model="numpy", nogil=True)
def duck(x, gain, amount):  # type: ignore[no-untyped-def]
    """Side-chain in place: ``gain`` (frames,) is 0 at a kick and rises to 1."""
    for i in range(x.shape[0]):
        g = 1.0 - amount * (1.0 - gain[i])
        x[i, 0] *= g
        x[i, 1] *= g


@njit(cache=True, error_model="numpy", nogil=True)
def duck_curve(gain, kicks, seconds, sr):  # type: ignore[no-untyped-def]
    """Write the side-chain curve of kicks at these frames into ``gain`` (frames,)."""
    length = int(seconds * sr)
    dip = max(1, int(0.004 * sr))
    for kick in kicks:
        for i in range(-dip, length):
            at = kick + i
            if 0 <= at < gain.shape[0]:
                g = -i / dip if i < 0 else (i / length) ** 2 * (3.0 - 2.0 * i / length)
                gain[at] = min(gain[at], g)


@njit(cache=True, error_model="numpy", nogil=True)
def bus_gain(mix, gain, threshold, ratio, attack_s, release_s, sr, env):  # type: ignore[no-untyped-def]
    """Feed-forward compressor: multiplies ``gain`` (frames,); returns the envelope."""
    up = 1.0 - per_sample_decay(attack_s * 3.0, sr)
    down = 1.0 - per_sample_decay(release_s * 3.0, sr)
    slope = 1.0 - 1.0 / ratio
    for i in range(mix.shape[0]):
        level = max(abs(mix[i, 0]), abs(mix[i, 1]))
        env += (up if level > env else down) * (level - env)
        over = env / threshold
        # 1 / over**slope with a rational: exact arithmetic, monotone, 1 at the threshold
        if over > 1.0:
            gain[i] *= 1.0 / (1.0 + slope * (over - 1.0))
    return env


@njit(cache=True, error_model="numpy", nogil=True)
def limit_gain(mix, gain, ceiling, look, release_s, sr):  # type: ignore[no-untyped-def]
    """Look-ahead peak limiter: multiplies ``gain`` so that ``mix * gain`` stays under it.

    Peaks between two frames are seen by a six-point Lagrange interpolation. The peak of the next
    ``look`` frames is held, then smoothed over ``look`` frames, so the gain is already down when
    the peak comes.
    """
    n = mix.shape[0]
    need = np.ones(n)
    for i in range(n):
        peak = max(abs(mix[i, 0]), abs(mix[i, 1]))
        if 2 <= i < n - 3:
            for c in range(2):
                between = (
                    150.0 * (mix[i, c] + mix[i + 1, c])
                    - 25.0 * (mix[i - 1, c] + mix[i + 2, c])
                    + 3.0 * (mix[i - 2, c] + mix[i + 3, c])
                ) / 256.0
                peak = max(peak, abs(between))
        peak *= gain[i]
        if peak > ceiling:
            need[i] = ceiling / peak
    held = np.ones(n + look)
    for i in range(n):
        if need[i] < 1.0:
            for j in range(max(0, i - look), i + 1):
                if need[i] < held[j]:
                    held[j] = need[i]
    back = 1.0 - per_sample_decay(release_s * 3.0, sr)
    follow = 1.0
    for i in range(n):
        follow = held[i] if held[i] < follow else follow + back * (held[i] - follow)
        held[i] = follow
    total = look * held[0]
    for i in range(n):
        total += held[i] - held[max(0, i - look)]
        gain[i] *= total / look


@njit(cache=True, error_model="numpy", nogil=True)
def add(out, x, gain):  # type: ignore[no-untyped-def]
    """Add ``x`` times ``gain`` to ``out``, both (frames, 2)."""
    for i in range(x.shape[0]):
        out[i, 0] += x[i, 0] * gain
        out[i, 1] += x[i, 1] * gain


@njit(cache=True, error_model="numpy", nogil=True)
def scaled(x, gain, out):  # type: ignore[no-untyped-def]
    """Write ``x`` (frames, 2) times ``gain`` (frames,) into ``out``."""
    for i in range(x.shape[0]):
        out[i, 0] = x[i, 0] * gain[i]
        out[i, 1] = x[i, 1] * gain[i]


@njit(cache=True, error_model="numpy", nogil=True)
def loudest_power(x, window):  # type: ignore[no-untyped-def]
    """Largest mean power of the mid signal of ``x`` (frames, 2) in any window of frames."""
    best = 0.0
    total = 0.0
    for i in range(x.shape[0]):
        mid = 0.5 * (x[i, 0] + x[i, 1])
        total += mid * mid
        if (i + 1) % window == 0 or i == x.shape[0] - 1:
            best = max(best, total / window)
            total = 0.0
    return best


def room_state(sr: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Silent state of ``room``: line, lengths, low-passes, last sound."""
    lengths = np.array([int(s * sr * 0.5) | 1 for s in _LINES_S], dtype=np.int64)
    size = 1 << int(lengths.max()).bit_length()
    return np.zeros((size, 8)), lengths, np.zeros(8), np.zeros(2)
