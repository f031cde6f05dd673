"""A Debian package as a folder: downloaded by apt without root, unpacked, its copyright read."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from data_catalog.licences.spdx import expression
from data_catalog.licences.terms import Statement
from data_catalog.sources.base import SourceUnavailable

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_URI_LINE: Final = re.compile(r"^'(?P<uri>[^']+)' (?P<file>\S+\.deb) (?P<size>\d+)", re.MULTILINE)
_PACKAGING: Final = re.compile(
    r"^(?:packaging(?: copyright)?\s*:|the debian packaging (?:is|was)\b)", re.I | re.M
)
_SAME_MUSIC: Final = (".ogg", ".oga", ".opus", ".wav", ".flac", ".mp3")
_MOST_TEXT: Final = 65_536


@dataclass(frozen=True)
class Package:
    """An unpacked package: its name, version, and the folder that holds its files."""

    name: str
    version: str
    root: Path

    @property
    def copyright(self) -> str:
        """The text of ``debian/copyright`` as installed; empty where there is none."""
        path = self.root / "usr/share/doc" / self.name / "copyright"
        return path.read_text(errors="replace") if path.is_file() else ""


def obtain(spec: str, cache: Path) -> Package:
    """The package that ``spec`` (a name, or the path of a ``.deb``) means, unpacked in ``cache``.

    What is there already is used again. Raises :class:`SourceUnavailable`.
    """
    if spec.endswith(".deb"):
        path = Path(spec).expanduser()
        if not path.is_file():
            raise SourceUnavailable(f"debian:{spec}: no such file; name a package or a .deb file")
        return _unpacked(path, cache)
    if not _NAME.fullmatch(spec):
        raise SourceUnavailable(f"debian:{spec}: no package name (lower case letters, digits, +-.)")
    file = _apt_file(spec)
    known = _known(file, cache)
    if known:
        return known
    path = _downloaded(spec, file, cache)
    try:
        return _unpacked(path, cache)
    finally:
        path.unlink(missing_ok=True)


def _apt_file(name: str) -> str:
    """The file name of the candidate version, from apt's lists; no network."""
    if shutil.which("apt-get") is None:
        raise SourceUnavailable(
            f"debian:{name}: apt-get isn't on this machine; download the package's .deb file"
            f" from https://packages.debian.org/{name} and ingest debian:FILE.deb"
        )
    done = _apt("download", "--print-uris", name)
    found = _URI_LINE.search(done.stdout)
    if found is None:
        reason = (done.stderr.strip().splitlines() or ["apt-get names no file"])[-1]
        raise SourceUnavailable(
            f"debian:{name}: {reason}; check the name, and run apt-get update as root once"
        )
    return found["file"]


