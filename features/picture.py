"""Charts of one track over time, drawn by altair around pictures made here.

A spectrogram of thousands of cells is one small PNG inside a chart, not thousands of marks.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.errors import ShiroaError

WIDTH: Final = 900
HEIGHT: Final = 150
_TICKS: Final = 12
_PALETTE: Final = np.array(
    [(0, 0, 4), (58, 15, 110), (140, 41, 129), (222, 73, 104), (254, 159, 109), (252, 253, 191)]
)

Array = npt.NDArray[Any]


class DrawingUnavailableError(ShiroaError):
    """The libraries that draw aren't installed."""


def png(rgb: npt.NDArray[np.uint8]) -> bytes:
    """A PNG file of ``rgb`` (height, width, 3) (ISO 15948)."""
    height, width, _ = rgb.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), rgb.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def coloured(values: Array) -> npt.NDArray[np.uint8]:
    """``values`` in [0, 1] (any shape) as colours (..., 3) from black over red to pale yellow."""
    at = np.clip(values, 0, 1) * (len(_PALETTE) - 1)
    channels = [np.interp(at, np.arange(len(_PALETTE)), channel) for channel in _PALETTE.T]
    return np.stack(channels, axis=-1).astype(np.uint8)


def waveform(envelope: Array, seconds: float) -> Any:
    """Chart of least and greatest samples (columns, 2) over ``seconds``."""
    alt = _altair()
    step = seconds / len(envelope)
    rows = [
        {"t": (n + 0.5) * step, "low": float(low), "high": float(high)}
        for n, (low, high) in enumerate(envelope)
    ]
    return (
        alt.Chart(alt.Data(values=rows), width=WIDTH, height=HEIGHT // 2)
        .mark_area(color="#4477aa")
        .encode(_time(alt, seconds), alt.Y("low:Q", title="level"), alt.Y2("high:Q"))
    )


def heat_map(
    values: Array, seconds: float, names: Sequence[str], title: str, beats_s: Array | None = None
) -> Any:
    """Chart of ``values`` (columns, rows) in [0, 1] over ``seconds``; row 0 lies at the bottom.

    ``names`` label the rows; ``beats_s`` are drawn as lines.
    """
    alt = _altair()
    picture = base64.b64encode(png(coloured(np.repeat(values.T[::-1], 4, axis=0)))).decode()
    rows = values.shape[1]
    shown = list(range(0, rows, max(1, rows // _TICKS)))
    labels = "{" + ",".join(f"'{n}': '{names[n]}'" for n in shown) + "}[datum.value]"
    axis = alt.Axis(values=shown, labelExpr=labels, grid=False)
    image = (
        alt.Chart(alt.Data(values=[{"t": seconds / 2, "row": (rows - 1) / 2}]))
        .mark_image(
            url=f"data:image/png;base64,{picture}", width=WIDTH, height=HEIGHT, aspect=False
        )
        .encode(
            _time(alt, seconds),
            alt.Y("row:Q", title=title, axis=axis, scale=alt.Scale(domain=[-0.5, rows - 0.5])),
        )
    )
    lines = (
        alt.Chart(
            alt.Data(values=[{"t": float(beat)} for beat in ([] if beats_s is None else beats_s)])
        )
        .mark_rule(color="white", opacity=0.4, strokeWidth=0.6)
        .encode(_time(alt, seconds))
    )
    return alt.layer(image, lines, width=WIDTH, height=HEIGHT)


def stacked(title: str, charts: Sequence[Any], path: Path | str) -> None:
    """Write ``charts`` below each other to ``path`` (.png or .svg)."""
    alt = _altair()
    chart = alt.vconcat(*charts, title=title)
    chart.save(str(path), scale_factor=1.5)


def _time(alt: Any, seconds: float) -> Any:
    scale = alt.Scale(domain=[0, seconds], nice=False)
    return alt.X("t:Q", title=None, scale=scale, axis=alt.Axis(grid=False))


def _altair() -> Any:
    try:
        import altair
        import vl_convert  # noqa: F401  (writes altair's pictures)
    except ImportError as error:
        raise DrawingUnavailableError(
            "drawing needs altair: install it with pip install 'shiroa[report]'"
        ) from error
    return altair
