"""From a word of the command line to a source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from data_catalog.home import Home
from data_catalog.licences.terms import normalise
from data_catalog.sources.archive import ArchiveSource
from data_catalog.sources.base import Source, SourceOptions
from data_catalog.sources.debian import DebianSource
from data_catalog.sources.fma import FmaSource
from data_catalog.sources.folder import FolderSource
from data_catalog.sources.jamendo import JamendoSource
from data_catalog.sources.objects import SCHEMES, ObjectSource
from features.errors import ShiroaError

SOURCES: Final = {
    source.name: source
    for source in (
        FolderSource,
        DebianSource,
        ArchiveSource,
        JamendoSource,
        FmaSource,
        ObjectSource,
    )
}
"""Every source by its name."""


class UnknownLicence(ShiroaError, ValueError):  # noqa: N818
    """A licence stated by a person that is not understood."""


def resolve_source(
    spec: str,
    home: Home,
    options: SourceOptions | None = None,
    licence: str | None = None,
    artist: str | None = None,
    copy: bool = False,
) -> Source:
    """The source that ``spec`` names.

    A path, ``debian:PACKAGE``, ``archive:IDENTIFIER``, ``jamendo:QUERY``, ``fma:FOLDER``, or an
    address such as ``s3://bucket/music``. Raises
    :class:`~data_catalog.sources.base.SourceUnavailable` where it can't be read, and
    :class:`UnknownLicence` for a ``licence`` that means none.
    """
    if licence is not None and normalise(licence) is None:
        raise UnknownLicence(
            f"licence={licence!r}: must be a licence that Shiroa knows, such as CC-BY-4.0, CC0-1.0"
            " or https://creativecommons.org/licenses/by-sa/4.0/"
        )
    scheme, colon, rest = spec.partition(":")
    if colon and scheme == DebianSource.name:
        return DebianSource(rest, home, licence=licence, artist=artist)
    if colon and scheme == ArchiveSource.name:
        return ArchiveSource(rest, home, options, licence=licence, artist=artist)
    if colon and scheme == JamendoSource.name:
        return JamendoSource(rest, home, options, licence=licence, artist=artist)
    if colon and scheme == FmaSource.name:
        return FmaSource(rest, home, licence=licence, artist=artist, copy=copy)
    if colon and scheme in SCHEMES:
        return ObjectSource(spec, home, licence=licence, artist=artist)
    return FolderSource(Path(spec).expanduser(), home, licence=licence, artist=artist, copy=copy)
