"""Work on many items in processes that may die, hang or run out of memory.

The pool (pebble) replaces a worker that is gone. An item that lost its worker is tried once more,
alone, after all others; then its outcome says why there is no value. Nothing is ever lost: every
item gets exactly one ``Outcome``.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD: Final = 2  # items waiting for each worker, so that none idles
_THREAD_SETTINGS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
RETRIED: Final = ("worker_died", "timeout", "out_of_memory")


@dataclass(frozen=True)
class Outcome(Generic[T, R]):
    """What became of ``item``: a ``value``, or the ``reason`` and ``detail`` why there is none.

    Reasons are those that the function's own exception carries, ``error`` for other exceptions,
    and ``worker_died``, ``timeout`` or ``out_of_memory``. ``seconds`` is wall time.
    """

    item: T
    value: R | None
    reason: str | None
    detail: str | None
    seconds: float


def run_in_workers(
    function: Callable[[Any], R],
    items: Iterable[T],
    *,
    workers: int,
    timeout_s: float,
    memory_limit_bytes: int | None = None,
    initializer: Callable[..., None] | None = None,
    initargs: tuple[Any, ...] = (),
    argument: Callable[[T], Any] | None = None,
) -> Iterator[Outcome[T, R]]:
    """Apply ``function`` to each item in ``workers`` processes; outcomes come as they finish.

    ``timeout_s`` counts from an item's own start. ``memory_limit_bytes`` bounds the data of each
    worker where the system can (Linux). ``function``, items and values must pickle. Items are
    taken from the iterable as workers need them. Closing the iterator stops the workers.

    A worker imports what the types of its items need; ``argument`` makes of an item what
    ``function`` is called with, so that it starts sooner.
    """
    if workers < 1:
        raise ValueError(f"workers={workers}: must be 1 or more")
    from pebble import ProcessPool

    pool = ProcessPool(
        max_workers=workers,
        context=multiprocessing.get_context("spawn"),
        initializer=_prepare,
        initargs=(memory_limit_bytes, initializer, initargs),
    )

    def schedule(item: T) -> Any:
        handed = item if argument is None else argument(item)
        return pool.schedule(_call, args=(function, handed), timeout=timeout_s)

    try:
        lost: list[T] = []
        outcome: Outcome[T, R]
        for outcome in _run(schedule, iter(items), workers * _AHEAD, timeout_s):
            if outcome.reason in RETRIED:
                lost.append(outcome.item)
            else:
                yield outcome
        yield from _run(schedule, iter(lost), 1, timeout_s)
    except BaseException:
        pool.stop()
        raise
    else:
        pool.close()
    finally:
        pool.join()


def keep_main_out_of_workers() -> None:
    """Spare workers the running program: each would import all of it, a second, for nothing.

    For a program whose ``__main__`` defines nothing that is handed to workers.
    """
    main = vars(sys.modules["__main__"])
    main["__spec__"] = None
    main.pop("__file__", None)


def _run(
    schedule: Callable[[T], Any], items: Iterator[T], most: int, timeout_s: float
) -> Iterator[Outcome[T, R]]:
    """Keep ``most`` items scheduled until the iterator is spent."""
    running: dict[Any, tuple[T, float]] = {}
    exhausted = False
    while running or not exhausted:
        while not exhausted and len(running) < most:
            try:
                item = next(items)
            except StopIteration:
                exhausted = True
                break
            running[schedule(item)] = (item, time.monotonic())
        if not running:
            break
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            item, started = running.pop(future)
            yield _outcome(future, item, time.monotonic() - started, timeout_s)


def _outcome(future: Any, item: T, seconds: float, timeout_s: float) -> Outcome[T, R]:
    from pebble import ProcessExpired

    try:
        value, reason, detail, spent = future.result()
        return Outcome(item, value, reason, detail, spent)
    except TimeoutError:
        detail = f"{item}: not finished after {timeout_s:g} s; raise the time limit or drop it"
        return Outcome(item, None, "timeout", detail, timeout_s)
    except ProcessExpired as death:
        detail = f"{item}: the worker process died ({_cause(death.exitcode)})"
        return Outcome(item, None, "worker_died", detail, seconds)
    except Exception as error:  # an item or a value that doesn't pickle
        return Outcome(item, None, "error", f"{item}: {_described(error)}", seconds)


def _cause(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _prepare(
    memory_limit_bytes: int | None, initializer: Callable[..., None] | None, initargs: tuple[Any]
) -> None:
    """Set a new worker up: one thread for each library, the memory limit, the caller's part."""
    for name in _THREAD_SETTINGS:
        os.environ[name] = "1"
    if memory_limit_bytes is not None:
        _limit_memory(memory_limit_bytes)
    if initializer is not None:
        initializer(*initargs)


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _call(function: Callable[[T], R], item: T) -> tuple[R | None, str | None, str | None, float]:
    """Run in the worker: exceptions become a reason and a detail, which always pickle."""
    started = time.monotonic()
    value: R | None = None
    reason: str | None = None
    detail: str | None = None
    try:
        value = function(item)
    except MemoryError as error:
        reason, detail = "out_of_memory", f"{item}: needs more memory than a worker has ({error})"
    except Exception as error:
        reason = str(getattr(error, "reason", "error"))
        detail = str(getattr(error, "detail", "") or f"{item}: {_described(error)}")
    return value, reason, detail, time.monotonic() - started
