"""Music in a Debian package: freely licensed by Debian's own rules, with the evidence per file.

Debian ships music compressed with loss, next to the game that plays it. Each piece becomes a FLAC
in the home, its true codec kept. Frets on Fire keeps a song as stems (``song.ogg``, ``guitar.ogg``,
``rhythm.ogg``) that its player sums, so stems of one length are summed; others stay as they are.
Short files are effects, not music, and are left out.
"""

from __future__ import annotations

import configparser
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from data_catalog.home import Home
from data_catalog.licences.terms import Statement, judge, licences_in_text
from data_catalog.sources.base import Item, ItemUnusable, LicenceEvidence, SourceUnavailable
from data_catalog.sources.debian_package import Package, copyright_statements, obtain
from data_catalog.sources.tagged import first, tag_statements
from features.audio.mixdown import mix_to_flac
from features.audio.reader import AudioError, AudioInfo, probe
from features.audio.tags import read_tags

SHORTEST_MUSIC_S: Final = 10.0
"""Shorter files, seconds, are taken for sound effects."""

_SUFFIXES: Final = (".ogg", ".oga", ".opus", ".mp3", ".flac", ".wav")
_STEMS: Final = ("song", "guitar", "rhythm")
_CREDIT: Final = re.compile(r"^(?:composed|written|performed|played|and|by|\s|,)+\s", re.IGNORECASE)
_WEBSITE: Final = re.compile(r"\s+-\s+(?:https?://|www\.)\S+$")


@dataclass(frozen=True)
class _Piece:
    """One piece of music: the files to sum, all in one folder, and what their headers say."""

    files: tuple[Path, ...]
    infos: tuple[AudioInfo, ...]

    @property
    def main(self) -> Path:
        return self.files[0]


class DebianSource:
    """The music of one package: ``debian:PACKAGE``, or ``debian:FILE.deb``."""

    name = "debian"
    title = "Music in Debian packages"
    url = "https://packages.debian.org/"
    licence_note = "per file: debian/copyright (DEP-5 or free text), readme files, tags"
    citation = (
        "The Debian Project, https://www.debian.org/, with the authors that each package names"
    )

    def __init__(
        self, spec: str, home: Home, *, licence: str | None = None, artist: str | None = None
    ) -> None:
        if not spec:
            raise SourceUnavailable("debian: names no package; write debian:PACKAGE")
        self.spec = spec
        self.licence_option = licence
        self.notes: list[str] = []
        self._artist = artist
        self._cache = home.cache / "debian"
        self._audio = home.audio / "debian"
        self._package: Package | None = None
        self._pieces: dict[str, _Piece] = {}

    def items(self) -> Iterator[Item]:
        """Download and unpack the package where that was not done, and list its music."""
        self._package = obtain(self.spec, self._cache)
        self._pieces = {}
        for piece in self._music(self._package):
            where = piece.main.relative_to(self._package.root).as_posix()
            key = f"debian:{self._package.name}/{where}"
            self._pieces[key] = piece
            status = [file.stat() for file in piece.files]
            yield Item(
                key=key,
                size_bytes=sum(s.st_size for s in status),
                mtime_ns=max(s.st_mtime_ns for s in status),
                uri=f"debian:{self._package.name}_{self._package.version}/{where}",
            )

    def fetch(self, item: Item) -> Item:
        """Encode one piece to FLAC and read what the package says about it."""
        piece, package = self._pieces.get(item.key), self._package
        if piece is None or package is None:
            raise ItemUnusable("unavailable", f"{item.key}: not listed by this run; list again")
        where = PurePosixPath(piece.main.relative_to(package.root).as_posix())
        tags = read_tags(piece.main)
        song = _song_ini(piece.main.parent)
        statements, holder = copyright_statements(package.copyright, where)
        statements += [*_readme_statements(piece.main.parent), *tag_statements(tags)]
        if self.licence_option:
            statements.append(Statement("option", self.licence_option, "--licence"))
        codecs = "+".join(sorted({info.codec for info in piece.infos}))
        described = replace(
            item,
            title=song.get("name") or first(tags, "TITLE") or _title_of(piece.main),
            artist=_person(song.get("artist") or first(tags, "ARTIST") or holder) or self._artist,
            album=first(tags, "ALBUM") or package.name,
            tags=tags,
            licence=LicenceEvidence(tuple(statements)),
            origin_codec=codecs,
            origin_lossless=all(info.lossless for info in piece.infos),
            changes=f"converted from {codecs} to FLAC"
            + (f", {len(piece.files)} stems summed" if len(piece.files) > 1 else ""),
        )
        return replace(described, path=self._encoded(piece, package, where, described))

    def _music(self, package: Package) -> Iterator[_Piece]:
        effects = broken = 0
        folders: dict[Path, list[Path]] = defaultdict(list)
        for folder, names, files in os.walk(package.root):
            names.sort()
            for name in sorted(files):
                if name.lower().endswith(_SUFFIXES) and not (Path(folder) / name).is_symlink():
                    folders[Path(folder)].append(Path(folder) / name)
        for found in folders.values():
            infos: dict[Path, AudioInfo] = {}
            for file in found:
                try:
                    infos[file] = probe(file)
                except AudioError as error:
                    broken += error.reason != "too_short"
                    effects += error.reason == "too_short"
                    continue
                if infos[file].duration_s < SHORTEST_MUSIC_S:
                    effects += 1
                    del infos[file]
            yield from _grouped(infos)
        self.notes = []
        if effects:
            self.notes.append(
                f"{self.spec}: left out {effects} sounds shorter than {SHORTEST_MUSIC_S:g} s"
            )
        if broken:
            self.notes.append(f"{self.spec}: left out {broken} files that can't be decoded")

    def _encoded(self, piece: _Piece, package: Package, where: PurePosixPath, item: Item) -> Path:
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join(where.with_suffix("").parts[-2:]))
        target = (self._audio / package.name / f"{package.version}-{name}.flac").absolute()
        if target.exists():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        licence = judge(item.licence.statements if item.licence else ()).licence
        tags = {
            "TITLE": item.title or "",
            "ARTIST": item.artist or "",
            "ALBUM": item.album or "",
            "LICENSE": (licence.url or licence.spdx) if licence else "",
            "SOURCE": item.uri,
            "COMMENT": item.changes,
        }
        mix_to_flac(piece.files, target, tags={k: v for k, v in tags.items() if v})
        return target


