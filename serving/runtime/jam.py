"""Live music: without an end, made bar by bar, following its listener from the next bar on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from serving.engines.base import EngineError
from serving.piece.mp3 import Mp3Stream
from serving.piece.wav import WavStream
from serving.problems import Fault, Problem
from serving.runtime.engine_link import engine_environment
from serving.runtime.pools import engine_problem

__all__ = ["MOST_LISTENERS", "SAMPLE_RATE", "Jam", "Listener"]

MOST_LISTENERS: Final = 16
SAMPLE_RATE: Final = 44_100
_AHEAD_S: Final = 3.0
_FIRST_FRAMES: Final = SAMPLE_RATE // 10
"""Encoded and sent by themselves at the start, so that the first bytes don't wait for the rest."""

_LINE_LIMIT: Final = 2**20
_SLOWEST_S: Final = 60.0

SoundfontOptions = dict[str, Any] | None
"""The fields of a `serving.config.SoundfontSpec`, as the composer's engine is given them."""

log = logging.getLogger("shiroa.serving")


class Listener:
    """One listener: what was asked for last, and what is being made.

    Attributes:
        dials: genre, mood, tempo, key, energy and muted parts.
        provenance: where its music comes from, as `serving.schemas.Provenance` in JSON.
        now: the latest bar: number, section, chords, genre, mood, tempo, key, parts.
    """

    def __init__(self, dials: dict[str, Any], seed: int):
        self.dials = dials
        self.seed = seed
        self.provenance: dict[str, Any] = {}
        self.now: dict[str, Any] = {}


class Jam:
    """The process that makes live music, and those who listen to it."""

    def __init__(self) -> None:
        self.listeners: dict[str, Listener] = {}
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._asking: set[asyncio.Task[tuple[dict[str, Any], bytes]]] = set()

    async def warm_up(self, soundfont: SoundfontOptions) -> None:
        """Load and compile what the first listener would have to wait for."""
        name = "warm-up"
        dials: dict[str, Any] = {
            "genre": "pop",
            "mood": None,
            "tempo": 120,
            "key": None,
            "energy": 0.8,
            "muted": [],
        }
        try:
            await self._ask(
                "start", name, dials=dials, seed=0, sample_rate=SAMPLE_RATE, soundfont=soundfont
            )
            await self._ask("next", name)
            await self._ask("stop", name)
        except Problem as problem:
            log.warning("live music can't be played: %s", problem.detail)

    async def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def start(
        self, name: str, dials: dict[str, Any], seed: int | None, soundfont: SoundfontOptions
    ) -> Listener:
        """Begin music for a new listener; `Problem` when there are too many or it can't be."""
        listener = Listener(dials, secrets.randbelow(2**32) if seed is None else seed)
        return await self._begin(
            "start", name, listener, dials=dials, seed=listener.seed, soundfont=soundfont
        )

    async def recite(
        self, name: str, wish: dict[str, Any], soundfont: SoundfontOptions
    ) -> Listener:
        """Begin one piece for a new listener, from its first beat to its end.

        ``wish`` has the fields of `serving.engines.base.Request`. `Problem` as in
        `start`.
        """
        listener = Listener({}, wish["seed"])
        return await self._begin("recite", name, listener, wish=wish, soundfont=soundfont)

    async def turn(self, name: str, dials: dict[str, Any]) -> None:
        """Change what a listener's next bar follows."""
        await self._ask("turn", name, dials=dials)
        self.listeners[name].dials = dials

    async def sound(self, name: str, encoder: Mp3Stream | WavStream) -> AsyncIterator[bytes]:
        """The listener's music as it is made, a few seconds ahead of the clock."""
        started, made_s = time.monotonic(), 0.0
        try:
            while True:
                told, audio = await self._ask("next", name)
                if told.get("ended"):
                    yield await asyncio.to_thread(encoder.close)
                    return
                self.listeners[name].now = told
                for part in np.split(audio, [_FIRST_FRAMES] if made_s == 0 else []):
                    yield await asyncio.to_thread(encoder.write, part)
                made_s += len(audio) / SAMPLE_RATE
                await asyncio.sleep(max(0.0, started + made_s - _AHEAD_S - time.monotonic()))
        finally:
            self._let_go(name)

    async def _begin(self, do: str, name: str, listener: Listener, **more: Any) -> Listener:
        if len(self.listeners) >= MOST_LISTENERS:
            raise Problem(
                429,
                "too-many-listeners",
                "Too many are listening",
                f"at most {MOST_LISTENERS} at once: try again later",
                headers={"Retry-After": "30"},
            )
        if name in self.listeners:
            fault = f"session={name}: is playing already; choose another"
            raise Problem.invalid([Fault("session", fault, "session-taken", {"value": name})])
        self.listeners[name] = listener
        try:
            told, _ = await self._ask(do, name, sample_rate=SAMPLE_RATE, **more)
        except BaseException:
            self._let_go(name)
            raise
        listener.provenance = told["provenance"]
        return listener

    def _let_go(self, name: str) -> None:
        self.listeners.pop(name, None)
        task = asyncio.create_task(self._forget(name))  # the caller may be cancelled already
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _forget(self, name: str) -> None:
        with contextlib.suppress(Problem):
            await self._ask("stop", name)

    async def _ask(
        self, do: str, name: str, **more: Any
    ) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        """What the process answers to a message; when it fails, the next one replaces it.

        A listener may leave meanwhile: the answer is read all the same, since one left unread would
        be taken for that of the next message.
        """
        asking = asyncio.create_task(self._in_turn({"do": do, "id": name, **more}))
        self._asking.add(asking)
        asking.add_done_callback(self._answered)
        try:
            told, samples = await asyncio.shield(asking)
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError) as error:
            raise Problem(503, "stream-broken", "The music stopped", "start it again") from error
        if "reason" in told:
            raise engine_problem(EngineError(told["reason"], told["problem"]))
        if "problem" in told:
            raise Problem.invalid([Fault("dials", told["problem"], "invalid", {})])
        return told, np.frombuffer(samples, np.float32).reshape(-1, 2)

    def _answered(self, asking: asyncio.Task[tuple[dict[str, Any], bytes]]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # of one whose listener has left, nobody else asks

    async def _in_turn(self, message: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        async with self._turn:
            try:
                return await self._exchange(message)
            except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
                await self.close()
                raise

    async def _exchange(self, message: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        if self._process is None or self._process.returncode is not None:
            if message["do"] not in ("start", "recite"):
                raise OSError("the process of this music has ended")
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "serving.runtime.jam_process",
                stdin=PIPE, stdout=PIPE, limit=_LINE_LIMIT, env=engine_environment(),
            )  # fmt: skip
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise OSError("the process of this music has no pipes")
        stdin.write(json.dumps(message).encode() + b"\n")
        async with asyncio.timeout(_SLOWEST_S):
            told: dict[str, Any] = json.loads(await stdout.readline())
            return told, await stdout.readexactly(told.pop("bytes"))
