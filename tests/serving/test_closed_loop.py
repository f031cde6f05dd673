"""Strict mode: the best of several candidates, and small errors corrected."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from serving.engines.base import OnProgress, Rendering, Request
from serving.piece.closed_loop import candidate_seed, choose
from serving.schemas import Asked
from tests.serving.stand_ins import SAMPLE_RATE, ClickEngine, clicks


class OffTempoEngine(ClickEngine):
    """Plays at `ratio` times the tempo asked for, unless the seed is the lucky one."""

    def __init__(self, ratio: float, lucky: int | None = None):
        super().__init__()
        self.ratio, self.lucky = ratio, lucky

    def generate(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        assert request.tempo_bpm is not None
        ratio = 1.0 if request.seed == self.lucky else self.ratio
        y = clicks(request.tempo_bpm * ratio, request.duration_s, request.seed)
        return Rendering(y, SAMPLE_RATE, stems={"clicks": y})


REQUEST = Request("pop", tempo_bpm=100.0, duration_s=15.0, seed=3)
ASKED = Asked(genre="pop", tempo_bpm=100.0, duration_s=15.0)


def choose_from(engine: ClickEngine, *, strict: bool, asked: Asked = ASKED):  # type: ignore[no-untyped-def]
    return choose(engine, REQUEST, asked, lambda d, s: None, lambda: False, strict=strict)


def test_without_strict_the_first_rendering_is_the_answer() -> None:
    chosen = choose_from(OffTempoEngine(1.07), strict=False)
    assert chosen.corrections == []
    assert chosen.measured.tempo_bpm == pytest.approx(107, rel=0.01)


def test_strict_keeps_the_candidate_that_measures_as_asked() -> None:
    lucky = candidate_seed(REQUEST.seed, 2)
    chosen = choose_from(OffTempoEngine(1.3, lucky=lucky), strict=True)
    assert chosen.corrections == [f"candidate 3 of 4, seed {lucky}"]
    assert chosen.measured.tempo_bpm == pytest.approx(100, rel=0.01)


def test_strict_corrects_a_small_tempo_error_and_says_so() -> None:
    chosen = choose_from(OffTempoEngine(1.07), strict=True)
    assert chosen.measured.tempo_bpm == pytest.approx(100, rel=0.02)
    assert any("pitch kept" in note for note in chosen.corrections)
    assert chosen.rendering.stems["clicks"].shape == chosen.rendering.audio.shape


def test_strict_transposes_a_near_key() -> None:
    asked = Asked(genre="pop", key="A# minor", duration_s=15.0)
    chosen = choose_from(OffTempoEngine(1.0), strict=True, asked=asked)
    assert chosen.measured.key == "A# minor"
    assert chosen.corrections[-1] == "transposed by +1 semitones, tempo kept"


def test_large_errors_are_left_alone_and_reported() -> None:
    chosen = choose_from(OffTempoEngine(1.4), strict=True)
    assert chosen.measured.tempo_bpm == pytest.approx(140, rel=0.01)
    assert not any("kept" in note for note in chosen.corrections)
    assert np.abs(chosen.rendering.audio).max() <= 1
