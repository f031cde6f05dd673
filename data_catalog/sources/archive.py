"""The Internet Archive: one item, or every audio item of a collection.

Items are listed by the scraping API (https://archive.org/help/aboutsearch.htm) and described by the
metadata API (https://archive.org/developers/md-read.html), which gives each file's size, MD5 and
SHA-1. Descriptions are kept and read again only when the search says that the item changed. Files
that the Archive derived from others are left out.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from data_catalog.home import Home
from data_catalog.licences.terms import Statement
from data_catalog.sources.base import Item, SourceOptions, SourceUnavailable
from data_catalog.sources.download import Downloader, Expected, Manners
from data_catalog.sources.folder import AUDIO_SUFFIXES
from data_catalog.sources.tagged import Given, described

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_PAGE_ITEMS: Final = 1000
_RIGHTS: Final = ("rights", "possible-copyright-status", "copyright")


class ArchiveSource:
    """``archive:NAME``: the original audio files of an item, or of a collection's items."""

    name = "archive"
    title = "The Internet Archive"
    url = "https://archive.org/details/audio"
    licence_note = "per item: its licenseurl and rights fields; per file: its tags"
    citation = "Internet Archive, https://archive.org/, with the creator that each item names"

    def __init__(
        self,
        spec: str,
        home: Home,
        options: SourceOptions | None = None,
        *,
        licence: str | None = None,
        artist: str | None = None,
        api: str = "https://archive.org",
        downloader: Downloader | None = None,
    ) -> None:
        if not _IDENTIFIER.fullmatch(spec):
            raise SourceUnavailable(
                f"archive:{spec}: no identifier; copy the last part of an item's or collection's"
                " address, https://archive.org/details/IDENTIFIER"
            )
        self.licence_option = licence
        self._spec = spec
        self._given = Given(licence, artist)
        self._api = api
        self._downloads = downloader or Downloader(
            ("archive.org",),
            Manners(requests_per_s=1.0, contact=options.contact if options else None),
        )
        self._audio = home.audio / "archive"
        self._cache = home.cache / "archive"
        self._files: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}

    def items(self) -> Iterator[Item]:
        """List the audio of the item, or of each item of the collection."""
        item = self._described(self._spec, None)
        about = item.get("metadata", {})
        if not about:
            raise SourceUnavailable(f"archive:{self._spec}: no such item; check the identifier")
        if about.get("mediatype") != "collection":
            yield from self._audio_of(item)
            return
        for identifier, changed in self._members():
            yield from self._audio_of(self._described(identifier, changed))

    def fetch(self, item: Item) -> Item:
        """Download one file, checked against the Archive's digests."""
        about, file = self._files[item.key]
        digests = {name: file[name] for name in ("md5", "sha1") if file.get(name)}
        target = (self._audio / about["identifier"] / _file_name(file["name"])).absolute()
        self._downloads.file(item.key, target, Expected(item.size_bytes, digests))
        where = f"{self._api}/metadata/{about['identifier']}"
        statements = [
            Statement("api", text, f"{where}#{field}", notice=field in _RIGHTS)
            for field in ("licenseurl", *_RIGHTS)
            for text in _texts(about.get(field))
        ]
        return described(
            item,
            target,
            self._given,
            statements=statements,
            title=_text(file.get("title")),
            artist=_text(file.get("artist") or file.get("creator") or about.get("creator")),
            album=_text(file.get("album")) or _text(about.get("title")),
            tags={"GENRE": [*_texts(file.get("genre")), *_texts(about.get("subject"))]},
            uri=f"https://archive.org/details/{about['identifier']}",
        )

    def _members(self) -> Iterator[tuple[str, str]]:
        """Identifier of each audio item of the collection, and when it last changed."""
        query = {
            "q": f"collection:{self._spec} AND mediatype:audio",
            "fields": "identifier,oai_updatedate",
            "count": str(_PAGE_ITEMS),
        }
        cursor: dict[str, str] = {}
        while True:
            page = self._downloads.json(f"{self._api}/services/search/v1/scrape", query | cursor)
            if "error" in page:
                raise SourceUnavailable(f"archive:{self._spec}: {page['error']}")
            for found in page["items"]:
                yield found["identifier"], max(_texts(found.get("oai_updatedate")), default="")
            if not page.get("cursor"):
                return
            cursor = {"cursor": page["cursor"]}

    def _described(self, identifier: str, changed: str | None) -> dict[str, Any]:
        """The item's metadata; kept ones serve where the search knows that nothing changed."""
        kept = self._cache / f"{identifier}.json"
        if changed and kept.exists():
            stored: dict[str, Any] = json.loads(kept.read_text())
            if stored.get("seen") == changed:
                return stored
        item: dict[str, Any] = self._downloads.json(f"{self._api}/metadata/{identifier}")
        if changed:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(".part")
            part.write_text(json.dumps({**item, "seen": changed}))
            part.replace(kept)
        return item

    def _audio_of(self, item: Mapping[str, Any]) -> Iterator[Item]:
        about = item.get("metadata", {})
        if not _IDENTIFIER.fullmatch(str(about.get("identifier", ""))):
            return
        for file in item.get("files", ()):
            suffix = Path(file["name"]).suffix.lower()
            if file.get("source") != "original" or suffix not in AUDIO_SUFFIXES:
                continue
            key = f"{self._api}/download/{quote(about['identifier'])}/{quote(file['name'])}"
            self._files[key] = (about, file)
            yield Item(key, int(file.get("size", 0)), _moment(about, file))


def _file_name(name: str) -> str:
    """A name of harmless characters, still a different one for each ``name``.

    >>> _file_name("dawn.flac"), _file_name("../my dawn.flac")
    ('dawn.flac', 'd388052c-my_dawn.flac')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._")
    return plain if plain == name else f"{zlib.crc32(name.encode()):08x}-{plain}"


def _moment(about: Mapping[str, Any], file: Mapping[str, Any]) -> int:
    """Time of modification, ns, whose part below a second tells content and rights apart."""
    rights = [about.get(field) for field in ("licenseurl", *_RIGHTS)]
    mark = zlib.crc32(json.dumps([file.get("md5"), rights]).encode()) % 1_000_000_000
    return int(file.get("mtime", 0)) * 1_000_000_000 + mark


def _texts(value: Any) -> list[str]:
    """A field as the API gives it, one text or a list of them."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [str(v) for v in values]


def _text(value: Any) -> str | None:
    return ", ".join(_texts(value)) or None
