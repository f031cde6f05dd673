"""Flows ``train-classifier`` and ``finetune-musicgen``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, Literal

from prefect import flow, get_run_logger, task
from prefect.concurrency.sync import concurrency
from prefect.settings import PREFECT_API_URL
from pydantic import Field

from flows.artifacts import report_artifact, run_progress
from flows.console import metrics_line
from flows.newest import NEWEST, snapshot_named
from flows.settings import load_settings
from training.classifier.label import Labelling
from training.classifier.train import Stage as StageName
from training.model import TrainedModel
from training.musicgen.config import MusicgenConfig

TRAINING: Final = "training"
"""The limit that trainings share: one at a time once `shiroa flows` has set it."""

LEASE_S: Final = 60.0
"""A training that was killed holds up the next one no longer than this."""

SnapshotName = Annotated[str, Field(min_length=1, description="Snapshot to train on")]
Seed = Annotated[int, Field(ge=0, description="Seed of weights, order and dropout")]
Stage = Annotated[
    StageName,
    Field(description="features: what was extracted; mel: also the audio itself, better on a GPU"),
]
Method = Literal["lora", "dora", "full"]
Positive = Annotated[int, Field(ge=1, description="One or more")]
WindowLength = Annotated[float, Field(ge=0.5, description="Seconds")]
Steps = Annotated[int, Field(ge=1, le=1_000_000, description="Optimizer steps")]


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for other trainings of the same Prefect server; a command without one waits for none."""
    if PREFECT_API_URL.value() is None:
        yield
        return
    with concurrency(TRAINING, lease_duration=LEASE_S):
        yield


@task(persist_result=False)
def fit_classifier(snapshot: str, seed: int, stage: Stage) -> TrainedModel:
    """Train the classifier and register it as a candidate."""
    from training.classifier.train import ClassifierConfig
    from training.classifier.train import train_classifier as train

    with one_at_a_time(), run_progress() as progress:
        config = ClassifierConfig(snapshot=snapshot, seed=seed, stage=stage)
        return train(load_settings().home_layout(), config, progress)


@task(persist_result=False)
def label_catalog(model_id: str) -> Labelling:
    """Let the classifier label every track; people's and sources' labels stay above."""
    from training.classifier.label import label_tracks

    with run_progress() as progress:
        return label_tracks(load_settings().home_layout(), model_id, progress)


@flow(name="train-classifier")
def train_classifier(
    snapshot: SnapshotName = NEWEST, seed: Seed = 0, stage: Stage = "features"
) -> TrainedModel:
    """Train the genre and mood classifier on a snapshot and label the catalog with it.

    Args:
        snapshot: Name of a frozen snapshot, or (newest).
        seed: The same seed gives the same model.
        stage: What it hears: extracted features alone, or the tracks' audio beside them.
    """
    snapshot = snapshot_named(load_settings().home_layout(), snapshot)
    trained = fit_classifier(snapshot, seed, stage)
    labelling = label_catalog(trained.model_id)
    told = f"`{trained.model_id}` on `{snapshot}`: {metrics_line(trained.metrics)}"
    told += f"; {labelling.added} labels"
    if labelling.warning:
        told += f"\n\n{labelling.warning}"
        get_run_logger().warning(labelling.warning)
    report_artifact("classifier", told)
    return trained


@task(persist_result=False)
def fit_musicgen(config: MusicgenConfig) -> TrainedModel:
    """Fine-tune and register the adapter as a candidate."""
    from training.musicgen.finetune import finetune_musicgen as finetune

    with one_at_a_time(), run_progress() as progress:
        return finetune(load_settings().home_layout(), config, progress)


@flow(name="finetune-musicgen")
def finetune_musicgen(
    snapshot: SnapshotName = NEWEST,
    base: str = "facebook/musicgen-small",
    method: Method = "lora",
    steps: Steps = 500,
    captions: str | None = None,
    instrumental: bool = False,
    batch: Positive = 8,
    micro_batch: Positive | None = None,
    window: WindowLength | None = None,
    layers: Positive | None = None,
    gradient_checkpointing: bool = False,
    seed: Seed = 0,
) -> TrainedModel:
    """Fine-tune MusicGen on a snapshot.

    Args:
        snapshot: Name of a frozen snapshot, or (newest).
        base: tiny, a folder with weights, or a hub name. facebook/* weights are CC BY-NC 4.0.
        method: Adapters of low rank, the same with magnitudes, or all weights.
        steps: Optimizer steps.
        captions: CSV or Parquet file with track_id and description: free text to learn.
        instrumental: Leave out tracks whose tags tell of voices.
        batch: Windows in one step.
        micro_batch: Windows in memory at a time; all of a step when unset.
        window: Length of a window in seconds; 30 when unset, or 5 for the tiny base.
        layers: Train the last so many layers alone, for less time and memory; all when unset.
        gradient_checkpointing: Less memory for more time.
        seed: The same seed gives the same run.
    """
    config = MusicgenConfig(
        snapshot=snapshot_named(load_settings().home_layout(), snapshot),
        base=base,
        method=method,
        steps=steps,
        captions=captions,
        instrumental=instrumental,
        batch=batch,
        micro_batch=micro_batch,
        window_s=window,
        layers=layers,
        gradient_checkpointing=gradient_checkpointing,
        seed=seed,
    )
    trained = fit_musicgen(config)
    report_artifact("musicgen", f"`{trained.model_id}`: {metrics_line(trained.metrics)}")
    return trained
