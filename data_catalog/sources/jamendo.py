"""Jamendo: tracks that a search finds, with the licence that the artist chose.

Uses ``/tracks`` of the API, version 3.0 (https://developer.jamendo.com/v3.0/tracks). The service
publishes neither sizes nor digests, so a file is known by its number and checked by decoding it.
Tracks that their artist does not offer for download are left out.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from data_catalog.home import Home
from data_catalog.licences.terms import Statement
from data_catalog.sources.base import Item, SourceOptions, SourceUnavailable
from data_catalog.sources.download import Downloader, Manners
from data_catalog.sources.tagged import Given, described

FORMATS: Final = {"flac": ".flac", "ogg": ".ogg", "mp32": ".mp3"}
"""Audio formats of the API and the endings of their files."""

_PAGE_TRACKS: Final = 200
_PARAMETERS: Final = (
    "id", "name", "namesearch", "album_id", "album_name", "artist_id", "artist_name", "search",
    "tags", "fuzzytags", "featured", "speed", "vocalinstrumental", "acousticelectric", "lang",
    "datebetween", "durationbetween", "ccnc", "ccnd", "ccsa", "order", "type",
)  # fmt: skip


class JamendoSource:
    """``jamendo:QUERY``: words to search for, or parameters such as ``tags=jazz&ccnc=false``."""

    name = "jamendo"
    title = "Jamendo"
    url = "https://www.jamendo.com/"
    licence_note = "per track: the Creative Commons licence that its artist chose, from the API"
    citation = "Jamendo, https://www.jamendo.com/, with the artist of each track"

    def __init__(
        self,
        spec: str,
        home: Home,
        options: SourceOptions | None = None,
        *,
        licence: str | None = None,
        artist: str | None = None,
        api: str = "https://api.jamendo.com/v3.0",
        downloader: Downloader | None = None,
        audio_format: str = "flac",
    ) -> None:
        client_id = options.jamendo_client_id if options else None
        if not client_id:
            raise SourceUnavailable(
                "jamendo: needs a client id; get one at https://devportal.jamendo.com/ and set"
                " SHIROA_JAMENDO_CLIENT_ID"
            )
        self.licence_option = licence
        self.notes: list[str] = []
        self._query = {
            **_parameters(spec),
            "client_id": client_id,
            "format": "json",
            "include": "licenses musicinfo",
            "audioformat": audio_format,
            "audiodlformat": audio_format,
            "limit": str(_PAGE_TRACKS),
        }
        self._suffix = FORMATS[audio_format]
        self._given = Given(licence, artist)
        self._api = api
        self._downloads = downloader or Downloader(
            ("jamendo.com",),
            Manners(requests_per_s=1.0, contact=options.contact if options else None),
        )
        self._audio = home.audio / "jamendo"
        self._tracks: dict[str, Mapping[str, Any]] = {}

    def items(self) -> Iterator[Item]:
        """List what the search finds, page by page."""
        withheld = 0
        offset = 0
        while True:
            page = self._page(offset)
            for track in page:
                if not track.get("audiodownload_allowed", True) or not track.get("audiodownload"):
                    withheld += 1
                    continue
                key = f"jamendo:track/{int(track['id'])}"
                self._tracks[key] = track
                yield Item(
                    key, 0, _moment(track), uri=f"https://www.jamendo.com/track/{track['id']}"
                )
            offset += len(page)
            if len(page) < _PAGE_TRACKS:
                break
        if withheld:
            self.notes = [f"jamendo: left out {withheld} tracks that may not be downloaded"]

    def fetch(self, item: Item) -> Item:
        """Download one track and state what the API says about it."""
        track = self._tracks[item.key]
        # One file for each version of the track, so that a changed one is fetched again.
        name = f"{int(track['id'])}-{item.mtime_ns % 1_000_000_000}{self._suffix}"
        target = (self._audio / name).absolute()
        self._downloads.file(track["audiodownload"], target)
        tags = track.get("musicinfo", {}).get("tags", {})
        where = f"{self._api}/tracks?id={track['id']}#license_ccurl"
        licence = track.get("license_ccurl")
        return described(
            item,
            target,
            self._given,
            statements=[Statement("api", licence, where)] if licence else (),
            title=track.get("name"),
            artist=track.get("artist_name"),
            album=track.get("album_name"),
            tags={"GENRE": list(tags.get("genres", ())), "MOOD": list(tags.get("vartags", ()))},
        )

    def _page(self, offset: int) -> list[dict[str, Any]]:
        answer = self._downloads.json(f"{self._api}/tracks/", self._query | {"offset": str(offset)})
        headers = answer.get("headers", {})
        if headers.get("status") != "success":
            raise SourceUnavailable(
                f"jamendo: {headers.get('error_message') or 'no result'} (code"
                f" {headers.get('code')}); check the client id and the query"
            )
        results: list[dict[str, Any]] = answer["results"]
        return results


def _parameters(spec: str) -> dict[str, str]:
    if "=" not in spec:
        return {"search": spec} if spec else {}
    parameters = dict(parse_qsl(spec, keep_blank_values=True))
    unknown = sorted(set(parameters) - set(_PARAMETERS))
    if unknown:
        raise SourceUnavailable(
            f"jamendo:{spec}: unknown parameter {', '.join(unknown)}; known are"
            f" {', '.join(_PARAMETERS)}"
        )
    return parameters


def _moment(track: Mapping[str, Any]) -> int:
    """Day of release, ns since 1970, whose part below a second tells licences apart."""
    day = str(track.get("releasedate") or "")
    seconds = 0
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) and day > "1970":
        seconds = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    about = [track.get(field) for field in ("license_ccurl", "duration", "name", "artist_name")]
    return seconds * 1_000_000_000 + zlib.crc32(json.dumps(about).encode()) % 1_000_000_000
