"""Flow ``extract``: measure every track that has no features of the current version."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Annotated

from prefect import flow, task
from prefect.futures import wait
from pydantic import Field

from data_catalog.extraction import ExtractReport, PendingTrack, extract_batch, pending
from flows.artifacts import counts_artifact, run_progress
from flows.growth import tell_growth
from flows.runner import task_runner
from flows.settings import load_settings

Workers = Annotated[int, Field(ge=1, le=512, description="Processes of each batch")]


@task(task_run_name="extract {name}", retries=2, retry_delay_seconds=5, persist_result=False)
def extract_one_batch(name: str, batch: list[PendingTrack], workers: int) -> ExtractReport:
    """One batch, in a pool of processes; a retry measures only what is not yet recorded."""
    settings = load_settings()
    with run_progress() as progress:
        return extract_batch(
            settings.home_layout(),
            batch,
            workers=workers,
            timeout_s=settings.file_timeout_s,
            on_progress=progress,
        )


@flow(name="extract", task_runner=task_runner(load_settings().task_runner))
def extract(workers: Workers | None = None, retry: bool = False) -> ExtractReport:
    """Measure tempo, key, loudness, quality, fingerprint and tags of new tracks.

    Args:
        workers: Processes of each batch; all cores when unset.
        retry: Try files again that are in quarantine.
    """
    settings = load_settings()
    todo = pending(settings.home_layout(), retry=retry)
    batches = [
        todo[start : start + settings.batch_files]
        for start in range(0, len(todo), settings.batch_files)
    ]
    futures = [
        extract_one_batch.submit(f"{i + 1} of {len(batches)}", batch, workers or settings.workers)
        for i, batch in enumerate(batches)
    ]
    wait(futures)
    report = reduce(add, (future.result() for future in futures), ExtractReport())
    counts_artifact("extract", report.counts())
    tell_growth(settings)
    return report
