"""An engine of the service under the evaluation of the training room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.console import Report
from flows.service import service_config
from flows.settings import Settings
from serving.engines.base import Request
from serving.engines.registry import specs_of
from serving.piece.generate import build_engine, unknown_model
from training.evaluation.clips import Order
from training.evaluation.evaluate import Evaluation, EvaluationConfig, compare_evaluations, evaluate


def evaluate_model(
    settings: Settings,
    model: str,
    snapshot: str,
    clips: int,
    duration_s: float,
    against: Path | None,
    progress: Report,
    clap: str | None = None,
) -> Evaluation:
    """Evaluate an engine by name; ``against`` adds a page beside an earlier evaluation.

    ``clap`` names weights for the CLAP score. Raises ``ShiroaError`` for an unknown engine or
    snapshot.
    """
    config = service_config(settings)
    specs = specs_of(config)
    if model not in specs:
        raise unknown_model(model, list(specs))
    engine = build_engine(specs[model])

    def generate(order: Order) -> tuple[Any, int]:
        made = engine.generate(
            Request(
                genre=order.genre,
                mood=order.mood,
                tempo_bpm=order.tempo_bpm,
                key=order.key,
                duration_s=order.duration_s,
                seed=order.seed,
            ),
            lambda done, stage: None,
            lambda: False,
        )
        return made.audio, made.sample_rate

    result = evaluate(
        settings.home_layout(),
        EvaluationConfig(model, snapshot, clips, duration_s, clap),
        generate,
        on_progress=progress,
    )
    if against is None:
        return result
    page = compare_evaluations(against, result.folder, result.folder / "compared")
    return Evaluation(result.folder, page, result.figures)
