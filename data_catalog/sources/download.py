"""Polite downloads over HTTP: resumed, rate-limited, checked, and never led to another host.

A transfer waits in a ``.part`` file beside its target, goes on where it stopped if the file is
still the same (RFC 9110, sections 13.1.5 and 14), and appears whole or not at all. Answers 429 and
5xx are tried again after the server's ``Retry-After`` (section 10.2.3) or a growing pause; a
redirect is followed only to a host that the source named.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from data_catalog.sources.base import ItemUnusable, SourceUnavailable

UNAVAILABLE: Final = "unavailable"
"""Reason of a failure that may pass: the next run tries again."""

_RETRIED: Final = (408, 425, 429, 500, 502, 503, 504)
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_MOST_REDIRECTS: Final = 5
_LONGEST_PAUSE_S: Final = 120.0


@dataclass(frozen=True)
class Manners:
    """How a source's server is treated: requests a second, tries of each, and who we are."""

    requests_per_s: float = 2.0
    attempts: int = 5
    timeout_s: float = 60.0
    most_bytes: int = 4 << 30
    contact: str | None = None


@dataclass(frozen=True)
class Expected:
    """What a file must be: its size in bytes and hexadecimal digests by algorithm."""

    size: int | None = None
    digests: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818
    """An answer that trying again does not change."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class _Again(Exception):  # noqa: N818
    """A failure that may pass, and the pause in seconds that the server asks for."""

    def __init__(self, detail: str, pause_s: float | None = None) -> None:
        super().__init__(detail)
        self.pause_s = pause_s


class Downloader:
    """A client of one service, shared by threads. Subdomains of ``hosts`` count as theirs."""

    def __init__(
        self,
        hosts: tuple[str, ...],
        manners: Manners | None = None,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = hosts
        self._manners = manners or Manners()
        self._pause = pause
        self._clock = clock
        self._turn = threading.Lock()
        self._next_turn = 0.0
        contact = f"; {self._manners.contact}" if self._manners.contact else ""
        self._client = httpx.Client(
            headers={"User-Agent": f"shiroa/0.1 (music dataset builder{contact})"},
            timeout=self._manners.timeout_s,
            follow_redirects=False,
        )

    def json(self, url: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON document at ``url``. Raises :class:`SourceUnavailable`."""
        full = str(httpx.URL(url, params=dict(params or {})))
        try:
            return self._patiently(full, lambda: self._json_once(full))
        except (Refused, ItemUnusable) as error:
            raise SourceUnavailable(f"{error}; try again later") from error

    def file(self, url: str, target: Path, expected: Expected | None = None) -> Path:
        """Bring ``url`` to ``target`` and return it; what is there already and right is kept.

        Raises :class:`ItemUnusable`: ``unavailable`` for what may pass, ``gone``, ``forbidden``,
        ``redirected``, ``too_large`` or ``checksum_mismatch``.
        """
        expected = expected or Expected()
        if target.exists() and _fault(target, expected) is None:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        try:
            self._patiently(url, lambda: self._transfer(url, part, expected))
            fault = _fault(part, expected)
            if fault:  # a file that changed between two transfers: once more, from its beginning
                part.unlink()
                self._patiently(url, lambda: self._transfer(url, part, expected))
                fault = _fault(part, expected)
            if fault:
                part.unlink()
                raise Refused("checksum_mismatch", f"{url}: {fault}; the service's list is stale")
        except Refused as error:
            raise ItemUnusable(error.reason, error.detail) from error
        part.replace(target)
        part.with_name(f"{part.name}.etag").unlink(missing_ok=True)
        return target

    def _patiently(self, url: str, once: Callable[[], Any]) -> Any:
        pause_s = 1.0
        for attempt in range(self._manners.attempts):
            try:
                return once()
            except (_Again, httpx.TransportError) as error:
                if attempt + 1 == self._manners.attempts:
                    raise ItemUnusable(
                        UNAVAILABLE, f"{url}: {error or type(error).__name__} after"
                        f" {self._manners.attempts} tries; the next run goes on from here"
                    ) from error  # fmt: skip
                asked = getattr(error, "pause_s", None)
                self._pause(min(asked or pause_s * random.uniform(0.8, 1.2), _LONGEST_PAUSE_S))
                pause_s *= 2
        return None

    def _json_once(self, url: str) -> Any:
        with self._answer(url, {}) as answer:
            answer.read()
            try:
                return answer.json()
            except ValueError as error:
                raise _Again(f"no JSON in the answer ({error})") from error

    def _transfer(self, url: str, part: Path, expected: Expected) -> None:
        there = part.stat().st_size if part.exists() else 0
        if expected.size is not None and there >= expected.size:
            if there == expected.size:
                return
            part.unlink()
            there = 0
        headers = {"Accept-Encoding": "identity"}
        mark = part.with_name(f"{part.name}.etag")
        version = mark.read_text() if mark.exists() else ""
        if there and version and not version.startswith("W/"):
            headers |= {"Range": f"bytes={there}-", "If-Range": version}
        with self._answer(url, headers) as answer:
            resumed = answer.status_code == 206
            if answer.status_code == 416 or (resumed and _start(answer) != there):
                part.unlink(missing_ok=True)
                raise _Again("the server could not go on from where the transfer stopped")
            self._check_size(url, answer, there if resumed else 0)
            mark.write_text(answer.headers.get("ETag", answer.headers.get("Last-Modified", "")))
            with part.open("ab" if resumed else "wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
                    if file.tell() > self._manners.most_bytes:
                        raise Refused("too_large", self._too_large(url))
            said_its_length = "Content-Length" in answer.headers
        size = part.stat().st_size
        if expected.size is not None and size < expected.size and not said_its_length:
            raise _Again(f"{size} of {expected.size} bytes came")

    def _check_size(self, url: str, answer: httpx.Response, there: int) -> None:
        if there + int(answer.headers.get("Content-Length", 0)) > self._manners.most_bytes:
            raise Refused("too_large", self._too_large(url))

    def _too_large(self, url: str) -> str:
        return f"{url}: larger than {self._manners.most_bytes} bytes; fetch it by hand"

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The first answer that is no redirect, with its body still to come."""
        for _ in range(_MOST_REDIRECTS):
            self._check_host(url)
            self._wait_for_turn()
            with self._client.stream("GET", url, headers=dict(headers)) as answer:
                if answer.status_code in _REDIRECTS and "location" in answer.headers:
                    url = str(answer.url.join(answer.headers["location"]))
                    continue
                _raise_for(url, answer)
                yield answer
                return
        raise Refused("redirected", f"{url}: more than {_MOST_REDIRECTS} redirects")

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        named = any(host == h or host.endswith(f".{h}") for h in self._hosts)
        secure = parts.scheme == "https" or host.startswith("127.0.0.1:")
        if not named or not secure:
            raise Refused(
                "redirected", f"{url}: leads away from https://{self._hosts[0]}; not followed"
            )

    def _wait_for_turn(self) -> None:
        with self._turn:
            now = self._clock()
            wait = self._next_turn - now
            self._next_turn = max(now, self._next_turn) + 1 / self._manners.requests_per_s
        if wait > 0:
            self._pause(wait)


def _raise_for(url: str, answer: httpx.Response) -> None:
    status = answer.status_code
    if status in (200, 206, 416):
        return
    if status in _RETRIED:
        raise _Again(f"HTTP {status}", _asked_pause_s(answer.headers.get("Retry-After")))
    reason = {401: "forbidden", 403: "forbidden", 404: "gone", 410: "gone"}.get(status, "refused")
    raise Refused(reason, f"{url}: HTTP {status}")


def _asked_pause_s(value: str | None) -> float | None:
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((when.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def _start(answer: httpx.Response) -> int | None:
    unit, _, rest = answer.headers.get("Content-Range", "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdigit() else None


def _fault(path: Path, expected: Expected) -> str | None:
    """What is wrong with a file that came; None when it is as expected."""
    size = path.stat().st_size
    if expected.size is not None and size != expected.size:
        return f"{size} bytes instead of {expected.size}"
    for algorithm, digest in expected.digests.items():
        with path.open("rb") as file:
            maker = partial(hashlib.new, algorithm, usedforsecurity=False)
            found = hashlib.file_digest(file, maker).hexdigest()
        if found != digest.casefold():
            return f"{algorithm} {found} instead of {digest}"
    return None
