"""Flow ``ingest``: bring every source's new files into the catalog."""

from __future__ import annotations

from typing import Annotated

from prefect import flow, task
from pydantic import Field

from data_catalog.ingest import IngestReport
from data_catalog.ingest import ingest as ingest_source
from data_catalog.sources import resolve_source
from flows.artifacts import counts_artifact, run_progress
from flows.settings import load_settings

Sources = Annotated[
    list[str],
    Field(
        min_length=1,
        description="Folders, s3://…, debian:PACKAGE, archive:COLLECTION, jamendo:QUERY, fma:FOLDER",
    ),
]


@task(task_run_name="ingest {spec}", retries=2, retry_delay_seconds=10, persist_result=False)
def ingest_one(spec: str, licence: str | None, artist: str | None, copy: bool) -> IngestReport:
    """One source; what it had already brought is skipped, so a retry goes on where it stopped."""
    settings = load_settings()
    home = settings.home_layout()
    source = resolve_source(spec, home, settings.source_options(), licence, artist, copy)
    with run_progress() as progress:
        return ingest_source(home, source, on_progress=progress)


@flow(name="ingest")
def ingest(
    sources: Sources,
    licence: str | None = None,
    artist: str | None = None,
    copy: bool = False,
) -> dict[str, IngestReport]:
    """Bring music into the catalog. A second run reads only what changed.

    Args:
        sources: What to ingest, in this order.
        licence: Licence of everything in a folder source, as SPDX identifier or URL.
        artist: Artist of files without a tag.
        copy: Copy a folder's files into the home instead of referencing them.
    """
    reports = {spec: ingest_one(spec, licence, artist, copy) for spec in sources}
    for report in reports.values():
        counts_artifact("ingest", report.counts())
    return reports
