"""The service's side of an engine process: starts it, watches it, replaces it when it dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from serving.config import EngineSpec, ServiceConfig
from serving.engines.base import Cancelled, EngineError, Facts, OnProgress
from serving.piece.orders import Order
from serving.piece.pieces import Piece
from serving.runtime.engine_link import EngineDiedError, Link
from serving.runtime.signals import Signal

__all__ = ["Host", "Made"]

_WATCH_EVERY_S: Final = 0.5


@dataclass(frozen=True)
class Made:
    """A finished piece and the processor time that it took, seconds."""

    piece: Piece
    cpu_s: float


class Host:
    """One process of one engine, and the orders inside it."""

    def __init__(self, name: str, spec: EngineSpec, config: ServiceConfig):
        self.name = name
        self.spec = spec
        self.facts: Facts | None = None
        self.restarts = -1
        self._config = config
        self._link: Link | None = None
        self._closed = False
        self._cancelling: set[str] = set()
        self._making: set[str] = set()
        self._starting = asyncio.Lock()
        self._inside: set[str] = set()
        self._hermits = 0
        self._left = Signal()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return None if self._link is None else self._link.pid

    @property
    def under_way(self) -> int:
        """How many orders are inside."""
        return len(self._inside)

    @asynccontextmanager
    async def place(self, order_id: str, *, alone: bool) -> AsyncIterator[None]:
        """Wait for a place in the process; no order is inside twice, and ``alone`` has it all."""
        self._hermits += alone
        try:
            while order_id in self._inside or (self._inside if alone else self._hermits):
                await self._left.wait(1.0)
            self._inside.add(order_id)
            try:
                yield
            finally:
                self._inside.discard(order_id)
        finally:
            self._hermits -= alone
            self._left.fire()

    async def start(self) -> Facts:
        """Start the process unless it runs, and wait until its engine is loaded.

        A process that is killed while it loads is started again. Raises `EngineError` when the
        engine can't be loaded.
        """
        async with self._starting:
            if self.pid is None or self.facts is None:
                self.facts = await self._launch()
            return self.facts

    async def _launch(self) -> Facts:
        for _ in range(self._config.attempts):
            await self.stop()
            link = self._link = await Link.open(self.name, self.spec)
            self.restarts += 1
            try:
                message = await asyncio.wait_for(link.greeting(), self._config.start_timeout_s)
            except EngineDiedError:
                if self._closed:
                    break
                continue
            except TimeoutError:
                break
            if message["is"] != "ready":
                await self.stop()
                raise EngineError(message["reason"], message["detail"])
            del message["is"]
            return Facts(**{**message, "skills": tuple(message["skills"])})
        await self.stop()
        detail = f"{self.name}: its process did not start; see the service's log"
        raise EngineError("unavailable", detail)

    async def perform(self, order: Order, root: Path, on_progress: OnProgress) -> Made:
        """Have an order made below ``root``; it has a `place`.

        Raises `EngineError`, `Cancelled` or `EngineDiedError`.
        """
        await self.start()
        link = self._link
        if link is None:
            raise EngineDiedError(f"{self.name}: its process was stopped", blameless=True)
        deadline = time.monotonic() + self._config.job_timeout_s
        inbox = link.inbox(order.id)
        self._making.add(order.id)
        link.say({"do": "make", "order": order.model_dump(mode="json"), "root": str(root)})
        try:
            while True:
                try:
                    message = await asyncio.wait_for(inbox.get(), _WATCH_EVERY_S)
                except TimeoutError:
                    await self._check_limits(link, deadline)
                    continue
                if message is None:
                    raise self._death(link, order)
                if made := _outcome(message, on_progress):
                    return made
        finally:
            link.forget(order.id)
            self._making.discard(order.id)
            self._cancelling.discard(order.id)

    def is_making(self, order_id: str) -> bool:
        """Whether the engine has the order; while it loads it has none."""
        return order_id in self._making

    def cancel(self, order_id: str) -> None:
        """Ask the engine to stop making an order."""
        if self._link is not None and self.is_making(order_id):
            self._cancelling.add(order_id)
            self._link.say({"do": "cancel", "id": order_id})

    def kill(self) -> None:
        """End the process at once; orders inside end as died, or as cancelled after `cancel`."""
        if self._link is not None:
            self._link.stopped = True
            self._link.kill()

    async def close(self) -> None:
        """End the process for good, also one that is still loading."""
        self._closed = True
        await self.stop()

    async def stop(self) -> None:
        """End the process and wait until it is gone."""
        link, self._link = self._link, None
        if link is not None:
            await link.stop()

    def _death(self, link: Link, order: Order) -> Exception:
        if order.id in self._cancelling:
            return Cancelled()
        return EngineDiedError(f"{self.name}: its process ended", blameless=link.stopped)

    async def _check_limits(self, link: Link, deadline: float) -> None:
        if time.monotonic() > deadline:
            await link.stop()
            limit = self._config.job_timeout_s
            raise EngineError("timeout", f"{self.name}: took longer than {limit:g} s; ask for less")
        used = link.resident_bytes()
        if used > self._config.engine_memory_bytes:
            await link.stop()
            if self.under_way > 1:  # whose memory it is shows when each has the process for itself
                raise EngineDiedError(f"{self.name}: too many at once", blameless=True)
            limit = self._config.engine_memory_bytes
            raise EngineError(
                "out-of-memory",
                f"{self.name}: used {used >> 20} MiB: must stay below {limit >> 20} MiB; "
                "ask for a shorter piece",
            )


def _outcome(message: dict[str, Any], on_progress: OnProgress) -> Made | None:
    kind = message["is"]
    if kind == "done":
        return Made(Piece.model_validate(message["piece"]), message["cpu_s"])
    if kind == "cancelled":
        raise Cancelled
    if kind == "failed":
        raise EngineError(message["reason"], message["detail"])
    on_progress(message["done"], message["stage"])
    return None
