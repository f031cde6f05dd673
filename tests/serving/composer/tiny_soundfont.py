"""A soundfont small enough to write in a test: one sine for one program, one click for the drums.

The layout is that of the SoundFont Technical Specification 2.04.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

RATE = 22_050
ROOT = 69


def write_soundfont(
    path: Path, *, program: int = 66, copyright_: str = "CC0-1.0", drum_attack_s: float = 0.001
) -> Path:
    """A file whose preset ``program`` is a looped sine at A4, and whose drums are a short click."""
    period = RATE / 440.0
    count = round(50 * period)
    sine = np.rint(12_000 * np.sin(2 * np.pi * np.arange(count) / period)).astype("<i2")
    click = np.rint(20_000 * np.exp(-np.arange(900) / 90.0)).astype("<i2")
    gap = np.zeros(46, "<i2")
    pcm = np.concatenate([sine, gap, click, gap])
    info = _list(b"INFO", _chunk(b"ifil", struct.pack("<HH", 2, 4)), _text(b"isng", "EMU8000"),
                 _text(b"INAM", "Tiny"), _text(b"ICOP", copyright_))  # fmt: skip
    data = _list(b"sdta", _chunk(b"smpl", pcm.tobytes()))
    presets = [("tone", program, 0, 0), ("drums", 0, 128, 1)]
    phdr = b"".join(_preset(*preset) for preset in presets) + _preset("EOP", 0, 0, 2)
    bags = b"".join(struct.pack("<HH", i, 0) for i in range(3))
    pgen = struct.pack("<HHHHHH", 41, 0, 41, 1, 0, 0)
    inst = b"".join(struct.pack("<20sH", n, i) for i, n in enumerate((b"tone", b"drums", b"EOI")))
    ibag = b"".join(struct.pack("<HH", i, 0) for i in (0, 2, 4))
    attack = round(1200 * np.log2(drum_attack_s))
    igen = struct.pack("<HHHHHhHHHH", 54, 1, 53, 0, 34, attack, 53, 1, 0, 0)
    start = len(sine) + len(gap)
    shdr = (
        _sample(b"sine", 0, len(sine), round(2 * period), round(42 * period), ROOT)
        + _sample(b"click", start, start + len(click), start + 8, start + 16, 60)
        + _sample(b"EOS", 0, 0, 0, 0, 0)
    )
    hydra = _list(
        b"pdta", _chunk(b"phdr", phdr), _chunk(b"pbag", bags), _chunk(b"pmod", bytes(10)),
        _chunk(b"pgen", pgen), _chunk(b"inst", inst), _chunk(b"ibag", ibag),
        _chunk(b"imod", bytes(10)), _chunk(b"igen", igen), _chunk(b"shdr", shdr),
    )  # fmt: skip
    body = b"sfbk" + info + data + hydra
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def _preset(name: str, program: int, bank: int, bag: int) -> bytes:
    return struct.pack("<20sHHHIII", name.encode(), program, bank, bag, 0, 0, 0)


def _sample(name: bytes, start: int, end: int, loop: int, loop_end: int, root: int) -> bytes:
    return struct.pack("<20sIIIIIBbHH", name, start, end, loop, loop_end, RATE, root, 0, 0, 1)


def _text(kind: bytes, text: str) -> bytes:
    data = text.encode() + b"\0"
    return _chunk(kind, data + b"\0" * (len(data) % 2))


def _list(kind: bytes, *chunks: bytes) -> bytes:
    return _chunk(b"LIST", kind + b"".join(chunks))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data
