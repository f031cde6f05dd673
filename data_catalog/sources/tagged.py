"""What the tags of an audio file say about it: its names and its rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from data_catalog.licence_text import reserves_training
from data_catalog.licences import Statement, licences_in_text

_STATEMENTS: Final = ("LICENSE", "LICENCE", "WCOP", "LICENSE_URL", "LICENSEURL")
_NOTICES: Final = ("COPYRIGHT", "RIGHTS", "COMMENT", "DESCRIPTION", "USAGE")
_RESERVATIONS: Final = ("TDM-RESERVATION", "TDM_RESERVATION", "TDMRESERVATION")
_NOTHING: Final = ("", "non", "none", "unknown", "n/a", "-", "untitled", "unknown artist")
_NO: Final = ("", "0", "false", "no")
_PICTURES: Final = ("METADATA_BLOCK_PICTURE", "COVERART", "APIC")
_LONGEST: Final = 4000


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
