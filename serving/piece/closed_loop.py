"""Audio that measures as asked: draw, measure, keep the best, correct the small rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.harmony.pitch import parse_key
from serving.engines.base import Engine, OnProgress, Rendering, Request
from serving.piece.adherence import TEMPO_TOLERANCE, distance, judge, measure
from serving.schemas import Asked, Measured

__all__ = ["Chosen", "candidate_seed", "choose"]

CANDIDATES: Final = 4
LARGEST_STRETCH: Final = 0.12
LARGEST_SHIFT: Final = 2


@dataclass(frozen=True)
class Chosen:
    """The rendering to answer with, what it measures, and what was done to get it."""

    rendering: Rendering
    measured: Measured
    corrections: list[str]


def candidate_seed(seed: int, number: int) -> int:
    """Seed of the candidate of that number; candidate 0 has the request's own.

    >>> candidate_seed(7, 0)
    7
    """
    if number == 0:
        return seed
    digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def choose(
    engine: Engine,
    request: Request,
    asked: Asked,
    on_progress: OnProgress,
    cancelled: Callable[[], bool],
    *,
    strict: bool,
) -> Chosen:
    """The first rendering, or when ``strict`` the one that measures most like what was asked.

    Strict draws up to four candidates, stops at the first that is right, and else corrects the
    best one's tempo (by at most 12%) or key (by at most two semitones) where that brings it nearer.
    """
    count = CANDIDATES if strict else 1
    best: Chosen | None = None
    for number in range(count):
        seed = candidate_seed(request.seed, number)

        def advance(done: float, stage: str, number: int = number) -> None:
            words = stage if number == 0 else f"{stage}, candidate {number + 1}"
            on_progress((number + done) / count, words)

        rendering = engine.generate(replace(request, seed=seed), advance, cancelled)
        advance(1.0, "measuring")
        measured = measure(rendering.audio, rendering.sample_rate)
        note = [] if number == 0 else [f"candidate {number + 1} of {count}, seed {seed}"]
        found = Chosen(rendering, measured, note)
        if best is None or distance(asked, measured) < distance(asked, best.measured):
            best = found
        if not strict or _right(asked, measured):
            return found
    assert best is not None  # noqa: S101 - count is at least 1
    return _corrected(best, asked)


def _right(asked: Asked, measured: Measured) -> bool:
    verdict = judge(asked, measured)
    return verdict.tempo is not False and verdict.key is not False


def _corrected(best: Chosen, asked: Asked) -> Chosen:
    speed, semitones = _needed(asked, best.measured)
    if speed == 1.0 and semitones == 0:
        return best
    changed = _changed(best.rendering, speed, semitones, asked.duration_s)
    if changed is None:
        return best
    measured = measure(changed.audio, changed.sample_rate)
    if distance(asked, measured) >= distance(asked, best.measured):
        return best
    done = []
    if speed != 1.0:
        done.append(f"played {speed:.3f} times as fast, pitch kept")
    if semitones:
        done.append(f"transposed by {semitones:+d} semitones, tempo kept")
    return Chosen(changed, measured, [*best.corrections, *done])


def _needed(asked: Asked, measured: Measured) -> tuple[float, int]:
    """Speed and transposition that would make ``measured`` what was ``asked``; 1 and 0 for none."""
    speed, semitones = 1.0, 0
    if asked.tempo_bpm and measured.tempo_bpm:
        ratio = asked.tempo_bpm / measured.tempo_bpm
        if TEMPO_TOLERANCE / 2 < abs(ratio - 1) <= LARGEST_STRETCH:
            speed = ratio
    if asked.key and measured.key and asked.key != measured.key:
        (to, to_mode), (start, mode) = parse_key(asked.key), parse_key(measured.key)
        step = (to - start + 6) % 12 - 6
        if mode == to_mode and abs(step) <= LARGEST_SHIFT:
            semitones = step
    return speed, semitones


def _changed(
    rendering: Rendering, speed: float, semitones: int, duration_s: float
) -> Rendering | None:
    """The rendering at another speed and pitch; None where the stretching library is missing."""
    try:
        from python_stretch.Signalsmith import Stretch
    except ImportError:
        return None

    frames = round(duration_s * rendering.sample_rate)

    def change(y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        stretch: Any = Stretch()
        stretch.preset(y.shape[1], rendering.sample_rate)
        stretch.setTimeFactor(speed)
        stretch.setTransposeSemitones(float(semitones))
        out: npt.NDArray[np.float32] = stretch.process(np.ascontiguousarray(y.T)).T[:frames]
        return np.clip(out, -1.0, 1.0)

    return Rendering(
        audio=change(rendering.audio),
        sample_rate=rendering.sample_rate,
        stems={name: change(stem) for name, stem in rendering.stems.items()},
    )
