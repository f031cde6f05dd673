"""The heart of the service: accepts jobs, has their pieces made, and keeps what it promised."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from serving.cache import Cache
from serving.config import ServiceConfig
from serving.engines.base import Cancelled, EngineError
from serving.fairness import FairQueue, QueueFullError
from serving.generate import unknown_model
from serving.hosts import EngineDiedError, Facts, Host, Made
from serving.jobs import FINISHED, JobRecord, JobStore, now
from serving.live import Job, Pace, Work
from serving.metrics import Metrics
from serving.orders import Order, orders_of
from serving.pieces import Piece, PieceFolder
from serving.problems import Fault, Problem
from serving.recorder import Recorder
from serving.schemas import GenerateRequest

__all__ = ["Service"]

log = logging.getLogger("shiroa.serving")

_STATUS_OF_REASON = {"unsupported": 422, "unavailable": 503, "timeout": 504}


class Service:
    """One running service: a job store, a queue and processes for each engine, a cache.

    Everything runs in one event loop; only engines, SQLite and file work run elsewhere.
    """

    def __init__(self, config: ServiceConfig):
        self.config = config
        home = config.home_layout()
        self._scratch = None if home else tempfile.TemporaryDirectory(prefix="shiroa-")
        self.root = home.root if home else Path(self._scratch.name if self._scratch else "")
        self.pieces = PieceFolder(home.generated if home else self.root / "generated")
        self.cache = Cache(self.pieces, config.cache_bytes)
        self.store = JobStore(self.root / "service.sqlite3")
        self.metrics = Metrics()
        self.recorder = Recorder(home)
        self.jobs: dict[str, Job] = {}
        self.works: dict[str, Work] = {}
        self.paces = {name: Pace() for name in config.engines}
        self.queues: dict[str, FairQueue[Work]] = {
            name: FairQueue(config.queue_size, config.owner_queue_size) for name in config.engines
        }
        self.hosts = {
            name: [Host(name, spec, config) for _ in range(spec.processes)]
            for name, spec in config.engines.items()
        }
        self.draining = False
        self.ready = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Load the default engine and take up what was left unfinished."""
        await asyncio.to_thread(self.cache.scan)
        for hosts in self.hosts.values():
            for host in hosts:
                self._tasks.append(asyncio.create_task(self._serve(host)))
        self._tasks.append(asyncio.create_task(self._warm_up()))
        for record in await self.store.run(self.store.unfinished):
            self._begin(Job(record))

    async def stop(self) -> None:
        """Finish what runs within the time allowed; what waits stays in the job store."""
        self.draining = True
        deadline = time.monotonic() + self.config.drain_s
        while any(work.host for work in self.works.values()) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for hosts in self.hosts.values():
            for host in hosts:
                await host.stop()
        await asyncio.to_thread(self.recorder.close)
        self.store.close()
        if self._scratch:
            self._scratch.cleanup()

    async def facts(self, engine: str) -> Facts:
        """What an engine says of itself; loads it when nobody has yet."""
        host = self.hosts[engine][0]
        return host.facts or await host.start()

    async def orders(self, request: GenerateRequest) -> list[Order]:
        """The pieces of a request; `Problem` when its engine can't make them."""
        engine = request.model or self.config.default_engine
        if engine not in self.config.engines:
            raise unknown_model(engine, self.config)
        try:
            facts = await self.facts(engine)
        except EngineError as error:
            raise _problem_of(error) from None
        if request.duration > facts.max_duration_s:
            rule = f"must be 15-{facts.max_duration_s:g} seconds"
            raise Problem.invalid([Fault("duration", f"duration={request.duration:g}: {rule}")])
        return orders_of(request, engine, facts.model_id)

    async def submit(
        self,
        requests: Sequence[GenerateRequest],
        owner: str,
        *,
        batch: bool = False,
        priority: int = 0,
        idempotency_key: str | None = None,
        request_digest: str = "",
    ) -> Job:
        """Accept a job: once this returns, the job ends well or says why, whatever is killed.

        Raises `Problem`: 422 for what can't be made, 429 when there is no room, 503 on the way
        down.
        """
        if self.draining:
            raise _draining()
        orders = [await self.orders(request) for request in requests]
        record = JobRecord(
            job_id=secrets.token_hex(12),
            owner=owner,
            batch=batch,
            orders=orders,
            formats=[request.format for request in requests],
            priority=priority,
            idempotency_key=idempotency_key,
            request_digest=request_digest,
        )
        if known := await self._known(record):
            return known
        self._check_room(record)
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
                self._abandon(work)
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
        return max((self._wait_for(work) for work in job.works.values()), default=0.0)

    def backlog_s(self, engine: str) -> float:
        """Estimated time until an engine has done all that waits, seconds."""
        pace = self.paces[engine]
        works = [work for work in self.works.values() if work.order.engine == engine]
        total = sum(pace.estimate(w.order.request.duration) * (1 - w.done) for w in works)
        return total / len(self.hosts[engine])

    def _wait_for(self, work: Work) -> float:
        pace = self.paces[work.order.engine]
        own = pace.estimate(work.order.request.duration) * (1 - work.done)
        return own if work.host else max(own, self.backlog_s(work.order.engine))

    async def _known(self, record: JobRecord) -> Job | None:
        if record.idempotency_key is None:
            return None
        found = await self.store.run(
            self.store.by_idempotency_key, record.owner, record.idempotency_key
        )
        if found is None:
            return None
        if found.request_digest != record.request_digest:
            raise Problem.invalid(
                [
                    Fault(
                        "Idempotency-Key",
                        f"Idempotency-Key={record.idempotency_key}: was sent with another "
                        "request; use a new key for a new request",
                    )
                ]
            )
        return self.jobs.get(found.job_id) or self._restored(found)

    def _check_room(self, record: JobRecord) -> None:
        wanted: dict[str, set[str]] = {}
        for group in record.orders:
            for order in group:
                if order.id not in self.works and not self.cache.has(order.id):
                    wanted.setdefault(order.engine, set()).add(order.id)
        for engine, ids in wanted.items():
            try:
                self.queues[engine].check_room(len(ids), record.owner)
            except QueueFullError as error:
                self.metrics.refused.labels("owner" if error.by_owner else "full").inc()
                raise self._too_many(error, engine) from None

    def _too_many(self, error: QueueFullError, engine: str) -> Problem:
        waiting = max(len(self.queues[engine]), 1)
        retry_s = max(1, round(self.backlog_s(engine) / waiting))
        return Problem(
            429,
            "queue-full",
            "Too many pieces are waiting",
            f"{error}: try again in {retry_s} s",
            headers={"Retry-After": str(retry_s)},
            extra={"retry_after_s": retry_s},
        )

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
        if order.engine not in self.queues:
            job.record.problems[order.id] = unknown_model(order.engine, self.config).document()
            return
        work = self.works.get(order.id)
        if work is None:
            self.metrics.cache.labels("miss").inc()
            work = Work(order, job.record.owner, job.record.priority)
            self.works[order.id] = work
            self.queues[order.engine].put(work, work.owner, work.priority, force=True)
        work.jobs.add(job)
        job.works[order.id] = work

    def _drop(self, work: Work) -> None:
        if self.works.get(work.order.id) is work:
            del self.works[work.order.id]

    def _abandon(self, work: Work) -> None:
        self._drop(work)
        if work.host is None:
            self.queues[work.order.engine].remove(work)
            return
        host, order_id = work.host, work.order.id
        host.cancel(order_id)

        def replace_if_stuck() -> None:
            if work.host is host:
                host.kill()

        asyncio.get_running_loop().call_later(self.config.cancel_grace_s, replace_if_stuck)

    async def _warm_up(self) -> None:
        try:
            await self.facts(self.config.default_engine)
        except EngineError as error:
            log.error("engine %s: %s", self.config.default_engine, error.detail)
        self.ready = True

    async def _serve(self, host: Host) -> None:
        queue = self.queues[host.name]
        while True:
            work = await queue.get()
            if self.draining:
                return
            work.begin(host)
            try:
                await self._perform(host, work)
            except Exception:
                log.exception("piece %s", work.order.id)
                self._settle(work, _problem_of(EngineError("engine-failed", "see the log")))
            finally:
                work.host = None

    async def _perform(self, host: Host, work: Work) -> None:
        try:
            made = await host.perform(work.order, self.pieces.root, work.advance)
        except Cancelled:
            self._drop(work)
        except EngineDiedError:
            self._try_again(work)
        except EngineError as error:
            self.metrics.failures.labels(host.name, error.reason).inc()
            self._settle(work, _problem_of(error))
        else:
            self._made(host, work, made)

    def _try_again(self, work: Work) -> None:
        name = work.order.engine
        self.metrics.failures.labels(name, "died").inc()
        work.attempts += 1
        if not work.jobs:
            self._drop(work)
        elif work.attempts < self.config.attempts:
            work.host = None
            work.advance(0.0, "queued")
            self.queues[name].put(work, work.owner, work.priority + 1, force=True)
        else:
            detail = f"{name}: its process died {work.attempts} times over this request"
            self._settle(work, _problem_of(EngineError("engine-died", detail)))

    def _made(self, host: Host, work: Work, made: Made) -> None:
        wall_s = time.monotonic() - (work.started or time.monotonic())
        self.paces[host.name].learn(wall_s, made.piece.measured.duration_s)
        self.metrics.made(host.name, made, wall_s)
        self.cache.add(made.piece)
        self.recorder.add(made.piece)
        self._settle(work, made.piece)

    def _settle(self, work: Work, outcome: Piece | Problem) -> None:
        self._drop(work)
        work.host = None
        result = outcome if isinstance(outcome, Piece) else outcome.document()
        for job in list(work.jobs):
            if job.settle(work.order.id, result):
                self._conclude(job)
            job.changed.fire()

    def _conclude(self, job: Job) -> None:
        failed = bool(job.record.problems) and not (job.record.batch and job.pieces)
        job.record.state = "failed" if failed else "done"
        task = asyncio.create_task(self._finish(job))
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    async def _finish(self, job: Job) -> None:
        assert job.record.state in FINISHED  # noqa: S101 - our own mistake otherwise
        job.record.finished_at = now()
        job.changed.fire()
        with contextlib.suppress(RuntimeError):
            await self.store.run(self.store.finish, job.record)
        self.jobs.pop(job.id, None)


def _problem_of(error: EngineError) -> Problem:
    status = _STATUS_OF_REASON.get(error.reason, 500)
    return Problem(status, error.reason, "The engine could not make it", error.detail)


def _draining() -> Problem:
    return Problem(
        503,
        "shutting-down",
        "The service is shutting down",
        "no new jobs are accepted; ask again in a few seconds",
        headers={"Retry-After": "5"},
    )
