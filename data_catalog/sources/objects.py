"""Audio in an object store: ``s3://``, ``gs://``, ``az://``, by obstore.

Credentials, region and endpoint come from the environment as each provider's own tools read them
(``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, ``AWS_SKIP_SIGNATURE=true`` for public buckets, ...).
Rights come as in a folder: from tags, from ``shiroa.toml`` objects and from ``--licence``. A
transfer that breaks off goes on where it stopped, as long as the object is the same (its ETag).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from data_catalog.home import Home
from data_catalog.sources.base import Item, ItemUnusable, SourceUnavailable
from data_catalog.sources.folder import AUDIO_SUFFIXES
from data_catalog.sources.sidecar import SIDECAR, Sidecar, parse_sidecar
from data_catalog.sources.tagged import Given, described

SCHEMES: Final = ("s3", "s3a", "gs", "az", "abfs", "abfss")
"""Schemes of addresses that this source reads."""

_MD5: Final = re.compile(r"[0-9a-f]{32}")
_CHUNK: Final = 1 << 20
_MOST_BYTES: Final = 4 << 30


class ObjectSource:
    """Every audio object below an address such as ``s3://bucket/music``."""

    name = "objects"
    title = "Audio files in an object store"
    url = "https://developmentseed.org/obstore/"
    licence_note = "per object: LICENSE, COPYRIGHT and WCOP tags, shiroa.toml, or --licence"
    citation = "none: cite what the objects' owners ask for"

    def __init__(
        self,
        spec: str,
        home: Home,
        *,
        licence: str | None = None,
        artist: str | None = None,
        store: Any = None,
    ) -> None:
        self.licence_option = licence
        self._address = spec.rstrip("/")
        self._given = Given(licence, artist)
        self._store = store if store is not None else _opened(self._address)
        self._audio = home.audio / "objects"
        self._listed: dict[str, Mapping[str, Any]] = {}
        self._sidecars: dict[PurePosixPath, Sidecar] = {}

    def items(self) -> Iterator[Item]:
        """List the audio objects; their sidecars are read, for they may change a file's rights."""
        objects = list(self._objects())
        changed: dict[PurePosixPath, int] = {}
        for entry in objects:
            path = PurePosixPath(entry["path"])
            if path.name == SIDECAR:
                self._sidecars[path.parent] = self._sidecar(entry)
                changed[path.parent] = _moment(entry)
        for entry in objects:
            path = PurePosixPath(entry["path"])
            if path.suffix.lower() not in AUDIO_SUFFIXES or path.name.startswith("."):
                continue
            key = f"{self._address}/{path}"
            self._listed[key] = entry
            at = next((changed[p] for p in path.parents if p in changed), 0)
            yield Item(key, int(entry["size"]), max(_moment(entry), at))

    def fetch(self, item: Item) -> Item:
        """Bring one object to disk and read its tags and sidecar."""
        entry = self._listed[item.key]
        path = PurePosixPath(entry["path"])
        mark = hashlib.sha256(f"{item.key} {entry.get('e_tag')}".encode()).hexdigest()[:16]
        target = (self._audio / f"{mark}{path.suffix.lower()}").absolute()
        if not target.exists():
            self._transfer(entry, target)
        sidecar = next((self._sidecars[p] for p in path.parents if p in self._sidecars), None)
        stated = sidecar.about(Path(path)) if sidecar else {}
        found = described(
            item,
            target,
            replace(self._given, artist=stated.get("artist") or self._given.artist),
            statements=sidecar.statements(Path(path)) if sidecar else (),
            uri=stated.get("source"),
        )
        title = path.stem if found.title == target.stem else found.title
        return replace(found, title=title, album=found.album or stated.get("album"))

    def _objects(self) -> Iterator[Mapping[str, Any]]:
        from obstore.exceptions import BaseError

        try:
            for page in self._store.list():
                yield from page
        except BaseError as error:
            raise SourceUnavailable(
                f"{self._address}: can't be listed ({_line(error)}); check the address and the"
                " credentials in the environment"
            ) from error

    def _sidecar(self, entry: Mapping[str, Any]) -> Sidecar:
        path = Path(entry["path"])
        return parse_sidecar(path, bytes(self._store.get(entry["path"]).bytes()))

    def _transfer(self, entry: Mapping[str, Any], target: Path) -> None:
        from obstore.exceptions import BaseError

        size, path = int(entry["size"]), entry["path"]
        if size > _MOST_BYTES:
            raise ItemUnusable("too_large", f"{path}: {size} bytes; at most {_MOST_BYTES}")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        try:
            with part.open("ab") as file:
                while (there := file.tell()) < size:
                    options: Any = {"range": (there, min(size, there + _CHUNK * 8))}
                    if entry.get("e_tag"):
                        options["if_match"] = entry["e_tag"]
                    file.write(bytes(self._store.get(path, options=options).bytes()))
        except BaseError as error:
            raise ItemUnusable(
                "unavailable", f"{self._address}/{path}: {_line(error)}; the next run goes on"
            ) from error
        _check_digest(part, str(entry.get("e_tag") or ""), path)
        part.replace(target)


def _opened(address: str) -> Any:
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError as error:
        raise SourceUnavailable(f"{address}: needs obstore; pip install obstore") from error
    try:
        return from_url(address)
    except (BaseError, ValueError) as error:
        raise SourceUnavailable(f"{address}: {_line(error)}") from error


def _check_digest(part: Path, e_tag: str, path: str) -> None:
    """S3's ETag of an object that was put whole is its MD5; others say nothing about content."""
    expected = e_tag.strip('"')
    if not _MD5.fullmatch(expected):
        return
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != expected:
        part.unlink()
        raise ItemUnusable("checksum_mismatch", f"{path}: MD5 {found} instead of {expected}")


def _moment(entry: Mapping[str, Any]) -> int:
    """Time of modification, ns, whose part below a second tells versions apart by their ETag."""
    seconds = int(entry["last_modified"].timestamp())
    mark = zlib.crc32(str(entry.get("e_tag")).encode()) % 1_000_000_000
    return seconds * 1_000_000_000 + mark


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
