"""Which jobs are let in: room in the queues, and what is answered when there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from serving.problems import Fault, Problem
from serving.runtime.fairness import QueueFullError
from serving.runtime.jobs import JobRecord
from serving.runtime.metrics import Metrics
from serving.runtime.pools import Pool

__all__ = ["check_room", "other_request", "shutting_down"]


def check_room(
    record: JobRecord,
    pools: Mapping[str, Pool],
    is_at_hand: Callable[[str], bool],
    metrics: Metrics,
) -> None:
    """Raise `Problem`, 429, unless the pieces that are not ``is_at_hand`` by their id all fit."""
    wanted: dict[str, set[str]] = {}
    for group in record.orders:
        for order in group:
            if not is_at_hand(order.id):
                wanted.setdefault(order.engine, set()).add(order.id)
    for engine, ids in wanted.items():
        pool = pools[engine]
        try:
            pool.queue.check_room(len(ids), record.owner)
        except QueueFullError as error:
            metrics.refused.labels("owner" if error.by_owner else "full").inc()
            raise _too_many(error, pool, len(ids)) from None


def other_request(idempotency_key: str) -> Problem:
    """422 for a key that was sent with another request."""
    rule = "was sent with another request; use a new key for a new request"
    detail = f"Idempotency-Key={idempotency_key}: {rule}"
    return Problem.invalid([Fault("Idempotency-Key", detail, "key-used", {})])


def shutting_down() -> Problem:
    """503 while the service ends."""
    return Problem(
        503,
        "shutting-down",
        "The service is shutting down",
        "no new jobs are accepted; ask again in a few seconds",
        headers={"Retry-After": "5"},
    )


def _too_many(error: QueueFullError, pool: Pool, count: int) -> Problem:
    if count > error.limit:
        rule = f"at most {error.limit} may wait here; ask for fewer at once"
        detail, params = f"{count} pieces at once: {rule}", {"value": count, "max": error.limit}
        return Problem.invalid([Fault("requests", detail, "too-many-at-once", params)])
    each_s = pool.backlog_s() / max(len(pool.queue), 1)
    retry_s = max(1, round(each_s * error.missing))
    return Problem(
        429,
        "queue-full",
        "Too many pieces are waiting",
        f"{error}: try again in {retry_s} s",
        headers={"Retry-After": str(retry_s)},
        extra={"retry_after_s": retry_s},
    )