def _apt(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    options = ["-o", "APT::Sandbox::User=root"] if os.name == "posix" and os.geteuid() == 0 else []
    return subprocess.run(
        ["apt-get", *options, *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


def _downloaded(name: str, file: str, cache: Path) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    done = _apt("download", "-q", name, cwd=cache)
    if done.returncode != 0 or not (cache / file).is_file():
        reason = (done.stderr.strip().splitlines() or ["no file came"])[-1]
        raise SourceUnavailable(
            f"debian:{name}: apt-get download failed ({reason}); check the network and try again"
        )
    return cache / file


def _known(file: str, cache: Path) -> Package | None:
    folder = cache / Path(file).stem
    return _package(folder) if folder.is_dir() else None


def _package(folder: Path) -> Package:
    name, _, rest = folder.name.partition("_")
    return Package(name, rest.rpartition("_")[0] or rest, folder)


def _unpacked(path: Path, cache: Path) -> Package:
    from debian.arfile import ArError
    from debian.debfile import DebError, DebFile

    folder = cache / path.stem
    if folder.is_dir():
        return _package(folder)
    part = cache / f".{path.stem}.{os.getpid()}.part"
    try:
        with DebFile(str(path)) as package:
            package.data.tgz().extractall(part, filter="data")
        part.rename(folder)
    except (ArError, DebError, tarfile.TarError, OSError, EOFError) as error:
        raise SourceUnavailable(
            f"debian:{path}: can't be unpacked ({error}); download it again"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return _package(folder)


def copyright_statements(text: str, installed: PurePosixPath) -> tuple[list[Statement], str | None]:
    """What a package's copyright file states about one installed file, and who holds the rights.

    A machine-readable file (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/) is
    matched file by file; a free-form one speaks for everything but the packaging.
    """
    if not text.strip():
        return [], None
    paragraphs = list(_dep5_files(text))
    if not paragraphs:
        upstream = _PACKAGING.split(text)[0]
        return [Statement("text", upstream[:_MOST_TEXT], "debian/copyright")], _holder(upstream)
    paragraph = _paragraph_of(paragraphs, installed)
    if paragraph is None or paragraph.license is None:
        return [], None
    name, words = paragraph.license.synopsis, _licence_text(text, paragraph)
    statement = Statement(
        "dep5",
        name if expression(name) or not words.strip() else words[:_MOST_TEXT],
        f"debian/copyright: Files: {' '.join(paragraph.files)}",
        detail=f"License: {name}\nCopyright: {paragraph.copyright}\n{words}"[:_MOST_TEXT],
    )
    return [statement], _first_holder(paragraph.copyright or "")


def _dep5_files(text: str) -> Iterator[Any]:
    from debian.copyright import Copyright, MachineReadableFormatError, NotMachineReadableError

    try:
        yield from Copyright(text.splitlines(keepends=True), strict=False).all_files_paragraphs()
    except (NotMachineReadableError, MachineReadableFormatError, ValueError):
        return


def _licence_text(text: str, paragraph: Any) -> str:
    from debian.copyright import Copyright

    if paragraph.license.text:
        return str(paragraph.license.text)
    names = re.split(r",?\s+(?:and|or)\s+", paragraph.license.synopsis)
    alone: list[Any] = [
        *Copyright(text.splitlines(keepends=True), strict=False).all_license_paragraphs()
    ]
    return "\n".join(str(p.license.text) for p in alone if p.license.synopsis in names)


def _paragraph_of(paragraphs: list[Any], installed: PurePosixPath) -> Any:
    """The paragraph that licenses an installed file: the last that covers it.

    Patterns are relative to the source. One that fits the end of the installed path counts before
    one that names the file in another folder, and "*" comes last. The build may have encoded the
    music anew, so other endings of audio count too.
    """
    parts = installed.parts
    tails = {PurePosixPath(*parts[start:]) for start in range(len(parts))}
    names = {str(t) for t in tails} | {str(t.with_suffix(s)) for t in tails for s in _SAME_MUSIC}
    alone = {PurePosixPath(name).name for name in names}
    rules: tuple[Callable[[str], bool], ...] = (
        lambda pattern: pattern != "*" and any(fnmatch.fnmatchcase(n, pattern) for n in names),
        lambda pattern: PurePosixPath(pattern).name in alone,
        lambda pattern: pattern == "*",
    )
    for rule in rules:
        for paragraph in reversed(paragraphs):
            if any(rule(pattern) for pattern in paragraph.files):
                return paragraph
    return None


_YEARS: Final = re.compile(r"^(?:copyright\b|\(c\)|©|[\d\s,/–-]+|by\s+)+", re.IGNORECASE)
_HOLDER: Final = re.compile(
    r"(?i:copyright)\b\s*:?\s*(?i:\(c\)|©)?[\d,\s/–-]*(?i:by\s+)?"
    r"(?P<name>[^\W\da-z_][\w.'-]*(?:(?:[ \t]+|[ \t]*\n[ \t]*)[^\W\da-z_][\w.'-]*){1,4})"
)
_AUTHOR: Final = re.compile(r"(?i:upstream authors?)\s*:?\s+(?P<name>[^\W\da-z_][^<\n:,(]{1,60})")


def _first_holder(field: str) -> str | None:
    """The first name in a DEP-5 Copyright field.

    >>> _first_holder("2011, 2013 Ada Example <ada@example.org>")
    'Ada Example'
    """
    name = re.split(r"[<(,\n]", _YEARS.sub("", field.strip()))[0].strip(" .")
    return name if name and name != "no-copyright" else None


def _holder(text: str) -> str | None:
    """Who holds the rights by a free-form copyright file; None where it names several.

    >>> _holder("Copyright:\\n\\nThe songs are all Copyright (c) 2006/2007  Ada\\nExample <a@b.c>")
    'Ada Example'
    """
    for pattern in (_HOLDER, _AUTHOR):
        found = [" ".join(match["name"].split()) for match in pattern.finditer(text)]
        names = {re.split(r"\.\s|\bAll [Rr]ights\b", name)[0].strip(" .\"'") for name in found}
        if len(names - {""}) == 1:
            return (names - {""}).pop()
    return None
