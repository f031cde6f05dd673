"""What every request passes first: its key, its size; and what every answer carries."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.config import ServiceConfig
from serving.problems import Problem, problem_response
from serving.runtime.keys import Key, Keyring
from serving.runtime.metrics import Metrics

__all__ = ["SESSION_COOKIE", "SESSION_S", "Guard", "owner_of", "session_token", "sign", "signed"]

log = logging.getLogger("shiroa.serving")

OPEN_PATHS: Final = ("/health", "/docs", "/openapi.json", "/genres")
_OPEN_PREFIXES: Final = ("/studio/", "/health/")
_COMPOSING: Final = re.compile(r"/stream|/live|/jobs/[^/]*/audio")
"""What is made anew for whoever reads it."""
_ENDLESS: Final = re.compile(rf"{_COMPOSING.pattern}|/jobs/[^/]*/events")
"""Answers that come as they are made, which HEAD would have to wait for."""
_RANGES: Final = re.compile(
    r"\s*bytes\s*=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*\s*", re.ASCII | re.I
)

_PAGES: Final = ("/", "/catalog", "/models")

_CONTENT_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_HEADERS_OF_DOCS: Final = [(k.lower().encode(), v.encode()) for k, v in _SECURITY_HEADERS.items()]
_HEADERS: Final = [*_HEADERS_OF_DOCS, (b"content-security-policy", _CONTENT_POLICY.encode())]
SIGNATURE_S: Final = 24 * 3600
SESSION_S: Final = 30 * 24 * 3600
SESSION_COOKIE: Final = "shiroa_session"


class Guard:
    """ASGI middleware: key, size of the body, security headers, metrics.

    The key comes as ``Authorization: Bearer …`` or ``X-API-Key``; files also open by a signed
    address that expires, and the pages by the cookie that ``POST /session`` sets.
    """

    def __init__(self, app: ASGIApp, config: ServiceConfig, metrics: Metrics, keyring: Keyring):
        self._app = app
        self._config = config
        self._metrics = metrics
        self._keyring = keyring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer with its problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        is_head = scope["method"] == "HEAD" and not _ENDLESS.fullmatch(scope["path"])

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            if message["type"] == "http.response.start":
                status = message["status"]
                _secure(message, scope["path"])
            await send(message)

        problem = self._refusal(scope)
        if problem is not None:
            await problem_response(Request(scope), problem)(scope, receive, send_guarded)
        else:
            scope = _with_known_ranges({**scope, "method": "GET"} if is_head else scope)
            limited = _limited(receive, self._limit(scope))
            await self._app(scope, limited, send_guarded)
        route = scope.get("route")
        name = getattr(route, "path", "other")
        self._metrics.requests.labels(name, str(status)).inc()
        took_s = time.perf_counter() - started
        self._metrics.latency.labels(name).observe(took_s)
        if self._config.log_format == "json":
            told = {"method": scope["method"], "route": name, "status": status}
            log.info("request", extra={**told, "ms": round(took_s * 1000, 2)})

    def _limit(self, scope: Scope) -> int:
        upload = scope["path"] == "/references"
        return self._config.max_upload_bytes if upload else self._config.max_body_bytes

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        limit = self._limit(scope)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > limit:
            return too_large(limit)
        if not self._keyring.required or scope["method"] == "OPTIONS" or self._is_open(scope):
            return None
        scope["shiroa.owner"] = None
        if presented := presented_key(headers):
            key = self._keyring.find(presented)
        elif scope["path"].startswith("/audio/") and signed(scope, self._keyring.secret):
            return None
        else:
            key = self._of_session(scope)
        if key is not None:
            scope["shiroa.owner"] = f"key:{key.id}"
            return _out_of_scope(scope, key)
        code, detail = _what_to_do(scope, presented)
        return Problem(
            401,
            "key-required",
            "A valid API key is required",
            detail,
            headers={"WWW-Authenticate": 'Bearer realm="shiroa"'},
            extra={"code": code},
        )

    def _of_session(self, scope: Scope) -> Key | None:
        """The key that the cookie of a browser was given for: it may do what that key may."""
        session = Request(scope).cookies.get(SESSION_COOKIE, "")
        expires, _, rest = session.partition(".")
        key_id, _, signature = rest.partition(".")
        holds = _holds(f"{SESSION_COOKIE} {key_id}", expires, signature, self._keyring.secret)
        return self._keyring.of_id(key_id) if holds else None

    @staticmethod
    def _is_open(scope: Scope) -> bool:
        path: str = scope["path"]
        if path in OPEN_PATHS or path.startswith(_OPEN_PREFIXES):
            return True
        wants_page = "text/html" in Headers(scope=scope).get("accept", "")
        return path == "/" or (path in _PAGES and wants_page)


def _what_to_do(scope: Scope, presented: str) -> tuple[str, str]:
    """The code of what is wrong with a request's key, and what to do."""
    if presented:
        return (
            "wrong-key",
            "the key that was sent is unknown or revoked: ask the operator for another",
        )
    if "signature" in Request(scope).query_params:
        todo = "ask for the piece again for a new one"
        return "expired-address", f"this address has expired or was changed: {todo}"
    return "no-key", "send the key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'"


