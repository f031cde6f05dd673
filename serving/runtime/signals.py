"""Waiting for the next change of something, in one event loop."""

from __future__ import annotations

import asyncio
import contextlib

__all__ = ["Signal"]


class Signal:
    """Wakes everybody who waits for the next change."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def fire(self) -> None:
        """Something changed."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, timeout_s: float) -> bool:
        """Wait for the next change; whether it came in time."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(future, timeout_s)
            return True
        self._waiting.discard(future)
        return False
