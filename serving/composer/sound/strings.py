"""Generators of what is plucked or struck: strings, bars, bells, and held pipes.

Plucked strings are Karplus and Strong's algorithm (1983) with a tuned fractional delay; piano
strings, bars and pipes are sums of partials, each a rotating vector. Each adds one note to ``out``,
float32 (frames, 2); ``amp`` (frames,) float32 is its loudness in time, ``p`` its patch's
``vector``.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from ..exact import per_sample_decay, swift_sine
from .envelope import BLOCK, powers
from .oscillators import noise

_HEAD = 8
_SILENT = 1e-4
_KNOCK_S = 0.05
_STEPS = (np.arange(1, BLOCK + 1) / BLOCK).astype(np.float32)


@njit(cache=True, error_model="numpy", nogil=True)
def pluck(out, amp, freq, p, sr, seed):  # type: ignore[no-untyped-def]
    """A plucked string; ``p`` as ``Pluck.vector``."""
    ring_s, bright, position, damp, body, octave_loss = p[0], p[1], p[2], p[3], p[5], p[6]
    n = min(amp.shape[0], out.shape[0])
    length = sr / freq - damp
    size = int(length)
    frac = length - size
    line = np.zeros(size + 2)
    peak = _pick(line, size + 1, bright, seed)
    notch = max(1, int(position * size))
    ring = ring_s / (1.0 + octave_loss * max(0.0, freq / 220.0 - 1.0))
    loop = per_sample_decay(ring, sr / (length + damp))
    gain = 1.0 / peak
    total = size + 2
    write = 0
    before = low = 0.0
    for i in range(n):
        now = line[write]
        other = write + 1
        if other == total:
            other = 0
        x = now * frac + line[other] * (1.0 - frac)
        y = loop * (x * (1.0 - damp) + before * damp)
        before = x
        comb = write - notch
        if comb < 0:
            comb += total
        wave = x - 0.7 * line[comb] if position > 0.0 else x
        line[write] = y
        write = other
        low += body * (wave - low)
        z = (0.55 * wave + 1.1 * low) * (amp[i] * gain)
        out[i, 0] += z
        out[i, 1] += z


@njit(cache=True, error_model="numpy", nogil=True)
def _pick(line, count, bright, seed):  # type: ignore[no-untyped-def]
    """Fill the string with smoothed noise about zero; returns its peak."""
    state = seed & 0xFFFFFFFF
    smooth = mean = 0.0
    for i in range(count):
        state = noise(state)
        smooth += bright * (state / 2147483648.0 - 1.0 - smooth)
        line[i] = smooth
        mean += smooth / count
    peak = 1e-9
    for i in range(count):
        line[i] -= mean
        peak = max(peak, abs(line[i]))
    return peak


@njit(cache=True, error_model="numpy", nogil=True)
def _partial(out, turn, phase, level, fade, vibrato, sway):  # type: ignore[no-untyped-def]
    """Add a partial of ``turn`` turns a frame to ``out`` (frames,), until it is silent.

    ``fade`` is its decay a frame; ``vibrato`` the depth of a tremolo of ``sway`` turns a frame.
    """
    cos, sin, fades = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK)
    for j in range(BLOCK):
        cos[j] = swift_sine(turn * (j + 1) + 0.25)
        sin[j] = swift_sine(turn * (j + 1))
    faded = powers(fade, fades)
    for j in range(BLOCK):
        cos[j] *= fades[j]
        sin[j] *= fades[j]
    n = out.shape[0] - out.shape[0] % BLOCK
    at = 1.0 + vibrato * swift_sine(phase)
    for start in range(0, n, BLOCK):
        if level < _SILENT:
            break
        to = 1.0 + vibrato * swift_sine(phase + sway * (start + BLOCK)) if vibrato > 0.0 else 1.0
        re = np.float32(level * swift_sine(phase + turn * start + 0.25))
        im = np.float32(level * swift_sine(phase + turn * start))
        a, b = np.float32(at), np.float32(to - at)
        for j in range(BLOCK):
            out[start + j] += (re * sin[j] + im * cos[j]) * (a + b * _STEPS[j])
        level *= faded
        at = to


@njit(cache=True, error_model="numpy", nogil=True)
def modal(out, amp, freq, p, sr, seed):  # type: ignore[no-untyped-def]
    """Decaying (or held) partials; ``p`` as ``Modal.vector``, partials in threes at its end."""
    stretch, ring_s, octave_loss, knock, held, vibrato, width = (
        p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    )  # fmt: skip
    n = min(amp.shape[0], out.shape[0])
    ring = ring_s / (1.0 + octave_loss * max(0.0, freq / 220.0 - 1.0))
    state = seed & 0xFFFFFFFF
    sides = np.zeros((2, n + BLOCK), np.float32)
    for q in range(int(p[7])):
        ratio, weight, life = p[_HEAD + 3 * q], p[_HEAD + 1 + 3 * q], p[_HEAD + 2 + 3 * q]
        f = freq * ratio * sqrt(1.0 + stretch * ratio * ratio)
        if f > 0.45 * sr or weight == 0.0:
            continue
        state = noise(state)
        phase = 0.0 if held == 0.0 else state / 4294967296.0
        fade = 1.0 if held > 0.0 else per_sample_decay(ring * life, sr)
        _partial(sides[q % 2], f / sr, phase, weight, fade, vibrato, 5.2 / sr)
    if knock > 0.0:
        smooth, env, fade = 0.0, 0.5 * knock, per_sample_decay(_KNOCK_S, sr)
        for i in range(min(n, int(_KNOCK_S * sr))):
            state = noise(state)
            smooth += 0.25 * (state / 2147483648.0 - 1.0 - smooth)
            env *= fade
            sides[0, i] += smooth * env
            sides[1, i] += smooth * env
    for i in range(n):
        a, b = sides[0, i], sides[1, i]
        out[i, 0] += (a + b + width * (a - b)) * amp[i]
        out[i, 1] += (a + b - width * (a - b)) * amp[i]
