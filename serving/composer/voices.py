"""Sound generators: each adds one note to a stereo buffer.

Saws and pulses are band-limited by polyBLEP (Välimäki and Huovilainen 2007), the filter is
Zavalishin's trapezoidal state-variable filter ("The Art of VA Filter Design", 2012), strings are
Karplus and Strong's plucked-string algorithm (1983) with a tuned fractional delay, struck bars and
piano strings are sums of decaying partials, and FM follows Chowning (1973).
All kernels are plain IEEE arithmetic (see ``exact``): equal input gives equal bits everywhere.
Every ``out`` is float32 of shape (frames, 2); ``hold`` and ``n`` count frames.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from .exact import fast_sine, per_sample_decay, sine, tan_turns

_BLOCK = 16


@njit(cache=True, error_model="numpy", nogil=True)
def _blep(phase: float, step: float) -> float:
    if phase < step:
        t = phase / step
        return t + t - t * t - 1.0
    if phase > 1.0 - step:
        t = (phase - 1.0) / step
        return t * t + t + t + 1.0
    return 0.0


@njit(cache=True, nogil=True)
def _noise(state: int) -> int:
    return (state * 1664525 + 1013904223) & 0xFFFFFFFF


@njit(cache=True, error_model="numpy", nogil=True)
def analog(out, start, hold, freq, level, p, sr, seed):  # type: ignore[no-untyped-def]
    """Detuned band-limited oscillators through a swept low-pass; ``p`` as ``Analog.vector``."""
    saw, pulse, width, triangle, sub, breath = p[0], p[1], p[2], p[3], p[4], p[5]
    voices, detune, spread = int(p[6]), p[7], p[8]
    attack, decay, sustain, release = p[9], p[10], p[11], p[12]
    cutoff, sweep, sweep_s, resonance = p[13], p[14], p[15], p[16]
    vibrato, vibrato_hz, swell = p[17], p[18], p[19]
    n = min(hold + int(release * sr), out.shape[0] - start)
    phases = np.empty(voices)
    state = seed & 0xFFFFFFFF
    for v in range(voices):
        state = _noise(state)
        phases[v] = state / 4294967296.0
    gain = level / sqrt(voices)
    rise = 1.0 / max(1.0, attack * sr)
    decay_c = per_sample_decay(decay * 2.0, sr)
    release_c = per_sample_decay(release, sr)
    sweep_c = per_sample_decay(sweep_s * 2.0, sr)
    k = 2.0 - 1.9 * resonance
    env, swept, tone, bloom = 0.0, 1.0, 0.0, 0.0
    attacking = True
    a1 = a2 = b1 = b2 = 0.0
    g = h = 0.0
    bend = 1.0
    sub_phase = 0.0
    vib_phase = 0.0
    bloom_rise = 1.0 / max(1.0, swell * sr)
    for i in range(n):
        if i % _BLOCK == 0:
            bloom = min(1.0, i * bloom_rise) if swell > 0 else 1.0
            fc = min(cutoff * (1.0 + sweep * swept) * (0.35 + 0.65 * bloom), 0.42 * sr)
            g = tan_turns(fc / sr * 0.5)
            h = 1.0 / (1.0 + g * (g + k))
            vib_phase += vibrato_hz * _BLOCK / sr
            fade = min(1.0, i / (0.35 * sr))
            bend = 1.0 + vibrato * fade * sine(vib_phase)
        left = right = 0.0
        for v in range(voices):
            place = (2.0 * v / (voices - 1) - 1.0) if voices > 1 else 0.0
            step = freq * bend * (1.0 + detune * place) / sr
            ph = phases[v] + step
            if ph >= 1.0:
                ph -= 1.0
            phases[v] = ph
            x = 0.0
            if saw != 0.0:
                x += saw * (2.0 * ph - 1.0 - _blep(ph, step))
            if pulse != 0.0:
                other = ph - width
                if other < 0.0:
                    other += 1.0
                square = 1.0 if ph < width else -1.0
                x += pulse * (square + _blep(ph, step) - _blep(other, step))
            if triangle != 0.0:
                x += triangle * (4.0 * abs(ph - 0.5) - 1.0)
            left += x * (1.0 - spread * place)
            right += x * (1.0 + spread * place)
        if sub != 0.0:
            sub_phase += freq * bend * 0.5 / sr
            low = sub * fast_sine(sub_phase) * sqrt(voices)
            left += low
            right += low
        if breath != 0.0:
            state = _noise(state)
            tone += 0.3 * (state / 2147483648.0 - 1.0 - tone)
            left += breath * tone
            right += breath * tone
        swept *= sweep_c
        v3 = left - a2
        v1 = h * (a1 + g * v3)
        v2 = a2 + g * v1
        a1 = 2.0 * v1 - a1
        a2 = 2.0 * v2 - a2
        v3 = right - b2
        w1 = h * (b1 + g * v3)
        w2 = b2 + g * w1
        b1 = 2.0 * w1 - b1
        b2 = 2.0 * w2 - b2
        if i < hold:
            if attacking:
                env += rise
                if env >= 1.0:
                    env = 1.0
                    attacking = False
            else:
                env = sustain + (env - sustain) * decay_c
        else:
            env *= release_c
        amp = env * gain
        left_over = n - i
        if left_over < 64:
            amp *= left_over / 64.0
        out[start + i, 0] += v2 * amp
        out[start + i, 1] += w2 * amp


@njit(cache=True, error_model="numpy", nogil=True)
def fm(out, start, hold, freq, level, p, sr, seed):  # type: ignore[no-untyped-def]
    """Two pairs of operators; ``p`` as ``FM.vector``."""
    ratio, index, index_s, index_floor = p[0], p[1], p[2], p[3]
    ratio2, level2, index2, decay2 = p[4], p[5], p[6], p[7]
    attack, decay, sustain, release = p[8], p[9], p[10], p[11]
    tremolo, tremolo_hz, click = p[12], p[13], p[14]
    n = min(hold + int(release * sr), out.shape[0] - start)
    c_index = per_sample_decay(index_s * 2.0, sr)
    c_decay = per_sample_decay(decay * 2.0, sr)
    c_two = per_sample_decay(decay2, sr)
    c_release = per_sample_decay(release, sr)
    rise = 1.0 / max(1.0, attack * sr)
    step = freq / sr
    limit = min(1.0, 0.4 * sr / max(1.0, freq * (1.0 + ratio * 2.0)))
    bright, two, env = 1.0, 1.0, 0.0
    attacking = True
    state = seed & 0xFFFFFFFF
    wobble = (state % 1024) / 1024.0
    t = 0.0
    amount = (index - index_floor) * limit
    for i in range(n):
        t += step
        depth = index_floor * limit + amount * bright
        x = fast_sine(t + depth * 0.15915494 * fast_sine(t * ratio))
        if level2 > 0.0:
            x += (
                level2
                * two
                * fast_sine(t * ratio2 + index2 * 0.15915494 * two * fast_sine(t * ratio2))
            )
            two *= c_two
        if click > 0.0 and i < 400:
            state = _noise(state)
            x += click * (1.0 - i / 400.0) * (state / 2147483648.0 - 1.0)
        bright *= c_index
        if i < hold:
            if attacking:
                env += rise
                if env >= 1.0:
                    env = 1.0
                    attacking = False
            else:
                env = sustain + (env - sustain) * c_decay
        else:
            env *= c_release
        amp = env * level
        left_over = n - i
        if left_over < 64:
            amp *= left_over / 64.0
        if tremolo > 0.0:
            sway = tremolo * fast_sine(wobble + i * tremolo_hz / sr)
            out[start + i, 0] += x * amp * (1.0 + sway)
            out[start + i, 1] += x * amp * (1.0 - sway)
        else:
            out[start + i, 0] += x * amp
            out[start + i, 1] += x * amp


@njit(cache=True, error_model="numpy", nogil=True)
def pluck(out, start, hold, freq, level, p, sr, seed):  # type: ignore[no-untyped-def]
    """A plucked string; ``p`` as ``Pluck.vector``."""
    ring_s, bright, position, damp, release, body, octave_loss = (
        p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    )  # fmt: skip
    n = min(hold + int(release * sr), out.shape[0] - start)
    length = sr / freq - damp
    size = int(length)
    frac = length - size
    line = np.zeros(size + 2)
    state = seed & 0xFFFFFFFF
    smooth = 0.0
    mean = 0.0
    for i in range(size + 1):
        state = _noise(state)
        smooth += bright * (state / 2147483648.0 - 1.0 - smooth)
        line[i] = smooth
        mean += smooth
    mean /= size + 1
    peak = 1e-9
    for i in range(size + 1):
        line[i] -= mean
        if abs(line[i]) > peak:
            peak = abs(line[i])
    notch = max(1, int(position * size))
    ring = ring_s / (1.0 + octave_loss * max(0.0, freq / 220.0 - 1.0))
    loop = per_sample_decay(ring, sr / (length + damp))
    off = per_sample_decay(release * 0.8, sr)
    total = size + 2
    write = 0
    before = 0.0
    low = 0.0
    gain = level / peak
    env = 1.0
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
        if i >= hold:
            env *= off
        amp = gain * env
        left_over = n - i
        if left_over < 64:
            amp *= left_over / 64.0
        z = (0.55 * wave + 1.1 * low) * amp
        out[start + i, 0] += z
        out[start + i, 1] += z


@njit(cache=True, error_model="numpy", nogil=True)
def modal(out, start, hold, freq, level, p, sr, seed):  # type: ignore[no-untyped-def]
    """Decaying (or held) partials; ``p`` as ``Modal.vector``, partials from index 12 in threes."""
    stretch, ring_s, octave_loss, attack, release, knock, held, vibrato, width = (
        p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]
    )  # fmt: skip
    count = int(p[9])
    n = min(hold + int(release * sr), out.shape[0] - start)
    off = per_sample_decay(release, sr)
    rise = 1.0 / max(1.0, attack * sr)
    ring = ring_s / (1.0 + octave_loss * max(0.0, freq / 220.0 - 1.0))
    state = seed & 0xFFFFFFFF
    for q in range(count):
        ratio, weight, life = p[12 + 3 * q], p[13 + 3 * q], p[14 + 3 * q]
        f = freq * ratio * sqrt(1.0 + stretch * ratio * ratio)
        if f > 0.45 * sr or weight == 0.0:
            continue
        state = _noise(state)
        turn = f / sr
        cs, sn = sine(turn + 0.25), sine(turn)
        phase = 0.0 if held == 0.0 else state / 4294967296.0
        re, im = sine(phase + 0.25), sine(phase)
        loss = 1.0 if held > 0.0 else per_sample_decay(ring * life, sr)
        amp = level * weight
        side = width * (1.0 if q % 2 == 0 else -1.0)
        env = 1.0
        for i in range(n):
            re, im = re * cs - im * sn, re * sn + im * cs
            env *= loss
            if i >= hold:
                env *= off
            if env < 1e-4:
                break
            a = amp * env
            if i * rise < 1.0:
                a *= i * rise
            if vibrato > 0.0:
                a *= 1.0 + vibrato * fast_sine(5.2 * i / sr + 0.13 * q)
            left_over = n - i
            if left_over < 64:
                a *= left_over / 64.0
            out[start + i, 0] += im * a * (1.0 + side)
            out[start + i, 1] += im * a * (1.0 - side)
    if knock > 0.0:
        smooth = 0.0
        fade = per_sample_decay(0.05, sr)
        env = knock * level
        for i in range(min(n, int(0.05 * sr))):
            state = _noise(state)
            smooth += 0.25 * (state / 2147483648.0 - 1.0 - smooth)
            env *= fade
            out[start + i, 0] += smooth * env
            out[start + i, 1] += smooth * env


@njit(cache=True, error_model="numpy", nogil=True)
def drum(out, start, level, p, sr, seed):  # type: ignore[no-untyped-def]
    """One stroke of a drum: swept tone, shaped noise, metal, click; ``p`` as ``Drum.vector``."""
    tone_hz, drop, drop_s, tone_s, tone_level = p[0], p[1], p[2], p[3], p[4]
    noise_level, noise_s, noise_low, noise_high = p[5], p[6], p[7], p[8]
    metal_level, metal_s, metal_hz, click, hands, side = p[9], p[10], p[11], p[12], p[13], p[14]
    longest = max(tone_s * (tone_level > 0), noise_s * (noise_level > 0))
    longest = max(longest, metal_s * (metal_level > 0))
    n = min(int(longest * 1.1 * sr) + 1, out.shape[0] - start)
    c_drop = per_sample_decay(drop_s, sr)
    c_tone = per_sample_decay(tone_s, sr)
    c_noise = per_sample_decay(noise_s, sr)
    c_metal = per_sample_decay(metal_s, sr)
    lp = min(1.0, 6.2831853 * noise_high / sr / (1.0 + 3.14159265 * noise_high / sr))
    hp = min(1.0, 6.2831853 * noise_low / sr / (1.0 + 3.14159265 * noise_low / sr))
    hp_metal = min(0.9, 6.2831853 * metal_hz * 0.8 / sr / (1.0 + 3.14159265 * metal_hz * 0.8 / sr))
    ratios = np.array([1.0, 1.342, 1.483, 1.932, 2.546, 2.63])
    steps = ratios * (metal_hz * 0.13 / sr)
    metal_phase = np.zeros(6)
    state = seed & 0xFFFFFFFF
    phase = 0.0
    e_drop = e_tone = e_noise = e_metal = 1.0
    low = high = mlow = 0.0
    for i in range(n):
        x = y = 0.0
        if tone_level > 0.0:
            phase += tone_hz * (1.0 + drop * e_drop) / sr
            x += tone_level * e_tone * fast_sine(phase)
            e_drop *= c_drop
            e_tone *= c_tone
        if noise_level > 0.0:
            state = _noise(state)
            low += lp * (state / 2147483648.0 - 1.0 - low)
            high += hp * (low - high)
            burst = e_noise
            if hands > 0.0 and i < 0.03 * sr:
                burst = 1.0 - (i % int(0.01 * sr)) / (0.01 * sr)
            else:
                e_noise *= c_noise
            y += noise_level * burst * (low - high)
        if metal_level > 0.0:
            m = 0.0
            for k in range(6):
                metal_phase[k] += steps[k]
                if metal_phase[k] >= 1.0:
                    metal_phase[k] -= 1.0
                m += 1.0 if metal_phase[k] < 0.5 else -1.0
            state = _noise(state)
            m = 0.16 * m + 0.5 * (state / 2147483648.0 - 1.0)
            mlow += hp_metal * (m - mlow)
            y += metal_level * e_metal * (m - mlow)
            e_metal *= c_metal
        if click > 0.0 and i < 60:
            x += click * (1.0 - i / 60.0)
        left_over = n - i
        fade = left_over / 64.0 if left_over < 64 else 1.0
        out[start + i, 0] += (x + y * (1.0 - side)) * level * fade
        out[start + i, 1] += (x + y * (1.0 + side)) * level * fade