def presented_key(headers: Headers) -> str:
    """The key that a request carries; empty without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def same_secret(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(
        hashlib.sha256(given.encode()).digest(), hashlib.sha256(expected.encode()).digest()
    )


def owner_of(request: Request) -> str:
    """Whom a request counts for in the queue: its key, else its address."""
    owner: str | None = request.scope.get("shiroa.owner")
    return owner or "address:" + (request.client.host if request.client else "unknown")


def sign(path: str, secret: str, *, valid_s: int = SIGNATURE_S) -> str:
    """``path`` with an expiry and a signature, so that a player without headers can open it."""
    expires = (int(time.time()) // 3600 + 1) * 3600 + valid_s
    return f"{path}?expires={expires}&signature={_signature(path, expires, secret)}"


def session_token(secret: str, key_id: str) -> str:
    """The value of the cookie that opens the pages for a month, as that key does."""
    expires = int(time.time()) + SESSION_S
    return f"{expires}.{key_id}.{_signature(f'{SESSION_COOKIE} {key_id}', expires, secret)}"


def signed(scope: Scope, secret: str) -> bool:
    """Whether the address of a request carries a signature that holds and has not expired."""
    query = Request(scope).query_params
    return _holds(scope["path"], query.get("expires", ""), query.get("signature", ""), secret)


def _holds(what: str, expires: str, signature: str, secret: str) -> bool:
    if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
        return False
    right = same_secret(signature, _signature(what, int(expires), secret))
    return right and int(expires) > time.time()


def _with_known_ranges(scope: Scope) -> Scope:
    """``scope`` without a ``Range`` in another unit or form, which RFC 9110 14.2 has ignored."""
    asked = Headers(scope=scope).get("range")
    if asked is None or _RANGES.fullmatch(asked):
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"range"]}


def _out_of_scope(scope: Scope, key: Key) -> Problem | None:
    needed = "label" if scope["path"].endswith("/labels") else "generate"
    if scope["method"] in ("GET", "HEAD") and not _COMPOSING.fullmatch(scope["path"]):
        return None
    if scope["path"] == "/session" or needed in key.scopes:
        return None
    return Problem(
        403,
        "out-of-scope",
        "The key does not allow this",
        f"key {key.id} may not {needed}; use one made with --scope {needed}",
    )


def _signature(path: str, expires: int, secret: str) -> str:
    message = f"{path}\n{expires}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:40]


def too_large(limit: int) -> Problem:
    """413 for a body beyond the limit."""
    return Problem(
        413,
        "too-large",
        "The request is too large",
        f"must be at most {limit} bytes long",
        extra={"limit_bytes": limit},
    )


def _secure(message: Message, path: str) -> None:
    """Add the security headers that the answer does not set itself."""
    present = {name.lower() for name, _ in message.get("headers", ())}
    wanted = _HEADERS_OF_DOCS if path.startswith("/docs") else _HEADERS
    missing = [item for item in wanted if item[0] not in present]
    message["headers"] = [*message.get("headers", ()), *missing]


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise too_large(limit)
        return message

    return receive_limited
