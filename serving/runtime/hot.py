"""Answers that are asked for again and again, ready as bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from serving.runtime.cache import Cache

__all__ = ["BASE_PLACEHOLDER", "HotAnswers"]

BASE_PLACEHOLDER: Final = "http://base.invalid"
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
