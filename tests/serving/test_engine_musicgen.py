"""The MusicGen engine on a tiny base: its own loop answers as the library's model does."""

import numpy as np
import pytest
import torch

from features.musicgen import MusicLM
from serving.engines.base import Cancelled, Engine, EngineError, Request
from serving.engines.musicgen import MusicgenEngine
from serving.engines.musicgen_decoder import StepDecoder
from tests.musicgen_home import tiny_base

REQUEST = Request("jazz", tempo_bpm=92, key="F minor", duration_s=1.0, seed=3)


def ignore_progress(done, stage):
    pass


def never():
    return False


@pytest.fixture(scope="module")
def engine():
    return MusicgenEngine(tiny_base())


def test_it_follows_the_engine_protocol(engine):
    assert isinstance(engine, Engine)
    assert (engine.licence, engine.commercial_use) == ("CC0-1.0", True)


def test_the_audio_has_the_length_that_was_asked(engine):
    rendering = engine.generate(REQUEST, ignore_progress, never)
    assert rendering.audio.shape == (32_000, 1)
    assert rendering.audio.dtype == np.float32
    assert rendering.truth["caption"] == "jazz, 92 BPM, F minor"


def test_the_seed_decides(engine):
    def made(seed):
        request = Request("jazz", duration_s=0.5, seed=seed)
        return engine.generate(request, ignore_progress, never).audio

    assert np.array_equal(made(1), made(1))
    assert not np.array_equal(made(1), made(2))


def test_progress_rises_to_one(engine):
    told = []
    engine.generate(REQUEST, lambda done, stage: told.append(done), never)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_it_stops_when_cancelled(engine):
    with pytest.raises(Cancelled):
        engine.generate(REQUEST, ignore_progress, lambda: True)


def test_too_long_a_request_is_refused_with_the_limit(engine):
    with pytest.raises(EngineError, match="at most 30 s"):
        engine.generate(Request("jazz", duration_s=31), ignore_progress, never)


def test_an_adapter_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EngineError, match=r"no meta\.json"):
        MusicgenEngine(tiny_base(), tmp_path)


@torch.inference_mode()
def test_each_step_scores_as_the_library_does():
    lm = MusicLM.load(tiny_base())
    condition = lm.condition(["calm jazz, 92 BPM", "rock", ""])
    inputs = torch.randint(0, lm.vocabulary, (3, lm.codebooks, 12))
    inputs[..., 0] = lm.pad_id
    expected = lm.logits(inputs, condition)
    state = StepDecoder(lm.model.decoder).start(condition, 12)
    for step in range(12):
        scores = state.step(inputs[..., step])
        torch.testing.assert_close(scores, expected[:, :, step], atol=1e-4, rtol=1e-4)
