"""The task runner that the one setting chooses, and how much work fits where it runs.

A *slot* takes one batch of files at a time and measures them in a pool of processes of its own:
a thread of a Dask worker, or a share of a Ray node's processors. On a cluster of several machines
a slot should be a whole machine, so that one process commits for all of its cores.
"""

from __future__ import annotations

import logging
import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from prefect.context import FlowRunContext
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from features.errors import ShiroaError
from flows.settings import Settings, usable_cores

BATCHES_PER_SLOT: Final = 4
"""Batches that each slot gets at least where there are files enough, so that all end together."""

WORTH_A_POOL: Final = 20
"""Files for which starting a pool costs little beside the measuring."""


class RunnerMissingError(ShiroaError, ImportError):
    """The chosen task runner is not installed."""


@dataclass(frozen=True)
class Slots:
    """How many batches run at once, and processes in the pool of each: None for all cores that
    the slot finds where it is."""

    batches: int
    processes: int | None

    def batch_size(self, files: int, most: int) -> int:
        """Files in one batch, at most ``most``.

        >>> [Slots(2, 1).batch_size(files, 100) for files in (12, 100, 400, 10_000)]
        [6, 20, 50, 100]
        """
        if self.batches == 1:
            return most
        share, parts = (-(-files // n) for n in (self.batches, self.batches * BATCHES_PER_SLOT))
        return max(1, min(most, max(parts, min(share, WORTH_A_POOL))))


def task_runner(settings: Settings) -> TaskRunner[Any]:
    """Runner of a flow's tasks.

    ``local`` runs one batch at a time in a thread, and the batch owns a pool of processes. ``dask``
    and ``ray`` use the cluster at ``SHIROA_CLUSTER_ADDRESS``, or one of this machine for as long as
    the flow runs. Raises ``RunnerMissingError``.
    """
    address = settings.cluster_address
    if settings.task_runner == "dask":
        runner = _imported("prefect_dask", "dask").DaskTaskRunner
        logging.getLogger("distributed").setLevel(logging.WARNING)
        here = {"n_workers": settings.workers, "threads_per_worker": 1, "dashboard_address": None}
        made: TaskRunner[Any] = runner(address=address) if address else runner(cluster_kwargs=here)
        return made
    if settings.task_runner == "ray":
        runner = _imported("prefect_ray", "ray").RayTaskRunner
        here = {"include_dashboard": False, "log_to_driver": False}
        options = here if address else {**here, "num_cpus": settings.workers}
        made = runner(address=address, init_kwargs=options)
        return made
    return ThreadPoolTaskRunner(max_workers=1)


def slots(settings: Settings, workers: int | None) -> Slots:
    """What the runner of the running flow has; ``workers`` processes in each slot when given."""
    context = FlowRunContext.get()
    runner: Any = context.task_runner if context else None
    chosen = workers or settings.chosen_workers()
    if settings.task_runner == "dask":
        threads = sum(runner.client.nthreads().values())
        return Slots(max(1, threads), workers or (chosen if settings.cluster_address else 1))
    if settings.task_runner == "ray":
        cores = _ray_cores()
        whole = min(cores) if settings.cluster_address else 1
        share = max(1, workers or (chosen if settings.cluster_address and chosen else whole))
        return Slots(max(1, sum(core // share for core in cores)), share)
    return Slots(1, workers or settings.workers)


@contextmanager
def reserved(settings: Settings, places: Slots) -> Iterator[None]:
    """Tasks submitted inside reserve as many processors as their pool has, where that is asked."""
    if settings.task_runner != "ray":
        yield
        return
    with import_module("prefect_ray.context").remote_options(num_cpus=places.processes):
        yield


def pool_size(processes: int | None) -> int:
    """Processes for the pool of the slot that this runs in, which may own some, too.

    Dask starts its workers as daemons, which may have no children: those of a pool end with it.
    """
    here = multiprocessing.current_process()
    if here.daemon:
        here.daemon = False
    if processes:
        return processes
    worker = sys.modules.get("distributed.worker")
    threads = worker.get_worker().state.nthreads if worker else 1
    return max(1, usable_cores() // threads)


def _ray_cores() -> list[int]:
    nodes = import_module("ray").nodes()
    return [
        int(node["Resources"]["CPU"])
        for node in nodes
        if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
    ] or [1]


def _imported(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise RunnerMissingError(
            f"SHIROA_TASK_RUNNER={extra} needs {module.replace('_', '-')} ({error}); "
            f"pip install 'shiroa[{extra}]' here and on every worker, or SHIROA_TASK_RUNNER=local"
        ) from error
