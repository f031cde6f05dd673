"""The deployments that a team starts from the Prefect UI, and their schedules."""

from __future__ import annotations

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig

from flows.curate import curate
from flows.extract import extract
from flows.ingest import ingest
from flows.pipeline import pipeline
from flows.publish import publish
from flows.settings import Settings
from flows.train import finetune_musicgen, train_classifier

NIGHTLY = "0 2 * * *"


def serve_deployments(settings: Settings) -> None:
    """Serve every flow until interrupted. Runs of ``pipeline`` and training wait for each other.

    The nightly pipeline runs over the sources in ``SHIROA_SOURCES`` and is paused without any.
    """
    one_at_a_time = ConcurrencyLimitConfig(limit=1)
    serve(
        ingest.to_deployment("ingest"),
        extract.to_deployment("extract"),
        curate.to_deployment("curate", parameters={"policy": settings.policy}),
        train_classifier.to_deployment("train-classifier", concurrency_limit=one_at_a_time),
        finetune_musicgen.to_deployment("finetune-musicgen", concurrency_limit=one_at_a_time),
        publish.to_deployment("publish"),
        pipeline.to_deployment(
            "pipeline",
            cron=NIGHTLY,
            paused=not settings.sources,
            parameters={"sources": settings.sources, "policy": settings.policy},
            concurrency_limit=one_at_a_time,
        ),
    )
