"""``shiroa.toml``: what the owner of a folder states about the music in it.

The file counts for its folder and every folder below it, up to the next ``shiroa.toml``::

    licence = "CC-BY-4.0"              # SPDX, an address, or words
    artist = "Ada Example"             # where a file has no artist tag
    source = "https://example.org/ada" # where the music comes from
    ai_training = "reserved"           # the holder reserved text and data mining

    [files."live/*.flac"]              # a pattern below the folder; the keys above, for these only
    licence = "CC-BY-NC-4.0"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from data_catalog.licences.terms import Statement

SIDECAR: Final = "shiroa.toml"
_KEYS: Final = ("licence", "artist", "album", "source", "ai_training")


@dataclass(frozen=True)
class Sidecar:
    """A ``shiroa.toml`` as read: ``general`` for all files, ``patterns`` for some, or a fault."""

    path: Path
    general: Mapping[str, str]
    patterns: tuple[tuple[str, Mapping[str, str]], ...]
    fault: str | None = None

    def about(self, file: Path) -> dict[str, str]:
        """What is stated about one file: the general keys, then each pattern that fits it."""
        try:
            name = file.relative_to(self.path.parent).as_posix()
        except ValueError:
            name = file.name
        stated = dict(self.general)
        for pattern, keys in self.patterns:
            if fnmatchcase(name, pattern):
                stated |= keys
        return stated

    def statements(self, file: Path) -> list[Statement]:
        """The statements about the rights in one file. A faulty sidecar is not understood."""
        where = str(self.path)
        if self.fault:
            return [Statement("sidecar", f"unreadable: {self.fault}", where)]
        stated = self.about(file)
        found = []
        if "licence" in stated:
            found.append(Statement("sidecar", stated["licence"], where))
        if stated.get("ai_training", "").casefold() == "reserved":
            found.append(Statement("sidecar", "TDM reserved", where, notice=True))
        return found


def read_sidecar(path: Path) -> Sidecar:
    """Read a ``shiroa.toml``. A fault is kept, so that no file below passes as licensed."""
    try:
        return parse_sidecar(path, path.read_bytes())
    except OSError as error:
        return Sidecar(path, {}, (), str(error))


def parse_sidecar(path: Path, content: bytes) -> Sidecar:
    """A ``shiroa.toml`` by its content."""
    try:
        stated = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return Sidecar(path, {}, (), f"{error}; write it as TOML")
    files = stated.get("files", {})
    unknown = sorted(set(stated) - {*_KEYS, "files"})
    if unknown or not isinstance(files, dict) or not all(map(_is_table, files.values())):
        wrong = ", ".join(unknown) or "files"
        known = f'known are {", ".join(_KEYS)}, and [files."pattern"] tables of the same'
        return Sidecar(path, {}, (), f"keys {wrong}: {known}")
    patterns = tuple((pattern, _texts(keys)) for pattern, keys in files.items())
    return Sidecar(path, _texts(stated), patterns)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= set(_KEYS)


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(content[key]) for key in _KEYS if key in content}
