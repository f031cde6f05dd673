"""Gain in time: side-chain, bus compressor, limiter. Buffers are float32 (frames, 2)."""

from __future__ import annotations

import numpy as np
from numba import njit

from features.levels.meter import interpolator

from ..exact import per_sample_decay

_PLANE = 256


def true_peaks(mix: np.ndarray, sr: int) -> np.ndarray:
    """The true peak around each frame of ``mix`` (frames, 2), (frames,) float32."""
    out = np.empty(len(mix), np.float32)
    peaks(mix, interpolator(sr).astype(np.float32), out)
    return out


@njit(cache=True, error_model="numpy", nogil=True)
def duck_curve(gain, kicks, seconds, sr):  # type: ignore[no-untyped-def]
    """Write the side-chain curve of kicks at these frames into ``gain`` (frames,) float32."""
    length = int(seconds * sr)
    dip = max(1, int(0.004 * sr))
    for kick in kicks:
        for i in range(-dip, length):
            at = kick + i
            if 0 <= at < gain.shape[0]:
                g = -i / dip if i < 0 else (i / length) ** 2 * (3.0 - 2.0 * i / length)
                gain[at] = min(gain[at], np.float32(g))


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
def peaks(mix, fir, out):  # type: ignore[no-untyped-def]
    """Write the true peak around each frame of ``mix`` into ``out`` (frames,) float32.

    ``fir`` (phases, taps) float32 interpolates between frames, as ``features.levels.meter`` does.
    """
    n, taps = mix.shape[0], fir.shape[1]
    behind = taps // 2 - 1
    plane, sums = np.empty(_PLANE + taps, np.float32), np.empty(_PLANE, np.float32)
    for start in range(0, n, _PLANE):
        count = min(_PLANE, n - start)
        peak = out[start : start + count]
        for i in range(count):
            peak[i] = np.float32(0)
        for c in range(2):
            for k in range(plane.shape[0]):
                i = start - behind + k
                plane[k] = mix[i, c] if 0 <= i < n else np.float32(0)
            for phase in range(fir.shape[0]):
                for i in range(_PLANE):
                    sums[i] = fir[phase, 0] * plane[i]
                for k in range(1, taps):
                    tap, moved = fir[phase, k], plane[k:]
                    for i in range(_PLANE):
                        sums[i] += tap * moved[i]
                for i in range(count):
                    peak[i] = max(peak[i], abs(sums[i]))


@njit(cache=True, error_model="numpy", nogil=True)
def limit_gain(peak, gain, ceiling, look, release_s, sr):  # type: ignore[no-untyped-def]
    """Look-ahead limiter: multiplies ``gain`` (frames,) so that it brings no ``peak`` over it.

    The need of the next ``look`` frames is held, then smoothed over ``look`` frames, so the gain
    is already down when the peak comes.
    """
    n = peak.shape[0]
    held = np.ones(n + look)
    for i in range(n):
        now = peak[i] * gain[i]
        if now > ceiling:
            for j in range(max(0, i - look), i + 1):
                held[j] = min(held[j], ceiling / now)
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
def scaled(x, gain, out):  # type: ignore[no-untyped-def]
    """Write ``x`` (frames, 2) times ``gain`` (frames,) into ``out``."""
    for i in range(x.shape[0]):
        g = np.float32(gain[i])
        out[i, 0] = x[i, 0] * g
        out[i, 1] = x[i, 1] * g


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