def _grouped(infos: dict[Path, AudioInfo]) -> Iterator[_Piece]:
    """Stems of one song and one length as one piece; every other file alone."""
    stems = [path for name in _STEMS for path in infos if path.stem.lower() == name]
    shapes = {(infos[p].frames, infos[p].sample_rate, infos[p].channels) for p in stems}
    if len(stems) > 1 and stems[0].stem.lower() == "song" and len(shapes) == 1:
        yield _Piece(tuple(stems), tuple(infos[p] for p in stems))
    else:
        stems = []
    for path, info in infos.items():
        if path not in stems:
            yield _Piece((path,), (info,))


def _song_ini(folder: Path) -> dict[str, str]:
    """Name and artist of a Frets on Fire song; empty where there is no ``song.ini``."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(folder / "song.ini", encoding="utf-8")
        return {key: value.strip() for key, value in parser["song"].items()}
    except (KeyError, configparser.Error, UnicodeDecodeError):
        return {}


def _person(credit: str | None) -> str | None:
    """A name without the words around it.

    >>> _person("Composed and performed by Sectoid"), _person("Muldjord - www.muldjord.com")
    ('Sectoid', 'Muldjord')
    """
    if not credit:
        return None
    return _WEBSITE.sub("", _CREDIT.sub("", credit)).strip() or credit


def _readme_statements(folder: Path) -> Iterator[Statement]:
    for path in sorted(folder.iterdir()):
        if re.fullmatch(r"(?:readme|licen[sc]e)(?:\.txt)?", path.name, re.I) and path.is_file():
            text = path.read_text(errors="replace")[:65_536]
            if licences_in_text(text):
                yield Statement("text", text, path.name, notice=True)


def _title_of(path: Path) -> str:
    """The file's name, with its folder where the name alone says nothing.

    >>> _title_of(Path("sounds/stg1.ogg")), _title_of(Path("chaos_god/song.ogg"))
    ('stg1', 'chaos god')
    """
    stem = path.parent.name if path.stem.lower() in _STEMS else path.stem
    return stem.replace("_", " ")
