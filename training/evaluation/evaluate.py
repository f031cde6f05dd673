"""How well any engine does what it is asked, and how near its music is to the reference.

The engine comes as a function from an order to audio, so this module knows none of them. An
evaluation is a folder: the clips, ``evaluation.json`` and ``index.html`` with players and plots.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_catalog.home import Home
from data_catalog.models import production
from data_catalog.snapshots.snapshot import load_snapshot
from features.errors import ShiroaError
from features.extract import hear_file
from features.progress import Progress
from features.tagger.tagging import TAG_NAMES
from training.classifier.file import load_classifier
from training.classifier.model import ModelFileError
from training.classifier.train import KIND
from training.distance import frechet_unbiased, kernel_distance, tag_divergence
from training.evaluation.clap import Clap, ClapMissing, absent, clap_scores, load_clap
from training.evaluation.clips import Clip, Generate, grid, key_right, make_clips, tempo_right
from training.evaluation.reference import Reference, likenesses, load_reference
from training.evaluation.report import write_page
from training.record import code_version, environment

JSON_NAME: Final = "evaluation.json"
_MEBIBYTE: Final = 2**20
_Z_95: Final = 1.96


class EvaluationError(ShiroaError, ValueError):
    """An evaluation that can't be made; the message says why."""


@dataclass(frozen=True)
class EvaluationConfig:
    """``model`` names the engine in reports. ``clips`` and ``duration_s`` define the fixed grid.

    ``clap`` is a folder or hub id of weights for the CLAP score; None takes the usual ones where
    they are on this machine and does without where they are not.
    """

    model: str
    snapshot: str
    clips: int = 24
    duration_s: float = 20.0
    clap: str | None = None

    def __post_init__(self) -> None:
        if self.clips < 1:
            raise EvaluationError(f"clips={self.clips}: must be 1 or more")
        if not 5 <= self.duration_s <= 300:
            raise EvaluationError(f"duration_s={self.duration_s}: must be 5-300 s")


@dataclass(frozen=True)
class Evaluation:
    """``figures`` is what ``evaluation.json`` in ``folder`` holds; ``page`` shows it."""

    folder: Path
    page: Path
    figures: dict[str, Any]


