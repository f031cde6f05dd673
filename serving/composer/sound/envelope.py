"""Loudness of a note in time, shared by all generators, and powers in blocks.

Generators work in blocks of ``BLOCK`` frames: what changes slowly is computed once a block, what
is left is a loop without carried state, which a compiler turns into vector instructions. Those
compute each element as scalar ones would, so equal input still gives equal bits everywhere.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 32
_FADE = 64


@njit(cache=True, error_model="numpy", nogil=True)
def powers(base, out):  # type: ignore[no-untyped-def]
    """Write ``base`` to the powers 1, 2, 3… into ``out``; returns the last one."""
    value = 1.0
    for j in range(out.shape[0]):
        value *= base
        out[j] = value
    return value


@njit(cache=True, error_model="numpy", nogil=True)
def shape(out, hold, level, rise, fall, sustain, leave):  # type: ignore[no-untyped-def]
    """Write a note's loudness into ``out`` (frames,) float32.

    It rises by ``rise`` a frame to ``level``, nears ``sustain`` by the factor ``fall`` a frame, and
    from frame ``hold`` on falls by the factor ``leave``. The last 64 frames fade to nothing.
    """
    n = out.shape[0]
    hold = min(hold, n)
    top = min(hold, int(1.0 / rise))
    for i in range(top):
        out[i] = (i + 1) * rise * level
    table = np.empty(BLOCK)
    above, sustain = (1.0 - sustain) * level, sustain * level
    last = powers(fall, table)
    for start in range(top, hold, BLOCK):
        for j in range(min(BLOCK, hold - start)):
            out[start + j] = sustain + above * table[j]
        above *= last
    now = out[hold - 1] if hold > 0 else 0.0
    last = powers(leave, table)
    for start in range(hold, n, BLOCK):
        for j in range(min(BLOCK, n - start)):
            out[start + j] = now * table[j]
        now *= last
    for i in range(max(0, n - _FADE + 1), n):
        out[i] *= np.float32((n - i) / _FADE)
