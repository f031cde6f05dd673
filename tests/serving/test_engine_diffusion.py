"""AudioLDM 2 and Stable Audio as engines, on pipelines of a few thousand weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from serving.config import ServiceConfig
from serving.engines.base import Cancelled, EngineError, Rendering, Request
from serving.engines.diffusion import DiffusionEngine
from serving.engines.registry import specs_of
from serving.piece.generate import build_engine
from tests.serving.tiny_diffusion import STABLE_AUDIO_HZ, STABLE_AUDIO_S, save_stable_audio

WISH = Request("pop", tempo_bpm=120.0, duration_s=2.0, seed=5)


@pytest.fixture(scope="module")
def stable_audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stable") / "weights"
    save_stable_audio(folder)
    return folder


@pytest.fixture(scope="module")
def engine(stable_audio: Path) -> DiffusionEngine:
    return DiffusionEngine(stable_audio, "stable-audio", steps=3)


def play(
    engine: DiffusionEngine, request: Request, cancelled: Callable[[], bool] = lambda: False
) -> tuple[Rendering, list[float]]:
    done: list[float] = []
    made = engine.generate(request, lambda fraction, stage: done.append(fraction), cancelled)
    return made, done


def test_a_service_has_the_models_it_was_given() -> None:
    config = ServiceConfig(diffusion={"stable-audio": "stabilityai/stable-audio-open-1.0"})
    specs = specs_of(config)
    assert list(specs) == ["composer", "stable-audio"]
    with pytest.raises(EngineError, match=r"hf download stabilityai/stable-audio-open-1\.0"):
        build_engine(specs["stable-audio"])


def test_it_says_what_it_is(engine: DiffusionEngine, stable_audio: Path) -> None:
    assert (engine.name, engine.licence) == ("stable-audio", "CC-BY-NC-SA-4.0")
    assert not engine.commercial_use
    assert engine.max_duration_s == STABLE_AUDIO_S
    assert engine.training_data == {"base": str(stable_audio)}


def test_audio_has_the_length_asked_for_and_is_its_seeds(engine: DiffusionEngine) -> None:
    made, done = play(engine, WISH)
    assert made.audio.shape == (2 * STABLE_AUDIO_HZ, 2)
    assert made.truth == {"caption": "pop, 120 BPM"}
    assert done == pytest.approx([0, 1 / 3, 2 / 3, 1])
    again, _ = play(engine, WISH)
    other, _ = play(engine, Request("pop", tempo_bpm=120.0, duration_s=2.0, seed=6))
    assert np.array_equal(made.audio, again.audio)
    assert not np.array_equal(made.audio, other.audio)


def test_it_stops_between_steps(engine: DiffusionEngine) -> None:
    with pytest.raises(Cancelled):
        play(engine, WISH, lambda: True)


def test_what_cannot_be_made_is_explained(engine: DiffusionEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="makes at most 20 s"):
        play(engine, Request("pop", duration_s=30.0))
    with pytest.raises(EngineError, match="holds no model_index"):
        DiffusionEngine(tmp_path)


def test_audioldm2_is_mono(tmp_path: Path) -> None:
    from tests.serving.tiny_diffusion import save_audioldm2

    save_audioldm2(tmp_path / "ldm")
    made, _ = play(DiffusionEngine(tmp_path / "ldm", "audioldm", steps=2), WISH)
    assert made.audio.shape == (2 * 16_000, 1)
    assert made.audio.std() > 0
