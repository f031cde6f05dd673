"""The beats that a band can play on, from those that were tracked.

A tracker's beats stray by some ten milliseconds and slip now and then by half a beat, and a band
that followed them would stumble. Most recordings keep one tempo: where nearly all beats lie on one
grid, that grid is taken, else a line that is smooth over neighbouring beats.
"""

from __future__ import annotations

import numpy as np

_REACH = 0.0025
_NEAR_S = 0.035
_BIN_S = 0.01
_STEADY = 0.65
_SPREAD = 3.0


def steadied(beats_s: np.ndarray, bpm: float, start_s: float, end_s: float) -> np.ndarray:
    """Beats from the one before ``start_s`` on, where it is less than half a beat before, to
    ``end_s``, without jitter and slips: float64 (beats,).

    ``beats_s`` (tracked,) are the tracked ones, of ``bpm``.
    """
    period, phase, share = _fitted(beats_s, 60.0 / bpm)
    if share >= _STEADY:
        first = np.ceil((start_s - phase) / period - 0.5)
        return np.asarray(phase + period * np.arange(first, np.floor((end_s - phase) / period) + 1))
    smooth = _smoothed(beats_s)
    before = (smooth[0] - start_s) / (smooth[1] - smooth[0]) + 0.5
    after = (end_s - smooth[-1]) / (smooth[-1] - smooth[-2])
    every = extended(smooth, max(0, int(before)), max(0, int(after)))
    return every[(every > start_s - (every[1] - every[0]) / 2) & (every <= end_s)]


def extended(beats_s: np.ndarray, before: int, after: int = 0) -> np.ndarray:
    """The beats with so many more before the first and after the last, at the steps there."""
    first, last = beats_s[1] - beats_s[0], beats_s[-1] - beats_s[-2]
    return np.concatenate([
        beats_s[0] - first * np.arange(before, 0, -1), beats_s,
        beats_s[-1] + last * np.arange(1, after + 1),
    ])  # fmt: skip


def _fitted(beats_s: np.ndarray, period: float) -> tuple[float, float, float]:
    """Period and phase of the grid on which most beats lie, and the share of them that do."""
    span = max(1.0, float(beats_s[-1] - beats_s[0]))
    steps = min(1500, int(_REACH * span / _BIN_S) + 1)
    best = (0.0, period, 0.0)
    for change in np.linspace(-_REACH, _REACH, 2 * steps + 1):
        length = period * (1 + change)
        bins = max(8, round(length / _BIN_S))
        places = (beats_s / length % 1.0 * bins).astype(int) % bins
        counts = np.bincount(places, minlength=bins).astype(float)
        near = np.sum([np.roll(counts, k) for k in range(-3, 4)], axis=0)
        top = int(near.argmax())
        value = float(near[top] + 0.1 * counts[top])
        if value > best[0]:
            best = (value, length, (top + 0.5) / bins * length)
    _, length, phase = best
    number = np.rint((beats_s - phase) / length)
    off = beats_s - phase - number * length
    on = np.abs(off) <= _NEAR_S
    if on.sum() >= 2 and len(np.unique(number[on])) >= 2:
        length, phase = (float(v) for v in np.polyfit(number[on], beats_s[on], 1))
    return length, phase, float(on.mean())


def _smoothed(beats_s: np.ndarray) -> np.ndarray:
    """Each beat on the line through its neighbours, the nearer the weightier."""
    number = np.arange(len(beats_s), dtype=float)
    out = np.empty(len(beats_s))
    for k in range(len(beats_s)):
        near = slice(max(0, k - 12), k + 13)
        x = number[near] - k
        w = np.exp(-0.5 * (x / _SPREAD) ** 2)
        y = beats_s[near]
        mx, my = np.average(x, weights=w), np.average(y, weights=w)
        slope = (w * (x - mx) * (y - my)).sum() / (w * (x - mx) ** 2).sum()
        out[k] = my - slope * mx
    return out
