"""Answers that are asked for again and again, ready as bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.cache import Cache

if TYPE_CHECKING:
    from serving.service import Service

__all__ = ["BASE_PLACEHOLDER", "SPECIAL_HEADERS", "HotAnswers", "HotPath"]

BASE_PLACEHOLDER: Final = "http://base.invalid"
SPECIAL_HEADERS: Final = frozenset({"prefer", "idempotency-key", "webhook-url"})
_SPECIAL: Final = frozenset(name.encode() for name in SPECIAL_HEADERS)
_MOST: Final = 1024
_MOST_BODY_BYTES: Final = 4096


class HotAnswers:
    """From the bytes of a request to the bytes of its answer, while its audio is in the cache.

    Only requests that name their seed are kept: their answer is the same each time.
    """

    def __init__(self, cache: Cache):
        self._cache = cache
        self._answers: OrderedDict[bytes, tuple[str, bytes]] = OrderedDict()

    def find(self, body: bytes, base: str) -> bytes | None:
        """The answer to a request, with addresses that start with ``base``."""
        found = self._answers.get(body)
        if found is None:
            return None
        piece_id, answer = found
        if self._cache.get(piece_id) is None:
            del self._answers[body]
            return None
        self._answers.move_to_end(body)
        return answer.replace(BASE_PLACEHOLDER.encode(), base.encode())

    def keep(self, body: bytes, piece_id: str, answer: bytes) -> None:
        """Remember the answer to a request, its addresses starting with `BASE_PLACEHOLDER`."""
        if len(body) > _MOST_BODY_BYTES:
            return
        self._answers[body] = (piece_id, answer)
        while len(self._answers) > _MOST:
            self._answers.popitem(last=False)

    def __len__(self) -> int:
        return len(self._answers)

    def clear(self) -> None:
        """Forget everything, as when engines change."""
        self._answers.clear()


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
        from serving.answers import base_url

        return base_url(Request(scope), self._service.config)


def _again(messages: list[Message], receive: Receive) -> Receive:
    """Gives what was read once more, then what follows."""
    left = list(messages)

    async def receive_again() -> Message:
        return left.pop(0) if left else await receive()

    return receive_again
