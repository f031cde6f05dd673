"""The service's side of an engine process: starts it, watches it, replaces it when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from serving.config import EngineSpec, ServiceConfig
from serving.engines.base import Cancelled, EngineError, Facts, OnProgress
from serving.orders import Order
from serving.pieces import Piece

__all__ = ["EngineDiedError", "Host", "Made", "engine_environment"]

_LINE_LIMIT: Final = 16 * 2**20
_WATCH_EVERY_S: Final = 0.5
_SECRET_VARIABLES: Final = (
    "SHIROA_API_KEY",
    "SHIROA_JAMENDO_CLIENT_ID",
    "SHIROA_SERVICE__API_KEY",
    "SHIROA_SERVICE__WEBHOOK_SECRET",
)


class EngineDiedError(Exception):
    """The engine's process ended while it worked; another attempt may succeed."""


@dataclass(frozen=True)
class Made:
    """A finished piece and the processor time that it took, seconds."""

    piece: Piece
    cpu_s: float


class Host:
    """One process of one engine. One order at a time."""

    def __init__(self, name: str, spec: EngineSpec, config: ServiceConfig):
        self.name = name
        self.spec = spec
        self.facts: Facts | None = None
        self.restarts = -1
        self._config = config
        self._process: Process | None = None
        self._cancelling: str | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process else None

    async def start(self) -> Facts:
        """Start the process unless it runs, and wait until its engine is loaded.

        Raises `EngineError` when the engine can't be loaded.
        """
        async with self._starting:
            if self.pid is None or self.facts is None:
                self.facts = await self._launch()
            return self.facts

    async def _launch(self) -> Facts:
        await self.stop()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "serving.engine_process",
            stdin=PIPE,
            stdout=PIPE,
            limit=_LINE_LIMIT,
            env=engine_environment(),
            start_new_session=True,
        )
        self.restarts += 1
        self._say(self.spec.model_dump(mode="json"))
        try:
            message = await asyncio.wait_for(self._hear(), self._config.start_timeout_s)
        except (EngineDiedError, TimeoutError) as error:
            await self.stop()
            raise EngineError(
                "unavailable", f"{self.name}: its process did not start; see the service's log"
            ) from error
        if message["is"] != "ready":
            await self.stop()
            raise EngineError(message["reason"], message["detail"])
        del message["is"]
        return Facts(**{**message, "skills": tuple(message["skills"])})

    async def perform(self, order: Order, root: Path, on_progress: OnProgress) -> Made:
        """Have an order made below ``root``.

        Raises `EngineError`, `Cancelled` or `EngineDiedError`.
        """
        await self.start()
        self._cancelling = None
        deadline = time.monotonic() + self._config.job_timeout_s
        self._say({"do": "make", "order": order.model_dump(mode="json"), "root": str(root)})
        while True:
            try:
                message = await asyncio.wait_for(self._hear(), _WATCH_EVERY_S)
            except TimeoutError:
                await self._check_limits(order, deadline)
                continue
            except EngineDiedError:
                await self.stop()
                if self._cancelling == order.id:
                    raise Cancelled from None
                raise
            if message.get("id") != order.id:
                continue
            if made := self._outcome(message, on_progress):
                return made

    def cancel(self, order_id: str) -> None:
        """Ask the engine to stop; replace it when it doesn't."""
        self._cancelling = order_id
        self._say({"do": "cancel", "id": order_id})

    def kill(self) -> None:
        """End the process at once; a running order ends as died, or as cancelled after `cancel`."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """End the process and wait until it is gone."""
        if self._process is not None:
            self.kill()
            await self._process.wait()
            self._process = None

    def _outcome(self, message: dict[str, Any], on_progress: OnProgress) -> Made | None:
        kind = message["is"]
        if kind == "done":
            return Made(Piece.model_validate(message["piece"]), message["cpu_s"])
        if kind == "cancelled":
            raise Cancelled
        if kind == "failed":
            raise EngineError(message["reason"], message["detail"])
        on_progress(message["done"], message["stage"])
        return None

    async def _check_limits(self, order: Order, deadline: float) -> None:
        if time.monotonic() > deadline:
            await self.stop()
            limit = self._config.job_timeout_s
            raise EngineError("timeout", f"{self.name}: took longer than {limit:g} s; ask for less")
        used = _resident_bytes(self.pid)
        if used > self._config.engine_memory_bytes:
            await self.stop()
            limit = self._config.engine_memory_bytes
            raise EngineError(
                "out-of-memory",
                f"{self.name}: used {used >> 20} MiB: must stay below {limit >> 20} MiB; "
                "ask for a shorter piece",
            )

    def _say(self, message: dict[str, Any]) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _hear(self) -> dict[str, Any]:
        stdout = self._process.stdout if self._process is not None else None
        line = await stdout.readline() if stdout is not None else b""
        if not line:
            raise EngineDiedError(f"{self.name}: its process ended")
        message: dict[str, Any] = json.loads(line)
        return message


def engine_environment() -> dict[str, str]:
    """The environment of child processes: the same modules, none of the secrets."""
    keep = {name: value for name, value in os.environ.items() if name not in _SECRET_VARIABLES}
    return {**keep, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _resident_bytes(pid: int | None) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    page_size: Callable[[str], int] = os.sysconf
    return pages * page_size("SC_PAGE_SIZE")
