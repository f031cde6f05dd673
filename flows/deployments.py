"""The deployments that a team starts from the Prefect UI, and their schedules."""

from __future__ import annotations

from typing import cast

from prefect import serve
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger

from flows.curate import curate
from flows.extract import extract
from flows.growth import GREW
from flows.ingest import ingest
from flows.pipeline import pipeline
from flows.publish import publish
from flows.settings import Settings
from flows.train import TRAINING, finetune_musicgen, train_classifier

NIGHTLY = "0 2 * * *"


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """Every flow with its schedule and limits. A pipeline or a training never runs twice at once.

    The nightly pipeline runs over the sources in ``SHIROA_SOURCES``, and is paused without any. It
    also runs, without ingesting, when an extraction has brought ``SHIROA_RETRAIN_AFTER`` tracks
    that are newer than the newest classifier.
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
            triggers=[_when_grown(settings)],
        ),
    ]
    return cast(list[RunnerDeployment], made)


def _when_grown(settings: Settings) -> DeploymentEventTrigger:
    return DeploymentEventTrigger(
        name="retrain-when-the-collection-grew",
        description=f"{settings.retrain_after} or more tracks are newer than the newest classifier",
        expect={GREW},
        parameters={"sources": [], "policy": settings.policy},
    )


def limit_training() -> None:
    """Let one training run at a time, of whatever kind and however it was started."""
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(TRAINING, 1)


def serve_deployments(settings: Settings) -> None:
    """Serve every deployment until interrupted."""
    limit_training()
    serve(*deployments(settings))
