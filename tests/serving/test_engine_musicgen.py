"""The MusicGen engine on a tiny base: its own loop answers as the library's model does."""

import numpy as np
import pytest
import torch

from features.musicgen import sampling as musicgen_sampling
from features.musicgen.codec import undo_delay
from features.musicgen.decoder import StepDecoder
from features.musicgen.language_model import MusicLM
from features.musicgen.sampling import Sampling, generate_codes
from serving.engines.base import Cancelled, Engine, EngineError, Request
from serving.engines.musicgen import MusicgenEngine
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


def test_the_audio_has_the_length_that_was_asked_and_progress_rises_to_one(engine):
    told = []
    rendering = engine.generate(REQUEST, lambda done, stage: told.append(done), never)
    assert rendering.audio.shape == (32_000, 1)
    assert rendering.audio.dtype == np.float32
    assert rendering.truth["caption"] == "jazz, 92 BPM, F minor"
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_the_seed_decides(engine):
    def made(seed):
        request = Request("jazz", duration_s=0.2, seed=seed)
        return engine.generate(request, ignore_progress, never).audio

    first = made(1)
    assert np.array_equal(made(1), first)
    assert not np.array_equal(made(2), first)


def test_it_stops_when_cancelled(engine):
    with pytest.raises(Cancelled):
        engine.generate(REQUEST, ignore_progress, lambda: True)


def test_too_long_a_request_is_refused_with_the_limit(engine):
    with pytest.raises(EngineError, match="at most 300 s"):
        engine.generate(Request("jazz", duration_s=301), ignore_progress, never)


def test_an_adapter_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EngineError, match=r"no meta\.json"):
        MusicgenEngine(tiny_base(), tmp_path)


@pytest.fixture(scope="module")
def lm():
    return MusicLM.load(tiny_base())


def some_codes(lm, steps, rows=3):
    codes = torch.randint(0, lm.vocabulary, (rows, lm.codebooks, steps))
    codes[..., 0] = lm.pad_id
    return codes


@torch.inference_mode()
def test_each_step_scores_as_the_library_does(lm):
    condition = lm.condition(["calm jazz, 92 BPM", "rock", ""])
    codes = some_codes(lm, 12)
    expected = lm.logits(codes, condition)
    state = StepDecoder(lm.model.decoder).start(condition, 12)
    for step in range(12):
        scores = state.read(codes[..., step : step + 1])
        torch.testing.assert_close(scores, expected[:, :, step], atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_a_prompt_is_read_at_once_as_step_by_step(lm):
    condition = lm.condition(["rock", "jazz", ""])
    codes = some_codes(lm, 9)
    state = StepDecoder(lm.model.decoder).start(condition, 10)
    state.read(codes[..., :8])
    expected = lm.logits(codes, condition)[:, :, 8]
    torch.testing.assert_close(state.read(codes[..., 8:]), expected, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_int8_stays_close(lm):
    condition = lm.condition(["rock", "jazz", ""])
    codes = some_codes(lm, 20)
    exact, rounded = (
        StepDecoder(lm.model.decoder, precision).start(condition, 20).read(codes)
        for precision in ("float32", "int8")
    )
    assert ((exact - rounded).norm() / exact.norm()).item() < 0.05


def test_the_stream_is_the_piece(engine):
    request = Request("jazz", duration_s=1.5, seed=4)
    pieces = list(engine.stream(request, never))
    codes = generate_codes(engine.lm, engine.decoder, "jazz", 75, Sampling(4))
    assert [len(piece) for piece in pieces] == [32_000, 16_000]
    np.testing.assert_allclose(np.concatenate(pieces), engine.lm.codec.decode(codes), atol=1e-4)


def test_a_long_piece_goes_on_from_its_last_seconds(lm, monkeypatch):
    """With windows of 40 frames, every piece of 100 is one of 40 and three that go on by 20."""
    monkeypatch.setattr(musicgen_sampling, "WINDOW_FRAMES", 40)
    monkeypatch.setattr(musicgen_sampling, "OVERLAP_FRAMES", 20)
    decoder = StepDecoder(lm.model.decoder)
    codes = generate_codes(lm, decoder, "jazz", 100, Sampling(1))
    assert codes.shape == (4, 100)
    assert codes.max() < lm.vocabulary
    first = generate_codes(lm, decoder, "jazz", 40, Sampling(1))
    assert np.array_equal(codes[:, :40], first)


@torch.inference_mode()
def test_greedy_codes_are_the_librarys(lm):
    """Drawn from one candidate without guidance, the loop is the library's greedy search."""
    frames = 12
    start = torch.full((4, 1), lm.pad_id)
    ids, pattern = lm.model.decoder.build_delay_pattern_mask(start, lm.pad_id, frames + 4)
    hidden = lm.condition(["jazz"])
    for _ in range(frames + 3):
        shown = lm.model.decoder.apply_delay_pattern_mask(ids, pattern)
        scores = lm.logits(shown[None], hidden)[0, :, -1]
        ids = torch.cat([shown, scores.argmax(-1)[:, None]], dim=1)
    expected = undo_delay(lm.model.decoder.apply_delay_pattern_mask(ids, pattern)[:, 1:].numpy())
    ours = generate_codes(
        lm, StepDecoder(lm.model.decoder), "jazz", frames, Sampling(0, guidance=1, top_k=1)
    )
    assert np.array_equal(ours, expected)
