"""A folder of audio files, or one file: referenced in place, or copied into the home."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from data_catalog.home import Home
from data_catalog.sources.base import Item, ItemUnusable, SourceUnavailable
from data_catalog.sources.sidecar import SIDECAR, Sidecar, read_sidecar
from data_catalog.sources.tagged import Given, described
from features.hashing import file_sha256

AUDIO_SUFFIXES: Final = (".flac", ".wav", ".wave", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif")
"""Endings of files that a folder lists, in any case. The content decides what a file is."""

_OTHER_AUDIO: Final = (".m4a", ".aac", ".wma", ".ape", ".wv", ".mka", ".alac")
"""Audio that is listed so that its owner learns why it was left out."""


class FolderSource:
    """Every audio file below a folder.

    Links are followed, a folder once; what is no regular file is never opened. Rights come from
    tags, from ``shiroa.toml`` files and from ``licence``, and the strictest holds; ``artist``
    stands in for a missing tag. ``copy`` brings each file into the home.
    """

    name = "folder"
    title = "Audio files in a folder"
    url = "https://xiph.org/flac/"
    licence_note = "per file: LICENSE, COPYRIGHT and WCOP tags, shiroa.toml, or --licence"
    citation = "none: cite what the files' owners ask for"

    def __init__(
        self,
        root: Path,
        home: Home,
        *,
        licence: str | None = None,
        artist: str | None = None,
        copy: bool = False,
    ) -> None:
        if not root.exists():
            raise SourceUnavailable(f"{root}: no such folder or file; name one that exists")
        self.root = root.resolve()
        self.licence_option = licence
        self._given = Given(licence, artist)
        self._copies = home.audio / "folder"
        self._copy = copy
        self._sidecars: dict[Path, Sidecar | None] = {}

    def items(self) -> Iterator[Item]:
        """List the files, folder by folder in the order of their names."""
        if not self.root.is_dir():
            status = self.root.stat()
            if stat.S_ISREG(status.st_mode):
                yield _listed(str(self.root), status, self._sidecar_mtime(self.root.parent))
            return
        seen: set[tuple[int, int]] = set()
        waiting = [(self.root, self._sidecar_mtime(self.root.parent))]
        while waiting:
            folder, sidecar_mtime = waiting.pop()
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                yield _listed(str(folder), status, 0)
                continue
            sidecar_mtime = max(
                (e.stat().st_mtime_ns for e in entries if e.name == SIDECAR and e.is_file()),
                default=sidecar_mtime,
            )
            waiting += [(Path(e.path), sidecar_mtime) for e in reversed(entries) if _is_folder(e)]
            for entry in filter(_is_audio, entries):
                with suppress(FileNotFoundError):
                    yield _listed(entry.path, entry.stat(), sidecar_mtime)

    def fetch(self, item: Item) -> Item:
        """Read the tags and sidecar of a listed file; copy it where it can't be used in place."""
        path = path_of(item.key)
        if path.is_dir():
            raise ItemUnusable("unreadable", f"{path}: the folder can't be listed; let it be read")
        sidecar = self._sidecar_of(path.parent)
        stated = sidecar.about(path) if sidecar else {}
        found = described(
            item,
            path,
            replace(self._given, artist=stated.get("artist") or self._given.artist),
            statements=sidecar.statements(path) if sidecar else (),
            uri=stated.get("source"),
        )
        found = replace(found, album=found.album or stated.get("album"))
        return replace(found, path=self._copied(path)) if self._must_copy(path) else found

    def _must_copy(self, path: Path) -> bool:
        return self._copy or not _is_text(str(path))

    def _copied(self, path: Path) -> Path:
        suffix = path.suffix.lower() if path.suffix.lower() in AUDIO_SUFFIXES else ".audio"
        target = (self._copies / f"{file_sha256(path)}{suffix}").absolute()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(f".{os.getpid()}.part")
            shutil.copyfile(path, part)
            part.replace(target)
        return target

    def _sidecar_of(self, folder: Path) -> Sidecar | None:
        if folder not in self._sidecars:
            own = folder / SIDECAR
            above = None if folder == folder.parent else self._sidecar_of(folder.parent)
            self._sidecars[folder] = read_sidecar(own) if own.is_file() else above
        return self._sidecars[folder]

    def _sidecar_mtime(self, folder: Path) -> int:
        for place in (folder, *folder.parents):
            if (place / SIDECAR).is_file():
                return (place / SIDECAR).stat().st_mtime_ns
        return 0


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError:
        return False


def _is_audio(entry: os.DirEntry[str]) -> bool:
    try:
        return (
            not entry.name.startswith(".")
            and entry.name.lower().endswith((*AUDIO_SUFFIXES, *_OTHER_AUDIO))
            and entry.is_file()
        )
    except OSError:
        return False


def _listed(path: str, status: os.stat_result, sidecar_mtime: int) -> Item:
    mtime_ns = max(status.st_mtime_ns, sidecar_mtime)
    return Item(key=_key(path), size_bytes=status.st_size, mtime_ns=mtime_ns)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _key(path: str) -> str:
    """The path as text; a name that is no text becomes a file address, which loses nothing."""
    return path if _is_text(path) else f"file://{quote_from_bytes(os.fsencode(path))}"


def path_of(key: str) -> Path:
    """The file that a folder listed as ``key``.

    >>> path_of("/music/a.flac").name, os.fsencode(path_of("file:///music/caf%E9.flac").name)
    ('a.flac', b'caf\\xe9.flac')
    """
    address = key.removeprefix("file://")
    return Path(key if address == key else os.fsdecode(unquote_to_bytes(address)))
