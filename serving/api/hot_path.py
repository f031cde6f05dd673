"""The way past all routing for requests whose answer is at hand."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.answers import base_url
from serving.runtime.service import Service

__all__ = ["SPECIAL_HEADERS", "HotPath"]

SPECIAL_HEADERS: Final = frozenset({"prefer", "idempotency-key", "webhook-url"})
_SPECIAL: Final = frozenset(name.encode() for name in SPECIAL_HEADERS)


class HotPath:
    """ASGI middleware: answers a request whose answer is at hand before any routing."""

    def __init__(self, app: ASGIApp, service: Service):
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on as it came."""
        if not self._may_answer(scope):
            await self._app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        body = b"".join(message.get("body", b"") for message in messages)
        answer = self._service.hot.find(body, self._base(scope))
        if answer is None:
            await self._app(scope, _again(messages, receive), send)
            return
        self._service.metrics.cache.labels("hit").inc()
        length = str(len(answer)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _may_answer(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != "/generate":
            return False
        named = {name for name, _ in scope["headers"]}
        special = not named.isdisjoint(_SPECIAL)
        return not special and not self._service.keyring.required and bool(len(self._service.hot))

    def _base(self, scope: Scope) -> str:
        return base_url(Request(scope), self._service.config)


def _again(messages: list[Message], receive: Receive) -> Receive:
    """Gives what was read once more, then what follows."""
    left = list(messages)

    async def receive_again() -> Message:
        return left.pop(0) if left else await receive()

    return receive_again
