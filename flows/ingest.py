"""Flow ``ingest``: bring every source's new files into the catalog."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from prefect import flow, task
from pydantic import Field

from data_catalog.ingestion.ingest import IngestReport
from data_catalog.ingestion.ingest import ingest as ingest_source
from data_catalog.sources import SourceUnavailable, resolve_source
from flows.artifacts import counts_artifact, run_progress
from flows.settings import load_settings

Sources = Annotated[
    list[str],
    Field(
        description="A path, s3://…, debian:PACKAGE, archive:COLLECTION, jamendo:QUERY, fma:FOLDER",
    ),
]


@dataclass(frozen=True)
class Ingested:
    """What each source brought, and why a source could not be read."""

    reports: dict[str, IngestReport] = field(default_factory=dict)
    unavailable: dict[str, str] = field(default_factory=dict)


@task(task_run_name="ingest {spec}", retries=2, retry_delay_seconds=10, persist_result=False)
def ingest_one(
    spec: str, licence: str | None, artist: str | None, copy_files: bool
) -> IngestReport | str:
    """One source: what it brought, or the reason why it is unavailable.

    What it had already brought is skipped, so a retry goes on where it stopped.
    """
    settings = load_settings()
    home = settings.home_layout()
    try:
        source = resolve_source(
            spec, home, settings.source_options(), licence=licence, artist=artist, copy=copy_files
        )
        with run_progress() as progress:
            return ingest_source(home, source, on_progress=progress)
    except SourceUnavailable as error:
        return str(error)


@flow(name="ingest")
def ingest(
    sources: Sources,
    licence: str | None = None,
    artist: str | None = None,
    copy_files: bool = False,
) -> Ingested:
    """Bring music into the catalog. A second run reads only what changed.

    A source that is unavailable is reported and does not stop the others. Raises
    ``SourceUnavailable`` with each reason when all of them are.

    Args:
        sources: What to ingest, in this order.
        licence: Licence of everything in a folder source, as SPDX identifier or URL.
        artist: Artist of files without a tag.
        copy_files: Copy a folder's files into the home instead of referencing them.
    """
    result = Ingested()
    for spec in sources:
        outcome = ingest_one(spec, licence, artist, copy_files)
        if isinstance(outcome, str):
            result.unavailable[spec] = outcome
        else:
            result.reports[spec] = outcome
            counts_artifact("ingest", outcome.counts())
    if result.unavailable and not result.reports:
        raise SourceUnavailable("; ".join(result.unavailable.values()))
    return result
