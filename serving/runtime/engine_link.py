"""A running engine process as the service sees it: its pipes, and who waits for which message."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from serving.config import EngineSpec

__all__ = ["EngineDiedError", "Link", "engine_environment"]

_LINE_LIMIT: Final = 16 * 2**20
_SECRET_VARIABLES: Final = (
    "SHIROA_API_KEY",
    "SHIROA_JAMENDO_CLIENT_ID",
    "SHIROA_SERVICE__API_KEY",
    "SHIROA_SERVICE__WEBHOOK_SECRET",
)

Inbox = asyncio.Queue[dict[str, Any] | None]
"""Messages about one order; None when the process has ended."""


class EngineDiedError(Exception):
    """The engine's process ended while it worked; another attempt may succeed.

    Attributes:
        blameless: whether the service ended it over something else than this order.
    """

    def __init__(self, detail: str, *, blameless: bool = False):
        super().__init__(detail)
        self.blameless = blameless


class Link:
    """One engine process from its start to its end."""

    def __init__(self, name: str, process: Process):
        self.name = name
        self.stopped = False
        self._process = process
        self._inboxes: dict[str, Inbox] = {}
        self._over = False
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, name: str, spec: EngineSpec) -> Link:
        """Start a process and tell it which engine to load."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "serving.runtime.engine_process",
            stdin=PIPE,
            stdout=PIPE,
            limit=_LINE_LIMIT,
            env=engine_environment(),
            start_new_session=True,
        )
        link = cls(name, process)
        link.say(spec.model_dump(mode="json"))
        return link

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return None if self._over or self._process.returncode is not None else self._process.pid

    async def greeting(self) -> dict[str, Any]:
        """Its first message; `EngineDiedError` when it ends without one. Then it is listened to."""
        message = await self._hear()
        if message is None:
            raise EngineDiedError(f"{self.name}: its process ended")
        self._listener = asyncio.create_task(self._listen())
        return message

    def inbox(self, order_id: str) -> Inbox:
        """Where messages about an order arrive until it is `forgotten <forget>`."""
        inbox: Inbox = asyncio.Queue()
        if self._over:
            inbox.put_nowait(None)
        self._inboxes[order_id] = inbox
        return inbox

    def forget(self, order_id: str) -> None:
        """Nobody waits for messages about the order any more."""
        self._inboxes.pop(order_id, None)

    def say(self, message: dict[str, Any]) -> None:
        """Send one message; nothing happens when the process is gone."""
        if self._process.stdin is not None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(json.dumps(message).encode() + b"\n")

    def kill(self) -> None:
        """End the process at once."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """End the process on purpose and wait until it is gone."""
        self.stopped = True
        self.kill()
        await self._process.wait()

    def resident_bytes(self) -> int:
        """Memory that the process takes."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return 0
        page_size: Callable[[str], int] = os.sysconf
        return pages * page_size("SC_PAGE_SIZE")

    async def _listen(self) -> None:
        try:
            while (message := await self._hear()) is not None:
                if inbox := self._inboxes.get(message.get("id", "")):
                    inbox.put_nowait(message)
        finally:
            self._over = True
            self.kill()
            for inbox in self._inboxes.values():
                inbox.put_nowait(None)

    async def _hear(self) -> dict[str, Any] | None:
        stdout = self._process.stdout
        line = await stdout.readline() if stdout is not None else b""
        found: dict[str, Any] | None = json.loads(line) if line else None
        return found


def engine_environment() -> dict[str, str]:
    """The environment of child processes: the same modules, none of the secrets."""
    keep = {name: value for name, value in os.environ.items() if name not in _SECRET_VARIABLES}
    return {**keep, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
