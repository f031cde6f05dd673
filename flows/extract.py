"""Flow ``extract``: measure every track that has no features of the current version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Annotated, Any, Final

from prefect import flow, task
from prefect.futures import as_completed
from pydantic import Field

from data_catalog.extraction.extract import (
    OFTEN,
    Cadence,
    ExtractReport,
    PendingTrack,
    extract_batch,
    pending,
    show,
)
from data_catalog.home import Home
from features.progress import Progress
from features.workers import keep_main_out_of_workers
from flows.artifacts import counts_artifact, run_progress
from flows.growth import tell_growth
from flows.runner import pool_size, reserved, slots, task_runner
from flows.settings import load_settings

Workers = Annotated[int, Field(ge=1, le=512, description="Processes of each batch")]

SELDOM: Final = Cadence(tracks=500, seconds=60.0, seen=False)
"""On a cluster: a lost machine costs a minute, few batches commit at once, nobody asks there."""


@dataclass(frozen=True)
class Order:
    """How a batch is measured, told by the flow: a worker elsewhere has settings of its own."""

    place: str
    processes: int | None
    timeout_s: float
    cadence: Cadence = OFTEN


@task(task_run_name="extract {name}", retries=2, retry_delay_seconds=5, persist_result=False)
def extract_one_batch(name: str, batch: list[PendingTrack], order: Order) -> ExtractReport:
    """One batch, in a pool of processes; a retry measures only what is not yet recorded."""
    keep_main_out_of_workers()
    with run_progress() as progress:
        return extract_batch(
            Home.at(order.place),
            batch,
            workers=pool_size(order.processes),
            timeout_s=order.timeout_s,
            cadence=order.cadence,
            on_progress=progress if order.cadence == OFTEN else None,
        )


@flow(name="extract", task_runner=task_runner(load_settings()))
def extract(workers: Workers | None = None, retry: bool = False) -> ExtractReport:
    """Measure tempo, key, loudness, quality, fingerprint and tags of new tracks.

    Args:
        workers: Processes of each batch; all cores when unset.
        retry: Try files again that are in quarantine.
    """
    settings = load_settings()
    home = settings.home_layout()
    todo = pending(home, retry=retry)
    report = ExtractReport()
    if todo:
        places = slots(settings, workers)
        size = places.batch_size(len(todo), settings.batch_files)
        batches = [todo[start : start + size] for start in range(0, len(todo), size)]
        cadence = OFTEN if settings.task_runner == "local" else SELDOM
        order = Order(home.place, places.processes, settings.file_timeout_s, cadence)
        with reserved(settings, places):
            futures = [
                extract_one_batch.submit(f"{i + 1} of {len(batches)}", batch, order)
                for i, batch in enumerate(batches)
            ]
        _follow(futures, batches, shown=cadence == SELDOM)
        report = reduce(add, (future.result() for future in futures), ExtractReport())
        show(home)
    counts_artifact("extract", report.counts())
    tell_growth(settings)
    return report


def _follow(futures: Sequence[Any], batches: Sequence[Sequence[Any]], *, shown: bool) -> None:
    """Wait for all, and show how many tracks are done where the batches don't by themselves."""
    sizes = {future.task_run_id: len(batch) for future, batch in zip(futures, batches, strict=True)}
    done, total = 0, sum(sizes.values())
    with run_progress() as report:
        for future in as_completed(list(futures)):
            done += sizes[future.task_run_id]
            if shown:
                report(Progress("extract", done, total, f"{len(batches)} batches"))
