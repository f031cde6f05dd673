"""What a soundfont says of itself: its name and its licence.

The format is RIFF with a list INFO in front (SoundFont Technical Specification 2.04, section 5).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from data_catalog.licences.spdx import Licence
from data_catalog.licences.terms import licences_in_text, normalise

__all__ = ["FOLDERS", "HOW_TO_INSTALL", "SoundfontInfo", "installed", "read_info"]

FOLDERS: Final = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")
"""Where packages of distributions put soundfonts."""

HOW_TO_INSTALL: Final = "pip install --no-deps tinysoundfont"
"""Without its requirement PyAudio, which plays to a sound card and has to be compiled."""

_LONGEST_TEXT: Final = 1 << 16


@dataclass(frozen=True)
class SoundfontInfo:
    """The name of a soundfont, and the licence that its own words name, None if they don't."""

    name: str
    licence: Licence | None


def read_info(path: Path) -> SoundfontInfo:
    """Read the INFO list of a file. Raises ``ValueError`` for what isn't a soundfont."""
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"sfbk":
            raise ValueError("is not a soundfont")
        texts = dict(_info(file))
    words = [texts[kind] for kind in ("ICOP", "ICMT") if kind in texts]
    found = [licence for text in words for licence in _licences(text)]
    return SoundfontInfo(texts.get("INAM", ""), found[0] if len(set(found)) == 1 else None)


def installed() -> list[Path]:
    """Soundfonts that packages of the distribution brought, each once."""
    found = [
        path.resolve()
        for folder in FOLDERS
        if Path(folder).is_dir()
        for path in sorted(Path(folder).iterdir())
        if path.suffix.lower() in (".sf2", ".sf3")
    ]
    return list(dict.fromkeys(found))


def _info(file: BinaryIO) -> Iterator[tuple[str, str]]:
    kind, size, name = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
    if kind != b"LIST" or name != b"INFO":
        return
    end = file.tell() + size - 4
    while file.tell() + 8 <= end:
        kind, size = struct.unpack("<4sI", file.read(8).ljust(8, b"\0"))
        if size > _LONGEST_TEXT:
            return
        text = file.read(size + size % 2)[:size].split(b"\0")[0]
        yield kind.decode("ascii", "replace"), text.decode("utf-8", "replace").strip()


def _licences(text: str) -> list[Licence]:
    whole = normalise(text)
    return [whole] if whole else list(licences_in_text(text))
