"""What the tags of an audio file say about it: its names and its rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from data_catalog.licences.terms import Statement, licences_in_text
from data_catalog.licences.text import reserves_training
from data_catalog.sources.base import Item, LicenceEvidence
from features.audio.tags import read_tags

_STATEMENTS: Final = ("LICENSE", "LICENCE", "WCOP", "LICENSE_URL", "LICENSEURL")
_NOTICES: Final = ("COPYRIGHT", "RIGHTS", "COMMENT", "DESCRIPTION", "USAGE")
_RESERVATIONS: Final = ("TDM-RESERVATION", "TDM_RESERVATION", "TDMRESERVATION")
_NOTHING: Final = ("", "non", "none", "unknown", "n/a", "-", "untitled", "unknown artist")
_NO: Final = ("", "0", "false", "no")
_PICTURES: Final = ("METADATA_BLOCK_PICTURE", "COVERART", "APIC")
_LONGEST: Final = 4000


@dataclass(frozen=True)
class Given:
    """What the person who ingests states: a licence, and an artist for files that name none."""

    licence: str | None = None
    artist: str | None = None

    def statements(self) -> list[Statement]:
        """The licence as a statement."""
        return [Statement("option", self.licence, "--licence")] if self.licence else []


def described(
    item: Item,
    path: Path,
    given: Given,
    *,
    statements: Iterable[Statement] = (),
    title: str | None = None,
    artist: str | None = None,
    album: str | None = None,
    tags: Mapping[str, list[str]] | None = None,
    uri: str | None = None,
) -> Item:
    """``item`` with its file at ``path`` and all that is known about it.

    The names that a source gives win over the file's tags; the file's name and ``given`` stand in
    for both. All statements about rights are kept: the tags', the source's, and the person's.
    """
    found = read_tags(path)
    return replace(
        item,
        path=path,
        uri=uri or item.uri or item.key,
        title=title or first(found, "TITLE") or _title_of(path),
        artist=artist or first(found, "ARTIST", "ALBUMARTIST") or given.artist,
        album=album or first(found, "ALBUM"),
        tags={**found, **{name: values for name, values in (tags or {}).items() if values}},
        licence=LicenceEvidence((*tag_statements(found), *statements, *given.statements())),
    )


def first(tags: Mapping[str, list[str]], *names: str) -> str | None:
    """The first value under any of ``names``, in their order, that says something.

    >>> first({"ARTIST": ["none", " Ada "]}, "ALBUMARTIST", "ARTIST")
    'Ada'
    """
    values = (value.strip() for name in names for value in tags.get(name, ()))
    return next((value for value in values if value.casefold() not in _NOTHING), None)


def kept(tags: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The tags worth storing: no pictures, and no value past a page."""
    return {
        name: [value[:_LONGEST] for value in values]
        for name, values in tags.items()
        if not name.startswith(_PICTURES)
    }


def tag_statements(tags: Mapping[str, list[str]]) -> list[Statement]:
    """What the tags state about rights.

    A licence tag must be understood; a copyright notice or comment counts only where it names a
    licence or reserves the training of models.
    """
    return [*_licence_tags(tags), *_notices(tags), *_reservations(tags)]


def _licence_tags(tags: Mapping[str, list[str]]) -> Iterator[Statement]:
    for name in _STATEMENTS:
        yield from (Statement("tag", value, name) for value in tags.get(name, ()) if value.strip())


def _notices(tags: Mapping[str, list[str]]) -> Iterator[Statement]:
    for name in _NOTICES:
        for value in tags.get(name, ()):
            telling = licences_in_text(value) or reserves_training(value)
            if telling or (name == "COPYRIGHT" and value.strip()):
                yield Statement("tag", value[:_LONGEST], name, notice=True)


def _reservations(tags: Mapping[str, list[str]]) -> Iterator[Statement]:
    for name in _RESERVATIONS:
        for value in tags.get(name, ()):
            if value.strip().casefold() not in _NO:
                yield Statement("tag", f"TDM-RESERVATION: {value}", name, notice=True)


def _title_of(path: Path) -> str:
    return path.stem.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
