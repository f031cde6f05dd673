"""The deployments that a team starts from the Prefect UI, and their schedules."""

from __future__ import annotations

from typing import cast

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment

from flows.curate import curate
from flows.extract import extract
from flows.ingest import ingest
from flows.pipeline import pipeline
from flows.publish import publish
from flows.settings import Settings
from flows.train import finetune_musicgen, train_classifier

NIGHTLY = "0 2 * * *"


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """Every flow with its schedule and limits. A pipeline or a training never runs twice at once.

    The nightly pipeline runs over the sources in ``SHIROA_SOURCES``, and is paused without any.
    """
    one = ConcurrencyLimitConfig(limit=1)
    nightly = {"sources": settings.sources, "policy": settings.policy}
    made = [
        ingest.to_deployment("ingest"),
        extract.to_deployment("extract"),
        curate.to_deployment("curate", parameters={"policy": settings.policy}),
        train_classifier.to_deployment("train-classifier", concurrency_limit=one),
        finetune_musicgen.to_deployment("finetune-musicgen", concurrency_limit=one),
        publish.to_deployment("publish"),
        pipeline.to_deployment(
            "pipeline",
            cron=NIGHTLY,
            paused=not settings.sources,
            parameters=nightly,
            concurrency_limit=one,
        ),
    ]
    return cast(list[RunnerDeployment], made)


def serve_deployments(settings: Settings) -> None:
    """Serve every deployment until interrupted."""
    serve(*deployments(settings))
