"""Where music comes from: one small module a source, each with the same two verbs.

``items()`` lists what is there, at the cost of a listing; ``fetch(item)`` brings one file to disk
and states what is known about it. ``resolve_source`` turns a word of the command line into one.
"""

from __future__ import annotations

from data_catalog.sources.archive import ArchiveSource
from data_catalog.sources.base import (
    Item,
    ItemUnusable,
    LicenceEvidence,
    Source,
    SourceOptions,
    SourceUnavailable,
)
from data_catalog.sources.debian import DebianSource
from data_catalog.sources.fma import FmaSource
from data_catalog.sources.folder import FolderSource
from data_catalog.sources.jamendo import JamendoSource
from data_catalog.sources.objects import ObjectSource
from data_catalog.sources.resolve import SOURCES, UnknownLicence, resolve_source

__all__ = [
    "SOURCES",
    "ArchiveSource",
    "DebianSource",
    "FmaSource",
    "FolderSource",
    "Item",
    "ItemUnusable",
    "JamendoSource",
    "LicenceEvidence",
    "ObjectSource",
    "Source",
    "SourceOptions",
    "SourceUnavailable",
    "UnknownLicence",
    "resolve_source",
]
