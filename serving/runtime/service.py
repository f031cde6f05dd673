"""The heart of the service: accepts jobs, has their pieces made, and keeps what it promised."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from serving.config import ServiceConfig
from serving.engines.base import EngineError
from serving.piece.credentials import Credentials
from serving.piece.feasible import feasible
from serving.piece.generate import unknown_model
from serving.piece.orders import Order, orders_of
from serving.piece.pieces import Piece
from serving.piece.references import References
from serving.problems import Problem
from serving.requests import GenerateRequest
from serving.runtime.admission import check_room, other_request, shutting_down
from serving.runtime.cache import Cache
from serving.runtime.hosts import Made
from serving.runtime.hot import HotAnswers
from serving.runtime.housekeeping import Housekeeper
from serving.runtime.jobs import JobRecord, JobStore, Webhook, now
from serving.runtime.keys import Keyring
from serving.runtime.live import Job, Work
from serving.runtime.metrics import Metrics
from serving.runtime.pools import Pool, engine_problem
from serving.runtime.recorder import Recorder
from serving.runtime.roster import Roster

__all__ = ["Service"]

Tell = Callable[[Job], Awaitable[None]]


class Service:
    """One running service: a job store, a pool of processes for each engine, a cache.

    Everything runs in one event loop; only engines, SQLite and file work run elsewhere.
    """

    def __init__(self, config: ServiceConfig):
        self.config = config
        self.home = config.home_layout()
        self._scratch = None if self.home else tempfile.TemporaryDirectory(prefix="shiroa-")
        self.root = self.home.root if self.home else Path(self._scratch.name)  # type: ignore[union-attr]
        self.references = References.under(self.root)
        self.pieces = self.references.pieces
        self.credentials = Credentials.of(config)
        self.cache = Cache(self.pieces, config.cache_bytes)
        self.hot = HotAnswers(self.cache)
        self.store = JobStore(self.root / "service.sqlite3")
        self.keyring = Keyring(config)
        self.metrics = Metrics()
        self.recorder = Recorder(self.home)
        self.housekeeper = Housekeeper(
            config, self.store, self.cache, self.references, self.recorder
        )
        self.tell: Tell | None = None
        self.jobs: dict[str, Job] = {}
        self.works: dict[str, Work] = {}
        self.roster = Roster(config, self.root, self, self.hot.clear)
        self.draining = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Load the default engine and take up what was left unfinished."""
        await asyncio.to_thread(self.cache.scan)
        await self.roster.open()
        self._spawn(self.roster.warm_up())
        self._spawn(self.roster.follow_registry())
        self._spawn(self.housekeeper.run())
        for record in await self.store.run(self.store.unfinished):
            self._begin(Job(record))
        for record in await self.store.run(self.store.untold):
            self._spawn(self._tell(self._restored(record)))

    async def stop(self) -> None:
        """Work on for the time allowed, for those who wait for an answer; what is left then stays
        in the job store, and is made after the next start."""
        self.draining = True
        deadline = time.monotonic() + self.config.drain_s
        while self.roster.busy and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await self.roster.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.recorder.close)
        self.store.close()
        if self._scratch:
            self._scratch.cleanup()

    @property
    def pools(self) -> dict[str, Pool]:
        """The engines by name."""
        return self.roster.pools

    @property
    def ready(self) -> bool:
        """Whether the default engine has been loaded and jobs are accepted."""
        return self.roster.ready and not self.draining

    async def orders(self, request: GenerateRequest) -> list[Order]:
        """The pieces of a request; `Problem` when its engine can't make them."""
        engine = request.model or self.config.default_engine
        if engine not in self.pools:
            raise unknown_model(engine, self.pools)
        pool = self.pools[engine]
        try:
            facts = await pool.facts()
        except EngineError as error:
            raise engine_problem(error) from None
        if request.reference is None:
            request = feasible(request, engine, facts, self.references)
        else:
            request = await asyncio.to_thread(feasible, request, engine, facts, self.references)
        return orders_of(request, pool.name, facts.model_id)

    async def submit(
        self,
        requests: Sequence[GenerateRequest],
        owner: str,
        *,
        batch: bool = False,
        priority: int = 0,
        idempotency_key: str | None = None,
        request_digest: str = "",
        webhook: Webhook | None = None,
    ) -> Job:
        """Accept a job: once this returns, the job ends well or says why, whatever is killed.

        Raises `Problem`: 422 for what can't be made, 429 when there is no room, 503 on the way
        down.
        """
        if self.draining:
            raise shutting_down()
        record = JobRecord(
            job_id=secrets.token_hex(12),
            owner=owner,
            batch=batch,
            orders=[await self.orders(request) for request in requests],
            formats=[request.format for request in requests],
            priority=priority,
            idempotency_key=idempotency_key,
            request_digest=request_digest,
            webhook=webhook,
        )
        if known := await self._known(record):
            return known
        check_room(record, self.pools, self._is_at_hand, self.metrics)
        kept = await self.store.run(self.store.add, record)
        if kept is not record:
            return self.jobs.get(kept.job_id) or self._restored(kept)
        return self._begin(Job(record))

    async def job(self, job_id: str) -> Job | None:
        """The job of that id, under way or ended."""
        if job := self.jobs.get(job_id):
            return job
        record = await self.store.run(self.store.get, job_id)
        return self._restored(record) if record else None

    async def cancel(self, job: Job) -> None:
        """Take a job back; engines that work for nobody else stop within a second."""
        if job.finished:
            return
        job.record.state = "cancelled"
        for work in list(job.works.values()):
            work.jobs.discard(job)
            if not work.jobs:
                self.dropped(work)
                work.pool.cancel(work)
        job.works.clear()
        await self._finish(job)

    async def watch(self, job: Job, every_s: float = 10.0) -> AsyncIterator[Job]:
        """The job after each change, and at least every ``every_s`` seconds, until it ends."""
        while True:
            yield job
            if job.finished:
                return
            await job.changed.wait(every_s)

    async def wait(self, job: Job, timeout_s: float) -> bool:
        """Wait until the job ends; whether it did in time."""
        deadline = time.monotonic() + timeout_s
        while not job.finished:
            left = deadline - time.monotonic()
            if left <= 0 or not await job.changed.wait(left):
                return job.finished
        return True

    def wait_s(self, job: Job) -> float:
        """Estimated time until the job ends, seconds."""
        return max((work.wait_s() for work in job.works.values()), default=0.0)

    def made(self, work: Work, made: Made, wall_s: float) -> None:
        """A piece is there: keep it, record it, tell its jobs."""
        self.metrics.made(work.order.engine, made, wall_s, self.config.price_per_cpu_hour)
        self.cache.add(made.piece)
        self.recorder.add(made.piece)
        self._settle(work, made.piece)

    def failed(self, work: Work, problem: Problem) -> None:
        """A piece can't be made: tell its jobs."""
        self.metrics.failures.labels(work.order.engine, problem.kind).inc()
        self._settle(work, problem)

    def dropped(self, work: Work) -> None:
        """Nobody waits for the piece any more."""
        if self.works.get(work.order.id) is work:
            del self.works[work.order.id]

    async def _known(self, record: JobRecord) -> Job | None:
        if record.idempotency_key is None:
            return None
        found = await self.store.run(
            self.store.by_idempotency_key, record.owner, record.idempotency_key
        )
        if found is None:
            return None
        if found.request_digest != record.request_digest:
            raise other_request(record.idempotency_key)
        return self.jobs.get(found.job_id) or self._restored(found)

    def _is_at_hand(self, order_id: str) -> bool:
        return order_id in self.works or self.cache.has(order_id)

    def _restored(self, record: JobRecord) -> Job:
        job = Job(record)
        for order_id in job.order_ids:
            if piece := self.cache.get(order_id):
                job.pieces[order_id] = piece
        return job

    def _begin(self, job: Job) -> Job:
        self.jobs[job.id] = job
        for group in job.record.orders:
            for order in group:
                self._attach(job, order)
        if not job.works:
            self._conclude(job)
        return job

    def _attach(self, job: Job, order: Order) -> None:
        if piece := self.cache.get(order.id):
            self.metrics.cache.labels("hit").inc()
            job.pieces[order.id] = piece
            return
        pool = self.pools.get(order.engine)
        if pool is None:
            job.record.problems[order.id] = unknown_model(order.engine, self.pools).document()
            return
        work = self.works.get(order.id)
        if work is None:
            self.metrics.cache.labels("miss").inc()
            work = Work(order, pool, job.record.owner, job.record.priority)
            self.works[order.id] = work
            pool.queue.put(work, work.owner, work.priority, force=True)
        work.jobs.add(job)
        job.works[order.id] = work

    def _settle(self, work: Work, outcome: Piece | Problem) -> None:
        self.dropped(work)
        work.host = None
        result = outcome if isinstance(outcome, Piece) else outcome.document()
        for job in list(work.jobs):
            if job.settle(work.order.id, result):
                self._conclude(job)
            job.changed.fire()

    def _conclude(self, job: Job) -> None:
        failed = bool(job.record.problems) and not (job.record.batch and job.pieces)
        job.record.state = "failed" if failed else "done"
        self._spawn(self._finish(job))

    async def _finish(self, job: Job) -> None:
        job.record.finished_at = now()
        job.changed.fire()
        with contextlib.suppress(RuntimeError):
            await self.store.run(self.store.finish, job.record)
        self.jobs.pop(job.id, None)
        if job.record.webhook is not None:
            self._spawn(self._tell(job))

    async def _tell(self, job: Job) -> None:
        if self.tell is not None:
            await self.tell(job)
        with contextlib.suppress(RuntimeError):
            await self.store.run(self.store.told, job.id)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
