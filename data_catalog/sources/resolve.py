"""From a word of the command line to a source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from data_catalog.home import Home
from data_catalog.sources.base import Source, SourceOptions
from data_catalog.sources.debian import DebianSource
from data_catalog.sources.folder import FolderSource

SOURCES: Final = {source.name: source for source in (FolderSource, DebianSource)}
"""Every source by its name."""


def resolve_source(
    spec: str,
    home: Home,
    options: SourceOptions | None = None,
    licence: str | None = None,
    artist: str | None = None,
    copy: bool = False,
) -> Source:
    """The source that ``spec`` names: a path, or ``debian:PACKAGE``.

    Raises :class:`~data_catalog.sources.base.SourceUnavailable` where it can't be read.
    """
    scheme, _, rest = spec.partition(":")
    if scheme == DebianSource.name:
        return DebianSource(rest, home, licence=licence, artist=artist)
    return FolderSource(Path(spec).expanduser(), home, licence=licence, artist=artist, copy=copy)
