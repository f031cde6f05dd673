"""Tells a client's server that its job has ended. Off unless the operator allows it.

The address is the client's, so it is looked up once, refused unless every address it stands for is
public, and then connected to by number: a name that changes its mind in between reaches nothing
inside. Redirects are not followed and proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

import httpx

from serving.config import ServiceConfig
from serving.problems import Fault, Problem

__all__ = ["Webhooks", "addresses_of", "is_public"]

log = logging.getLogger("shiroa.serving")

_TIMEOUT_S: Final = 10.0
_PAUSES_S: Final = (0.0, 2.0, 10.0)
_LONGEST_URL: Final = 1000


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    >>> [is_public(a) for a in ("93.184.216.34", "10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


async def addresses_of(name: str, port: int) -> list[str]:
    """The IP addresses that a host's name stands for now; `OSError` when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Webhooks:
    """Sends what became of jobs.

    Args:
        allowed: which IP addresses may be called.
        resolve: looks a name up.
    """

    def __init__(
        self,
        config: ServiceConfig,
        allowed: Callable[[str], bool] = is_public,
        resolve: Callable[[str, int], Awaitable[list[str]]] = addresses_of,
    ):
        self._config = config
        self._allowed = allowed
        self._resolve = resolve

    async def check(self, url: str) -> None:
        """Raise `Problem` unless the address may be called."""
        if not self._config.webhooks:
            raise _refused(url, "webhooks are switched off here; leave it out")
        parts = urlsplit(url) if len(url) <= _LONGEST_URL and url.isprintable() else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise _refused(url, "must be an http or https address")
        if "@" in parts.netloc:
            raise _refused(url, "must not hold a name and password")
        if await self._pinned(url) is None:
            raise _refused(url, "must be the address of a public server")

    async def send(self, url: str, body: bytes) -> bool:
        """POST ``body``, up to three times; whether the server took it."""
        for pause_s in _PAUSES_S:
            await asyncio.sleep(pause_s)
            try:
                status = await self._post(url, body)
            except (httpx.HTTPError, OSError, ValueError) as error:
                log.warning("webhook to %s: %s", urlsplit(url).hostname, type(error).__name__)
                continue
            if status < 300:
                return True
            log.warning("webhook to %s: HTTP %d", urlsplit(url).hostname, status)
        return False

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        if self._config.webhook_ca is None:
            return httpx.create_ssl_context(trust_env=False)
        return ssl.create_default_context(cafile=str(self._config.webhook_ca))

    async def _post(self, url: str, body: bytes) -> int:
        pinned = await self._pinned(url)
        if pinned is None:
            raise ValueError("its address is no longer public")
        parts = urlsplit(url)
        headers = {"Host": parts.netloc, "Content-Type": "application/json", **self._signed(body)}
        async with httpx.AsyncClient(
            timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False, verify=self._trust
        ) as client:
            request = client.build_request(
                "POST",
                httpx.URL(url).copy_with(host=pinned),
                content=body,
                headers=headers,
                extensions={"sni_hostname": parts.hostname},
            )
            response = await client.send(request, stream=True)  # the answer's body is not read
            await response.aclose()
            return response.status_code

    async def _pinned(self, url: str) -> str | None:
        """The IP address to call, or None unless all that the name stands for are allowed."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            addresses = await self._resolve(parts.hostname or "", port)
        except (OSError, ValueError, UnicodeError):
            return None
        return addresses[0] if addresses and all(map(self._allowed, addresses)) else None

    def _signed(self, body: bytes) -> dict[str, str]:
        if self._config.webhook_secret is None:
            return {}
        stamp = str(int(time.time()))
        secret = self._config.webhook_secret.get_secret_value().encode()
        digest = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {"Shiroa-Signature": f"t={stamp},v1={digest}"}


def _refused(url: str, rule: str) -> Problem:
    detail, params = f"Webhook-Url={url[:60]}: {rule}", {"value": url[:60]}
    return Problem.invalid([Fault("Webhook-Url", detail, "refused-address", params)])
