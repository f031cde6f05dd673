"""The processes of one engine and the line in front of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from typing import Protocol

from serving.config import EngineSpec, ServiceConfig
from serving.engines.base import Cancelled, EngineError, Facts
from serving.problems import Problem
from serving.runtime.engine_link import EngineDiedError
from serving.runtime.fairness import FairQueue
from serving.runtime.hosts import Host, Made
from serving.runtime.live import Pace, Work
from serving.runtime.tracing import spans

__all__ = ["Outcomes", "Pool", "engine_problem"]

log = logging.getLogger("shiroa.serving")

_STATUS_OF_REASON = {"unsupported": 422, "unavailable": 503, "timeout": 504}


class Outcomes(Protocol):
    """Who wants to know how pieces ended."""

    def made(self, work: Work, made: Made, wall_s: float) -> None:
        """It is there."""

    def failed(self, work: Work, problem: Problem) -> None:
        """It can't be made."""

    def dropped(self, work: Work) -> None:
        """It was cancelled."""


class Pool:
    """One version of one engine: a fair queue and the processes that work it off.

    Processes start when they are first needed and, unless `keep`, end after a while with no work.
    """

    def __init__(
        self, name: str, spec: EngineSpec, config: ServiceConfig, root: Path, outcomes: Outcomes
    ):
        self.name = name
        self.spec = spec
        self.queue: FairQueue[Work] = FairQueue(config.queue_size, config.owner_queue_size)
        self.hosts = [Host(name, spec, config) for _ in range(spec.processes)]
        self.pace = Pace()
        self.problem: str | None = None
        self.busy = 0
        self.keep = False
        self._config = config
        self._root = root
        self._outcomes = outcomes
        self._retiring = False
        self._span = spans(config.tracing)
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Begin to work off the queue."""
        places = [host for _ in range(self.spec.batch) for host in self.hosts]
        self._tasks = [asyncio.create_task(self._serve(host)) for host in places]

    async def facts(self) -> Facts:
        """What the engine says of itself; loads it when nobody has yet."""
        host = self.hosts[0]
        try:
            facts = host.facts or await host.start()
        except EngineError as error:
            self.problem = error.detail
            raise
        self.problem = None
        return facts

    @property
    def state(self) -> str:
        """ready, loading, idle or unavailable."""
        if any(host.pid is not None and host.facts for host in self.hosts):
            return "ready"
        if any(host.pid is not None for host in self.hosts):
            return "loading"
        return "unavailable" if self.problem else "idle"

    @property
    def restarts(self) -> int:
        """How often a process was started again."""
        return sum(max(host.restarts, 0) for host in self.hosts)

    def backlog_s(self) -> float:
        """Estimated time until all that waits is made, seconds."""
        waiting = sum(self.estimate_s(work) for work in self.queue)
        return waiting / (len(self.hosts) * self.spec.batch)

    def estimate_s(self, work: Work) -> float:
        """Estimated time that the engine still needs for a piece, seconds."""
        return self.pace.estimate(work.order.request.duration) * (1 - work.done)

    async def retire(self) -> None:
        """Make what is in the line, then end; a newer version takes new requests."""
        self._retiring = True
        while len(self.queue) or self.busy:
            await asyncio.sleep(0.1)
        await self.close()

    async def close(self) -> None:
        """End the processes; what waits is left as it is."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for host in self.hosts:
            await host.close()

    def cancel(self, work: Work) -> None:
        """Nobody wants the piece any more."""
        if work.host is None:
            self.queue.remove(work)
            return
        host = work.host
        host.cancel(work.order.id)

        def replace_if_stuck() -> None:
            if work.host is not host or not host.is_making(work.order.id):
                return
            if host.under_way > 1:
                later()  # the engine works for others
            else:
                host.kill()

        def later() -> None:
            asyncio.get_running_loop().call_later(self._config.cancel_grace_s, replace_if_stuck)

        later()

    async def _serve(self, host: Host) -> None:
        while True:
            work = await self._next(host)
            async with host.place(work.order.id, alone=work.alone):
                if not work.jobs:
                    continue
                self.busy += 1
                work.begin(host)
                try:
                    await self._perform(host, work)
                except Exception:
                    log.exception("piece %s", work.order.id)
                    self._fail(work, EngineError("engine-failed", f"{self.name}: see the log"))
                finally:
                    work.host = None
                    self.busy -= 1
            await self._revive(host)

    async def _revive(self, host: Host) -> None:
        """Start a process that ended over a piece again, before the next one has to wait for it."""
        if host.pid is None and not self._retiring:
            with contextlib.suppress(EngineError):
                await host.start()

    async def _next(self, host: Host) -> Work:
        try:
            return await asyncio.wait_for(self.queue.get(), self._config.idle_unload_s)
        except TimeoutError:
            if not self.keep and not host.under_way:
                await host.stop()
            return await self.queue.get()

    async def _perform(self, host: Host, work: Work) -> None:
        started = time.monotonic()
        try:
            facts = await host.start()
            if not work.jobs:
                raise Cancelled
            if facts.model_id != work.order.model_id:
                detail = f"{work.order.model_id} has been replaced; send the request again"
                raise EngineError("unavailable", detail)
            told = {"engine": self.name, "model": facts.model_id, "piece": work.order.id}
            with self._span("piece", told):
                made = await host.perform(work.order, self._root, work.advance)
        except Cancelled:
            self._outcomes.dropped(work)
        except EngineDiedError as death:
            self._try_again(work, blameless=death.blameless)
        except EngineError as error:
            self._fail(work, error)
        else:
            wall_s = time.monotonic() - started
            self.pace.learn(wall_s, made.piece.measured.duration_s)
            self._outcomes.made(work, made, wall_s)

    def _try_again(self, work: Work, *, blameless: bool) -> None:
        work.alone = True
        work.attempts += not blameless
        if not work.jobs:
            self._outcomes.dropped(work)
        elif work.attempts < self._config.attempts:
            work.host = None
            work.advance(0.0, "queued")
            self.queue.put(work, work.owner, work.priority + 1, force=True)
        else:
            detail = f"{self.name}: its process died {work.attempts} times over this request"
            self._fail(work, EngineError("engine-died", detail))

    def _fail(self, work: Work, error: EngineError) -> None:
        self._outcomes.failed(work, engine_problem(error))


def engine_problem(error: EngineError) -> Problem:
    """The problem document of an engine's error."""
    status = _STATUS_OF_REASON.get(error.reason, 500)
    return Problem(status, error.reason, "The engine could not make it", error.detail)
