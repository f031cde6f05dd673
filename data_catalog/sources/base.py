"""What every source is: a cheap listing, and a way to bring one listed file to disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from data_catalog.licences.terms import Statement
from features.errors import ShiroaError


class SourceUnavailable(ShiroaError):  # noqa: N818 - the name that the rooms agreed on
    """A source can't be read on this machine. One line: which, why, and what to do."""


class ItemUnusable(ShiroaError):  # noqa: N818
    """One listed item can't be brought to disk; ``reason`` is the slug of its quarantine row."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class LicenceEvidence:
    """Everything found about the rights in one file, word for word, and who stated it."""

    statements: tuple[Statement, ...]
    stated_by: str = "source"


@dataclass(frozen=True)
class Item:
    """One file of a source.

    A listing fills in ``key`` (the absolute path or address by which the file is known again),
    ``size_bytes`` and ``mtime_ns``; both change whenever anything that matters about the file does.
    :meth:`Source.fetch` fills in the rest. ``path`` is None until the file is on disk.
    """

    key: str
    size_bytes: int
    mtime_ns: int
    path: Path | None = None
    uri: str = ""
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    tags: Mapping[str, list[str]] = field(default_factory=dict)
    licence: LicenceEvidence | None = None
    origin_codec: str | None = None
    origin_lossless: bool | None = None
    changes: str = ""


@dataclass(frozen=True)
class SourceOptions:
    """What sources need from the settings: keys of services, and whom to contact about us."""

    jamendo_client_id: str | None = None
    contact: str | None = None


@runtime_checkable
class Source(Protocol):
    """Where music comes from. ``name`` goes into the tables; the others document the source."""

    name: str
    title: str
    url: str
    licence_note: str
    citation: str

    def items(self) -> Iterator[Item]:
        """List the source. Costs a listing: no file is opened."""
        ...

    def fetch(self, item: Item) -> Item:
        """Bring a listed file to disk and state what is known about it.

        Raises :class:`ItemUnusable`, or AudioError, for a file that can't be used.
        """
        ...
