"""The generator of drums: a swept tone, shaped noise, metal and a click."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..exact import per_sample_decay, swift_sine
from .oscillators import noise

_METAL = np.array([1.0, 1.342, 1.483, 1.932, 2.546, 2.63])


@njit(cache=True, error_model="numpy", nogil=True)
def drum(out, level, p, sr, seed):  # type: ignore[no-untyped-def]
    """One stroke of a drum: swept tone, shaped noise, metal, click; ``p`` as ``Drum.vector``."""
    tone_hz, drop, drop_s, tone_s, tone_level = p[0], p[1], p[2], p[3], p[4]
    noise_level, noise_s, noise_low, noise_high = p[5], p[6], p[7], p[8]
    metal_level, metal_s, metal_hz, click, hands, side = p[9], p[10], p[11], p[12], p[13], p[14]
    longest = max(tone_s * (tone_level > 0), noise_s * (noise_level > 0))
    longest = max(longest, metal_s * (metal_level > 0))
    n = min(int(longest * 1.1 * sr) + 1, out.shape[0])
    c_drop = per_sample_decay(drop_s, sr)
    c_tone = per_sample_decay(tone_s, sr)
    c_noise = per_sample_decay(noise_s, sr)
    c_metal = per_sample_decay(metal_s, sr)
    lp = min(1.0, 6.2831853 * noise_high / sr / (1.0 + 3.14159265 * noise_high / sr))
    hp = min(1.0, 6.2831853 * noise_low / sr / (1.0 + 3.14159265 * noise_low / sr))
    hp_metal = min(0.9, 6.2831853 * metal_hz * 0.8 / sr / (1.0 + 3.14159265 * metal_hz * 0.8 / sr))
    metal_step = metal_hz * 0.13 / sr
    metal_phase = np.zeros(6)
    state = seed & 0xFFFFFFFF
    phase = 0.0
    e_drop = e_tone = e_noise = e_metal = 1.0
    low = high = mlow = 0.0
    for i in range(n):
        x = y = 0.0
        if tone_level > 0.0:
            phase += tone_hz * (1.0 + drop * e_drop) / sr
            x += tone_level * e_tone * swift_sine(phase)
            e_drop *= c_drop
            e_tone *= c_tone
        if noise_level > 0.0:
            state = noise(state)
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
                metal_phase[k] += _METAL[k] * metal_step
                if metal_phase[k] >= 1.0:
                    metal_phase[k] -= 1.0
                m += 1.0 if metal_phase[k] < 0.5 else -1.0
            state = noise(state)
            m = 0.16 * m + 0.5 * (state / 2147483648.0 - 1.0)
            mlow += hp_metal * (m - mlow)
            y += metal_level * e_metal * (m - mlow)
            e_metal *= c_metal
        if click > 0.0 and i < 60:
            x += click * (1.0 - i / 60.0)
        left_over = n - i
        fade = left_over / 64.0 if left_over < 64 else 1.0
        out[i, 0] += (x + y * (1.0 - side)) * level * fade
        out[i, 1] += (x + y * (1.0 + side)) * level * fade
