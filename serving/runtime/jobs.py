"""Accepted jobs on disk: what is in here survives `kill -9` of any process."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from serving.piece.orders import Order

__all__ = ["FINISHED", "JobRecord", "JobStore", "Webhook", "now"]

T = TypeVar("T")

FINISHED: Final = ("done", "failed", "cancelled")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    job_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    batch INTEGER NOT NULL,
    state TEXT NOT NULL,
    format TEXT NOT NULL,
    priority INTEGER NOT NULL,
    orders TEXT NOT NULL,
    problems TEXT NOT NULL,
    idempotency_key TEXT,
    request_digest TEXT NOT NULL,
    webhook TEXT,
    created_at TEXT NOT NULL,
    finished_at TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS jobs_idempotency ON jobs (owner, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_open ON jobs (state, created_at);
CREATE INDEX IF NOT EXISTS jobs_ended ON jobs (finished_at);
"""


_COLUMNS: Final = "SELECT name FROM pragma_table_info('jobs')"


@dataclass(frozen=True)
class Webhook:
    """Whom to tell that a job has ended, and the address that its links start with."""

    url: str
    base: str


def now() -> str:
    """The time, UTC, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass
class JobRecord:
    """One accepted job.

    Attributes:
        orders: the pieces of each request: a list of variations for each.
        formats: the audio format of each request.
        problems: the problem document of each piece that could not be made, by its id.
    """

    job_id: str
    owner: str
    batch: bool
    orders: list[list[Order]]
    formats: list[str]
    state: str = "queued"
    priority: int = 0
    problems: dict[str, dict[str, Any]] = field(default_factory=dict)
    idempotency_key: str | None = None
    request_digest: str = ""
    webhook: Webhook | None = None
    created_at: str = field(default_factory=now)
    finished_at: str | None = None


class JobStore:
    """Jobs in a SQLite file in WAL mode, used from one thread of its own.

    A commit survives the death of any process. Ask through `run`, which keeps the event loop free.
    """

    def __init__(self, path: Path | str):
        self._path = str(path)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job-store")
        self._connection = self._thread.submit(self._open).result()

    def _open(self) -> sqlite3.Connection:
        if self._path != ":memory:":
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=10)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(_SCHEMA)
        if "webhook" not in {row["name"] for row in connection.execute(_COLUMNS)}:
            connection.execute("ALTER TABLE jobs ADD COLUMN webhook TEXT")
        return connection

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a method of this store in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    def close(self) -> None:
        """Finish what is waiting, then close the file."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()

    def add(self, job: JobRecord) -> JobRecord:
        """Keep a new job, or return the one that has its idempotency key already."""
        columns = _columns(job)
        names = ", ".join(columns)
        marks = ", ".join("?" for _ in columns)
        try:
            self._connection.execute(
                f"INSERT INTO jobs ({names}) VALUES ({marks})",  # noqa: S608 - own column names
                tuple(columns.values()),
            )
        except sqlite3.IntegrityError:
            found = self.by_idempotency_key(job.owner, job.idempotency_key or "")
            if found is None:
                raise
            return found
        return job

    def finish(self, job: JobRecord) -> None:
        """Keep how a job ended."""
        self._connection.execute(
            "UPDATE jobs SET state = ?, problems = ?, finished_at = ? WHERE job_id = ?",
            (job.state, json.dumps(job.problems), job.finished_at, job.job_id),
        )

    def get(self, job_id: str) -> JobRecord | None:
        """The job of that id."""
        row = self._connection.execute("SELECT * FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        return _record(row) if row else None

    def by_idempotency_key(self, owner: str, key: str) -> JobRecord | None:
        """The job that ``owner`` sent with that idempotency key."""
        row = self._connection.execute(
            "SELECT * FROM jobs WHERE owner = ? AND idempotency_key = ?", (owner, key)
        ).fetchone()
        return _record(row) if row else None

    def prune(self, before: str, most: int) -> int:
        """Forget jobs that ended before that time, ISO 8601, and all but the ``most`` latest.

        Returns how many. Jobs whose webhook is still to be called are kept.
        """
        row = self._connection.execute(
            "SELECT finished_at FROM jobs WHERE finished_at IS NOT NULL "
            "ORDER BY finished_at DESC LIMIT 1 OFFSET ?",
            (most - 1,),
        ).fetchone()
        oldest = max(before, row["finished_at"]) if row else before
        done = self._connection.execute(
            "DELETE FROM jobs WHERE finished_at < ? AND webhook IS NULL", (oldest,)
        )
        return done.rowcount

    def told(self, job_id: str) -> None:
        """The job's webhook has been called, or was tried often enough."""
        self._connection.execute("UPDATE jobs SET webhook = NULL WHERE job_id = ?", (job_id,))

    def untold(self) -> list[JobRecord]:
        """Ended jobs whose webhook has not been called yet."""
        rows = self._connection.execute(
            "SELECT * FROM jobs WHERE state IN (?, ?, ?) AND webhook IS NOT NULL", FINISHED
        )
        return [_record(row) for row in rows]

    def unfinished(self) -> list[JobRecord]:
        """Accepted jobs that have not ended, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM jobs WHERE state NOT IN (?, ?, ?) ORDER BY created_at", FINISHED
        )
        return [_record(row) for row in rows]


def _columns(job: JobRecord) -> dict[str, Any]:
    orders = [[order.model_dump(mode="json") for order in group] for group in job.orders]
    return {
        "job_id": job.job_id,
        "owner": job.owner,
        "batch": int(job.batch),
        "state": job.state,
        "format": json.dumps(job.formats),
        "priority": job.priority,
        "orders": json.dumps(orders),
        "problems": json.dumps(job.problems),
        "idempotency_key": job.idempotency_key,
        "request_digest": job.request_digest,
        "webhook": json.dumps(asdict(job.webhook)) if job.webhook else None,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def _record(row: sqlite3.Row) -> JobRecord:
    groups = json.loads(row["orders"])
    return JobRecord(
        job_id=row["job_id"],
        owner=row["owner"],
        batch=bool(row["batch"]),
        state=row["state"],
        formats=json.loads(row["format"]),
        priority=row["priority"],
        orders=[[Order.model_validate(order) for order in group] for group in groups],
        problems=json.loads(row["problems"]),
        idempotency_key=row["idempotency_key"],
        request_digest=row["request_digest"],
        webhook=Webhook(**json.loads(row["webhook"])) if row["webhook"] else None,
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