def evaluate(
    home: Home,
    config: EvaluationConfig,
    generate: Generate,
    *,
    folder: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Make the grid's clips with ``generate``, measure them, and write the report.

    ``folder`` is below the home by default. Raises ``SnapshotError`` for an unknown snapshot and
    ``ClapMissing`` for weights that were asked for and are not here; what ``generate`` raises
    passes through.
    """
    snapshot = load_snapshot(home, config.snapshot)
    judge = load_clap(config.clap) if config.clap else None
    now = datetime.now(UTC)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", config.model)
    folder = folder or home.root / "evaluations" / f"{name}-{now:%Y%m%d-%H%M%S}"
    clips: list[Clip] = []
    orders = grid(config.clips, config.duration_s)
    for clip in make_clips(generate, orders, folder, home.cache):
        clips.append(clip)
        if on_progress:
            note = f"{clip.order.genre}, {clip.order.tempo_bpm:.0f} BPM, {clip.order.key}"
            on_progress(Progress("evaluate", len(clips), len(orders), note))
    reference = load_reference(home, snapshot)
    figures = {
        "model": config.model,
        "created_at": now.isoformat(),
        "code_version": code_version(),
        "environment": environment(),
        "config": asdict(config),
        "snapshot_digest": snapshot.digest,
        "adherence": _adherence(home, clips),
        "distance": _distance(reference, clips),
        "clap": _clap(judge, clips),
        "defects": _defects(clips),
        "memorised": likenesses(reference, clips),
        "speed": _speed(clips),
        "clips": [clip.record() for clip in clips],
    }
    (folder / JSON_NAME).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return Evaluation(folder, write_page(folder, [(folder, figures)]), figures)


def compare_evaluations(first: Path, second: Path, page_folder: Path) -> Path:
    """A page with two evaluations side by side, the same order in the same row.

    ``first`` and ``second`` are their folders. Raises ``EvaluationError`` when they are none, or
    did not use the same grid.
    """
    found = []
    for folder in (first, second):
        try:
            found.append((folder, json.loads((folder / JSON_NAME).read_text(encoding="utf-8"))))
        except (OSError, ValueError) as error:
            raise EvaluationError(f"{folder}: holds no evaluation ({error})") from error
    grids = [(one["config"]["clips"], one["config"]["duration_s"]) for _, one in found]
    if grids[0] != grids[1]:
        raise EvaluationError(
            f"clips and duration are {grids[0]} and {grids[1]}: evaluate both models alike"
        )
    page_folder.mkdir(parents=True, exist_ok=True)
    return write_page(page_folder, found)


def _adherence(home: Home, clips: Sequence[Clip]) -> dict[str, Any]:
    """Share of clips that do what was asked, with 95% intervals."""
    found = {
        "tempo": [tempo_right(clip) for clip in clips],
        "key": [key_right(clip) for clip in clips],
        **_style(home, clips),
    }
    return {name: _share(right) if right else None for name, right in found.items()}


def _share(right: Sequence[bool]) -> dict[str, float]:
    """With Wilson's interval (1927), which stays wide where two of two clips are right."""
    n, share = len(right), sum(right) / len(right)
    spread = _Z_95 * math.sqrt(share * (1 - share) / n + _Z_95**2 / (4 * n**2))
    centre, scale = share + _Z_95**2 / (2 * n), 1 + _Z_95**2 / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return {"value": share, "low": max(0.0, low), "high": min(1.0, high)}


def _style(home: Home, clips: Sequence[Clip]) -> dict[str, list[bool] | None]:
    """Whether the production classifier hears the genre and mood asked for.

    None without one, or when it or the extractor is of another version.
    """
    serving = production(home, KIND)
    heard: dict[str, list[bool] | None] = {"genre": None, "mood": None}
    readable = [clip.features for clip in clips if clip.features and clip.features.tags]
    if serving is None or len(readable) < len(clips):
        return heard
    try:
        classifier = load_classifier(home.models / serving.model_id)
    except ModelFileError:
        return heard
    parts = [np.stack([f.descriptors for f in readable])]
    if classifier.embedding_size:
        parts.insert(0, np.stack([f.tags.embedding for f in readable if f.tags]))
    if classifier.network is not None:
        windows = [hear_file(clip.path) for clip in clips]
        parts.insert(0, classifier.network.log_odds(windows))
    inputs = np.nan_to_num(np.concatenate(parts, axis=1), posinf=0, neginf=0)
    if inputs.shape[1] != classifier.width:
        return heard
    for field, p in classifier.probabilities(inputs).items():
        words = classifier.fields[field].words
        best = [words[place] for place in p.argmax(axis=1)]
        heard[field] = [
            word == getattr(clip.order, field) for word, clip in zip(best, clips, strict=True)
        ]
    return heard


def _distance(reference: Reference, clips: Sequence[Clip]) -> dict[str, Any] | None:
    """Distances to the reference; None where either side has no embedding."""
    tagged = [clip.features.tags for clip in clips if clip.features and clip.features.tags]
    if not tagged or not len(reference.embeddings):
        return None
    made = np.stack([tags.embedding for tags in tagged]).astype(float)
    made_tags = np.array([[tags.probabilities[name] for name in TAG_NAMES] for tags in tagged])
    figures = {
        "frechet": frechet_unbiased(made, reference.embeddings),
        "kernel": kernel_distance(made, reference.embeddings),
        "tag_kl": tag_divergence(made_tags, reference.tags),
    }
    finite = {name: v if np.isfinite(v) else None for name, v in figures.items()}
    return finite | {"clips": len(made), "tracks": len(reference.embeddings)}


def _clap(judge: Clap | None, clips: Sequence[Clip]) -> dict[str, Any]:
    """The CLAP score, or why there is none."""
    try:
        return clap_scores(judge or load_clap(), clips)
    except ClapMissing as missing:
        return absent(str(missing))


def _defects(clips: Sequence[Clip]) -> dict[str, Any]:
    """How many clips have each fault."""
    faults: dict[str, int] = {}
    for clip in clips:
        found = set(clip.features.quality.verdicts) if clip.features else {"unreadable"}
        if clip.stuck_share > 0.25:
            found.add("stuck")
        for fault in found:
            faults[fault] = faults.get(fault, 0) + 1
    return {"clips": len(clips), "faults": dict(sorted(faults.items()))}


def _speed(clips: Sequence[Clip]) -> dict[str, float | None]:
    """Seconds of music for each second of work, and the most memory this process ever held."""
    music = sum(clip.order.duration_s for clip in clips)
    work = sum(clip.seconds for clip in clips)
    return {
        "realtime": round(music / max(work, 1e-9), 3),
        "seconds": round(work, 2),
        "peak_mib": _peak_mib(),
    }


def _peak_mib() -> float | None:
    """None on Windows, which does not say."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * unit / _MEBIBYTE, 1)
