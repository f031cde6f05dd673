"""The inner loops that turn interleaved PCM of any type into float32.

They are kept apart because importing this module imports numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.compiled import compiled_fast

Array = npt.NDArray[np.float32]


@compiled_fast
def lay(x: npt.NDArray[Any], scale: float, planes: Array) -> None:
    """Copy ``x`` (frames, channels), times ``scale``, into ``planes`` (channels, frames)."""
    for c in range(x.shape[1]):
        for m in range(x.shape[0]):
            planes[c, m] = np.float32(x[m, c]) * np.float32(scale)


@compiled_fast
def mix(x: npt.NDArray[Any], scale: float, mono: Array) -> None:
    """The mean of the channels of ``x`` (frames, channels), times ``scale``, into ``mono``."""
    share = np.float32(scale / x.shape[1])
    for m in range(x.shape[0]):
        mono[m] = np.float32(x[m, 0]) * share
    for c in range(1, x.shape[1]):
        for m in range(x.shape[0]):
            mono[m] += np.float32(x[m, c]) * share
