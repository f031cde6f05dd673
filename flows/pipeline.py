"""Flow ``pipeline``: every stage in the order of the data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from prefect import flow

from data_catalog.curation import CurateReport
from data_catalog.extraction.extract import ExtractReport
from data_catalog.models import ModelRecord, find_trained, get
from data_catalog.snapshots.snapshot import Snapshot
from flows.curate import curate
from flows.extract import Workers, extract
from flows.ingest import Ingested, Sources, ingest
from flows.publish import publish
from flows.settings import PolicyName, Publishing, load_settings
from flows.train import Seed, Steps, finetune_musicgen, train_classifier


@dataclass
class PipelineReport:
    """What one run did, a part for each stage."""

    ingested: Ingested = field(default_factory=Ingested)
    extracted: ExtractReport = field(default_factory=ExtractReport)
    curated: CurateReport | None = None
    snapshot: Snapshot | None = None
    models: dict[str, ModelRecord] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def quarantined(self) -> int:
        """Files that this run could not use."""
        return self.extracted.quarantined + sum(
            report.quarantined for report in self.ingested.reports.values()
        )

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Keep the wall time of a stage."""
        started = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - started


@flow(name="pipeline")
def pipeline(
    sources: Sources,
    snapshot: str = "pipeline",
    policy: PolicyName = "any",
    licence: str | None = None,
    workers: Workers | None = None,
    musicgen_base: str | None = None,
    musicgen_steps: Steps = 500,
    seed: Seed = 0,
    publishing: Publishing = "ask",
) -> PipelineReport:
    """Ingest, extract, curate, freeze, train and publish; only what is new is done.

    Args:
        sources: What to ingest first; nothing means the catalog as it is.
        snapshot: Name that the snapshots of this pipeline start with.
        policy: Which licences may pass into the snapshot.
        licence: Licence of everything in a folder source.
        workers: Extraction processes; all cores when unset.
        musicgen_base: MusicGen weights to fine-tune; unset skips it.
        musicgen_steps: Optimizer steps of the fine-tuning.
        seed: Seed of both trainings.
        publishing: Ask a person about a model that passed the gate, publish it unasked, or never.
    """
    report = PipelineReport()
    if sources:
        with report.timed("ingest"):
            report.ingested = ingest(sources, licence=licence)
    with report.timed("extract"):
        report.extracted = extract(workers=workers)
    with report.timed("curate"):
        report.curated, report.snapshot = curate(policy=policy, snapshot=snapshot)
    assert report.snapshot is not None  # noqa: S101 - a name was given
    with report.timed("train-classifier"):
        _train_unless_known(report, "classifier", seed, None, 0)
    if musicgen_base is not None:
        with report.timed("finetune-musicgen"):
            _train_unless_known(report, "musicgen", seed, musicgen_base, musicgen_steps)
    if publishing != "never":
        with report.timed("publish"):
            _publish_new(report, ask=publishing == "ask")
    return report


def _train_unless_known(
    report: PipelineReport, kind: str, seed: int, base: str | None, steps: int
) -> None:
    assert report.snapshot is not None  # noqa: S101 - set before training starts
    home = load_settings().home_layout()
    known = find_trained(home, kind, report.snapshot.digest)
    if known is not None:
        report.models[kind] = known
        report.reused.append(kind)
        return
    if base is None:
        trained = train_classifier(report.snapshot.name, seed=seed)
    else:
        trained = finetune_musicgen(report.snapshot.name, base=base, steps=steps, seed=seed)
    report.models[kind] = get(home, trained.model_id)


def _publish_new(report: PipelineReport, ask: bool) -> None:
    for kind, model in report.models.items():
        if model.status != "candidate":
            continue
        state = publish(model.model_id, ask=ask, return_state=True)
        if not state.is_completed():
            report.refused[kind] = state.message or "failed; see the flow run"
