"""Flows ``train-classifier`` and ``finetune-musicgen``."""

from __future__ import annotations

from typing import Annotated

from prefect import flow, task
from pydantic import Field

from flows.artifacts import report_artifact, run_progress
from flows.commands.context import metrics_line
from flows.settings import load_settings
from training.model import TrainedModel

SnapshotName = Annotated[str, Field(min_length=1, description="Snapshot to train on")]
Seed = Annotated[int, Field(ge=0, description="Seed of weights, order and dropout")]
Steps = Annotated[int, Field(ge=1, le=1_000_000, description="Optimizer steps")]


@task(persist_result=False, tags=["training"])
def fit_classifier(snapshot: str, seed: int) -> TrainedModel:
    """Train the classifier and register it as a candidate."""
    from training.classifier import ClassifierConfig
    from training.classifier import train_classifier as train

    with run_progress() as progress:
        return train(
            load_settings().home_layout(), ClassifierConfig(snapshot=snapshot, seed=seed), progress
        )


@task(persist_result=False)
def label_catalog(model_id: str) -> int:
    """Let the classifier label every track; people's and sources' labels stay above."""
    from training.classifier import label_tracks

    return label_tracks(load_settings().home_layout(), model_id)


@flow(name="train-classifier")
def train_classifier(snapshot: SnapshotName, seed: Seed = 0) -> TrainedModel:
    """Train the genre and mood classifier on a snapshot and label the catalog with it.

    Args:
        snapshot: Name of a frozen snapshot.
        seed: The same seed gives the same model.
    """
    trained = fit_classifier(snapshot, seed)
    labels = label_catalog(trained.model_id)
    report_artifact(
        "classifier",
        f"`{trained.model_id}` on `{snapshot}`: {metrics_line(trained.metrics)}; {labels} labels",
    )
    return trained


@task(persist_result=False, tags=["training"])
def fit_musicgen(snapshot: str, base: str, steps: int, seed: int) -> TrainedModel:
    """Fine-tune and register the adapter as a candidate."""
    from training.musicgen import MusicgenConfig
    from training.musicgen import finetune_musicgen as finetune

    config = MusicgenConfig(snapshot=snapshot, base=base, steps=steps, seed=seed)
    with run_progress() as progress:
        return finetune(load_settings().home_layout(), config, progress)


@flow(name="finetune-musicgen")
def finetune_musicgen(
    snapshot: SnapshotName,
    base: str = "facebook/musicgen-small",
    steps: Steps = 500,
    seed: Seed = 0,
) -> TrainedModel:
    """Fine-tune MusicGen with LoRA on a snapshot.

    Args:
        snapshot: Name of a frozen snapshot.
        base: tiny, a folder with weights, or a hub name. facebook/* weights are CC BY-NC 4.0.
        steps: Optimizer steps.
        seed: The same seed gives the same run.
    """
    trained = fit_musicgen(snapshot, base, steps, seed)
    report_artifact("musicgen", f"`{trained.model_id}`: {metrics_line(trained.metrics)}")
    return trained
