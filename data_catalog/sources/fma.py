"""An unpacked dump of the Free Music Archive: ``fma:FOLDER``.

The folder holds ``fma_metadata/raw_tracks.csv`` and the audio of any size of the dataset, such as
``fma_small/000/000002.mp3`` with its ``checksums`` file (SHA-1), as
https://github.com/mdeff/fma describes them.
"""

from __future__ import annotations

import ast
import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from data_catalog.home import Home
from data_catalog.licences.terms import Statement
from data_catalog.sources.base import Item, ItemUnusable, SourceUnavailable
from data_catalog.sources.folder import FolderSource, path_of
from data_catalog.sources.tagged import Given, described

_CSV: Final = "raw_tracks.csv"
_COLUMNS: Final = (
    "track_title", "artist_name", "album_title", "license_title", "license_url", "track_genres",
    "track_url",
)  # fmt: skip
_LONGEST_FIELD: Final = 1 << 24


class FmaSource:
    """Tracks of an FMA dump, with the licence that its metadata gives for each."""

    name = "fma"
    title = "Free Music Archive, the FMA dataset"
    url = "https://github.com/mdeff/fma"
    licence_note = "per track: license_url and license_title of raw_tracks.csv; the file's tags"
    citation = (
        "M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson: FMA: A Dataset for Music Analysis,"
        " ISMIR 2017, arXiv:1612.01840"
    )

    def __init__(
        self,
        spec: str,
        home: Home,
        *,
        licence: str | None = None,
        artist: str | None = None,
        copy: bool = False,
    ) -> None:
        root = Path(spec).expanduser()
        found = sorted(root.glob(_CSV)) + sorted(root.glob(f"*/{_CSV}"))
        if not found:
            raise SourceUnavailable(
                f"fma:{spec}: no {_CSV} in it or a folder below; unpack fma_metadata.zip and an"
                " audio archive into one folder"
            )
        self.licence_option = licence
        self._csv = found[0]
        self._files = FolderSource(root, home, copy=copy)
        self._given = Given(licence, artist)
        self._tracks: dict[int, dict[str, str]] = {}
        self._checksums: dict[Path, dict[str, str]] = {}

    def items(self) -> Iterator[Item]:
        """List the audio files; a newer ``raw_tracks.csv`` counts as a change of all of them."""
        described_at = self._csv.stat().st_mtime_ns
        for item in self._files.items():
            if path_of(item.key).stem.isdigit():
                yield replace(item, mtime_ns=max(item.mtime_ns, described_at))

    def fetch(self, item: Item) -> Item:
        """Check one file and state what the metadata says about it."""
        path = path_of(item.key)
        self._check(path)
        if not self._tracks:
            self._tracks = _read_tracks(self._csv)
        row = self._tracks.get(int(path.stem), {})
        statements = [
            Statement("sidecar", text, f"{_CSV}#{column}", notice=column == "license_title")
            for column in ("license_url", "license_title")
            if (text := row.get(column, ""))
        ]
        if len(statements) == 1 and statements[0].notice:
            statements = [replace(statements[0], text=_full(statements[0].text), notice=False)]
        found = described(
            item,
            path,
            self._given,
            statements=statements,
            title=row.get("track_title"),
            artist=row.get("artist_name"),
            album=row.get("album_title"),
            tags={"GENRE": _genres(row.get("track_genres", ""))},
            uri=row.get("track_url") or f"fma:{int(path.stem)}",
        )
        return replace(found, path=self._files.fetch(item).path)

    def _check(self, path: Path) -> None:
        folder = path.parent.parent
        if folder not in self._checksums:
            self._checksums[folder] = _read_checksums(folder / "checksums")
        expected = self._checksums[folder].get(f"{path.parent.name}/{path.name}")
        if expected is None:
            return
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha1").hexdigest()
        if found != expected:
            raise ItemUnusable(
                "checksum_mismatch",
                f"{path}: SHA-1 {found} instead of {expected}; unpack the archive again",
            )


def _read_tracks(path: Path) -> dict[int, dict[str, str]]:
    limit = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {
                int(row["track_id"]): {name: (row.get(name) or "").strip() for name in _COLUMNS}
                for row in csv.DictReader(file)
                if (row.get("track_id") or "").isdigit()
            }
    finally:
        csv.field_size_limit(limit)


def _read_checksums(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.split(maxsplit=1) for line in path.read_text().splitlines())
    return {parts[1].strip().removeprefix("./"): parts[0] for parts in lines if len(parts) == 2}


def _full(title: str) -> str:
    """A licence's title with the words that the dump leaves out.

    >>> _full("Attribution-Noncommercial 3.0 United States")
    'Creative Commons Attribution-Noncommercial 3.0 United States'
    """
    return f"Creative Commons {title}" if title.casefold().startswith("attribution") else title


def _genres(text: str) -> list[str]:
    """Titles in a cell such as ``[{'genre_id': '21', 'genre_title': 'Hip-Hop', ...}]``."""
    try:
        cells = ast.literal_eval(text) if text else []
    except (ValueError, SyntaxError):
        return []
    return [str(c["genre_title"]) for c in cells if isinstance(c, Mapping) and "genre_title" in c]
