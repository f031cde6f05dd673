"""Generators with oscillators: filtered saws, pulses and triangles; frequency modulation.

Saws are band-limited by polyBLEP (Välimäki and Huovilainen 2007), a pulse is the difference of two
saws, the filter is Zavalishin's trapezoidal state-variable filter ("The Art of VA Filter Design",
2012), and FM follows Chowning (1973). Each adds one note to ``out``, float32 (frames, 2); ``amp``
(frames,) float32 is the note's loudness in time, ``p`` its patch's ``vector``.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from ..exact import per_sample_decay, swift_sine, swift_tan
from .envelope import BLOCK, powers

_ONE, _TWO, _FOUR, _HALF = np.float32(1), np.float32(2), np.float32(4), np.float32(0.5)
_ZERO = np.float32(0)
_RAMP = np.arange(1, BLOCK + 1).astype(np.float32)
_COUNT = np.arange(1.0, BLOCK + 1.0)
_RADIAN = 0.15915494309189535
_CLICK_FRAMES = 400


@njit(cache=True, nogil=True)
def noise(state: int) -> int:
    """The next state of a linear congruential generator: 32 random bits."""
    return (state * 1664525 + 1013904223) & 0xFFFFFFFF


@njit(cache=True, error_model="numpy", nogil=True)
def _saw(left, right, phase, step, to_left, to_right):  # type: ignore[no-untyped-def]
    """Add a block of a saw that begins at ``phase`` (turns, 0 to 2)."""
    first, one, inverse = np.float32(phase), np.float32(step), np.float32(1.0 / step)
    a, b = np.float32(to_left), np.float32(to_right)
    for j in range(BLOCK):
        ph = first + one * _RAMP[j]
        ph -= np.float32(np.int32(ph))
        after = max(_ZERO, _ONE - ph * inverse)
        before = max(_ZERO, _ONE - (_ONE - ph) * inverse)
        x = ph + ph - _ONE - before * before + after * after
        left[j] += x * a
        right[j] += x * b


@njit(cache=True, error_model="numpy", nogil=True)
def _triangle(left, right, phase, step, to_left, to_right):  # type: ignore[no-untyped-def]
    first, one = np.float32(phase), np.float32(step)
    a, b = np.float32(to_left), np.float32(to_right)
    for j in range(BLOCK):
        ph = first + one * _RAMP[j]
        ph -= np.float32(np.int32(ph))
        x = _FOUR * abs(ph - _HALF) - _ONE
        left[j] += x * a
        right[j] += x * b


@njit(cache=True, error_model="numpy", nogil=True)
def _write(out, left, right, amp):  # type: ignore[no-untyped-def]
    for j in range(amp.shape[0]):
        out[j, 0] += left[j] * amp[j]
        out[j, 1] += right[j] * amp[j]


@njit(cache=True, error_model="numpy", nogil=True)
def _low_pass(x, y, z, g, h, lift):  # type: ignore[no-untyped-def]
    """Filter two blocks in place, side by side; ``z`` (4,) carries their states on."""
    p = 2.0 * h * g
    q = p * g
    c, d = 2.0 * h - 1.0, 1.0 - q
    a1, a2, b1, b2 = z[0], z[1], z[2], z[3]
    for j in range(BLOCK):
        now, other = x[j] * lift, y[j] * lift
        a_old, b_old = a2, b2
        a2 = (d * a2 + q * now) + p * a1
        b2 = (d * b2 + q * other) + p * b1
        a1 = (c * a1 + p * now) - p * a_old
        b1 = (c * b1 + p * other) - p * b_old
        x[j] = 0.5 * (a_old + a2)
        y[j] = 0.5 * (b_old + b2)
    z[0], z[1], z[2], z[3] = a1, a2, b1, b2


@njit(cache=True, error_model="numpy", nogil=True)
def analog(out, amp, freq, p, sr, seed):  # type: ignore[no-untyped-def]
    """Detuned oscillators through a swept low-pass; ``p`` as ``Analog.vector``."""
    saw, pulse, width, triangle, sub, breath = p[0], p[1], p[2], p[3], p[4], p[5]
    voices, detune, spread = int(p[6]), p[7], p[8]
    cutoff, sweep, sweep_s, resonance = p[13], p[14], p[15], p[16]
    vibrato, vibrato_hz, swell = p[17], p[18], p[19]
    n = min(amp.shape[0], out.shape[0])
    state = seed & 0xFFFFFFFF
    phases = np.empty(voices)
    for v in range(voices):
        state = noise(state)
        phases[v] = state / 4294967296.0
    lift = 1.0 / sqrt(voices)
    sweep_c = per_sample_decay(sweep_s * 2.0, sr / BLOCK)
    k = 2.0 - 1.9 * resonance
    left, right = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    states = np.zeros(4)
    swept, tone, sub_phase = 1.0, 0.0, 0.0
    for start in range(0, n, BLOCK):
        bloom = min(1.0, start / (swell * sr)) if swell > 0.0 else 1.0
        fc = min(cutoff * (1.0 + sweep * swept) * (0.35 + 0.65 * bloom), 0.42 * sr)
        g = swift_tan(fc / sr * 0.5)
        h = 1.0 / (1.0 + g * (g + k))
        swept *= sweep_c
        bend = 1.0 + vibrato * min(1.0, start / (0.35 * sr)) * swift_sine(vibrato_hz * start / sr)
        for j in range(BLOCK):
            left[j] = right[j] = _ZERO
        for v in range(voices):
            place = 2.0 * v / (voices - 1) - 1.0 if voices > 1 else 0.0
            step = freq * bend * (1.0 + detune * place) / sr
            a, b = 1.0 - spread * place, 1.0 + spread * place
            if saw != pulse:
                _saw(left, right, phases[v], step, (saw - pulse) * a, (saw - pulse) * b)
            if pulse != 0.0:
                _saw(left, right, phases[v] + 1.0 - width, step, pulse * a, pulse * b)
            if triangle != 0.0:
                _triangle(left, right, phases[v], step, triangle * a, triangle * b)
            phases[v] += step * BLOCK
            phases[v] -= int(phases[v])
        if sub != 0.0:
            step = freq * bend * 0.5 / sr
            for j in range(BLOCK):
                low = sub / lift * swift_sine(sub_phase + step * _COUNT[j])
                left[j] += low
                right[j] += low
            sub_phase += step * BLOCK
        if breath != 0.0:
            for j in range(BLOCK):
                state = noise(state)
                tone = 0.7 * tone + 0.3 * (state / 2147483648.0 - 1.0)
                left[j] += breath * tone
                right[j] += breath * tone
        _low_pass(left, right, states, g, h, lift)
        _write(out[start : start + BLOCK], left, right, amp[start : start + BLOCK])


@njit(cache=True, error_model="numpy", nogil=True)
def fm(out, amp, freq, p, sr, seed):  # type: ignore[no-untyped-def]
    """Two pairs of operators; ``p`` as ``FM.vector``."""
    ratio, index, index_s, index_floor = p[0], p[1], p[2], p[3]
    ratio2, level2, index2, decay2 = p[4], p[5], p[6], p[7]
    tremolo, tremolo_hz, click = p[12], p[13], p[14]
    n = min(amp.shape[0], out.shape[0])
    step = freq / sr
    limit = min(1.0, 0.4 * sr / max(1.0, freq * (1.0 + ratio * 2.0))) * _RADIAN
    brights, twos = np.empty(BLOCK), np.empty(BLOCK)
    bright_c = powers(per_sample_decay(index_s * 2.0, sr), brights)
    two_c = powers(per_sample_decay(decay2, sr), twos)
    bright, two = 1.0, 1.0
    state = seed & 0xFFFFFFFF
    wobble = (state % 1024) / 1024.0
    x, y = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    for start in range(0, n, BLOCK):
        t = start * step
        _modulated(
            x, t, step, ratio, limit * index_floor, limit * (index - index_floor) * bright, brights
        )
        if level2 > 0.0:
            _struck(x, t * ratio2, step * ratio2, index2 * _RADIAN * two, level2 * two, twos)
        if click > 0.0 and start < _CLICK_FRAMES:
            for j in range(min(BLOCK, _CLICK_FRAMES - start)):
                state = noise(state)
                fade = 1.0 - (start + j) / _CLICK_FRAMES
                x[j] += click * fade * (state / 2147483648.0 - 1.0)
        bright *= bright_c
        two *= two_c
        for j in range(BLOCK):
            sway = tremolo * swift_sine(wobble + (start + _COUNT[j]) * (tremolo_hz / sr))
            y[j] = x[j] * (1.0 - sway)
            x[j] *= 1.0 + sway
        _write(out[start : start + BLOCK], x, y, amp[start : start + BLOCK])


@njit(cache=True, error_model="numpy", nogil=True)
def _modulated(x, t, step, ratio, floor, depth, fades):  # type: ignore[no-untyped-def]
    for j in range(BLOCK):
        now = t + step * _COUNT[j]
        x[j] = swift_sine(now + (floor + depth * fades[j]) * swift_sine(now * ratio))


@njit(cache=True, error_model="numpy", nogil=True)
def _struck(x, t, step, depth, level, fades):  # type: ignore[no-untyped-def]
    for j in range(BLOCK):
        now = t + step * _COUNT[j]
        x[j] += level * fades[j] * swift_sine(now + depth * fades[j] * swift_sine(now))
