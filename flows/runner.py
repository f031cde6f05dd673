"""The task runner that the one setting chooses."""

from __future__ import annotations

from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.settings import TaskRunnerName


def task_runner(name: TaskRunnerName) -> TaskRunner[Any]:
    """Runner of a flow's tasks.

    ``local`` runs one batch at a time in a thread, and the batch owns a pool of processes. ``dask``
    and ``ray`` need ``prefect-dask`` or ``prefect-ray``, and raise ``ImportError`` without it.
    """
    if name == "dask":
        from prefect_dask import DaskTaskRunner

        return DaskTaskRunner()
    if name == "ray":
        from prefect_ray import RayTaskRunner

        return RayTaskRunner()
    return ThreadPoolTaskRunner(max_workers=1)
