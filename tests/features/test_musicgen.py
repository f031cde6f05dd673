"""The language model's layout of codes, checked against the library's own forward pass."""

import numpy as np
import pytest
import torch

from features.musicgen.language_model import IGNORED, MusicLM, row_losses
from tests.musicgen_home import tiny_base


@pytest.fixture(scope="module")
def lm():
    return MusicLM.load(tiny_base())


def codes(frames, seed=0):
    return np.random.default_rng(seed).integers(0, 64, (4, frames)).astype(np.int16)


@torch.inference_mode()
def library_loss(lm, windows, texts):
    """The loss that the library computes itself from text tokens and labels."""
    tokens = lm.tokenizer(texts, padding=True, return_tensors="pt")
    labels = lm.batch(windows).labels.transpose(1, 2)
    lm.model.config.decoder.decoder_start_token_id = lm.pad_id
    return lm.model(**tokens, labels=labels.contiguous()).loss.item()


@torch.inference_mode()
def test_the_loss_is_the_librarys_own(lm):
    windows, texts = [codes(30), codes(30, 1)], ["calm jazz, 92 BPM", "rock, F# minor"]
    ours = lm.loss(lm.batch(windows), lm.condition(texts)).item()
    assert ours == pytest.approx(library_loss(lm, windows, texts), rel=1e-5)


def test_the_pattern_is_the_librarys_own(lm):
    frames = 9
    window = codes(frames)
    _, expected = lm.model.decoder.build_delay_pattern_mask(
        torch.from_numpy(np.concatenate([np.full((4, 1), lm.pad_id), window], axis=1)),
        pad_token_id=lm.pad_id,
        max_length=frames + 4,
    )
    batch = lm.batch([window])
    told = batch.inputs[0, :, 1:]
    known = expected[:, 1 : told.shape[1] + 1] != -1
    assert torch.equal(told[known], expected[:, 1 : told.shape[1] + 1][known])


@torch.inference_mode()
def test_padding_of_shorter_windows_does_not_count(lm):
    short, long = codes(20), codes(60, 1)
    condition = lm.condition(["jazz", "rock"])
    batch = lm.batch([short, long])
    together = row_losses(lm.logits(batch.inputs, condition), batch.labels)
    alone = lm.loss(lm.batch([short]), lm.condition(["jazz"]))
    assert together[0].item() == pytest.approx(alone.item(), rel=1e-4)
    assert (batch.labels[0] != IGNORED).sum() == 4 * 20


@torch.inference_mode()
def test_an_empty_caption_is_the_librarys_unconditional_state(lm):
    state = lm.model.get_unconditional_inputs(1)
    expected = lm.model(
        encoder_outputs=state.encoder_outputs,
        attention_mask=state.attention_mask,
        decoder_input_ids=lm.batch([codes(10)]).inputs[0],
    ).logits
    ours = lm.logits(lm.batch([codes(10)]).inputs, lm.condition([""]))
    torch.testing.assert_close(ours[0], expected, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_padding_of_captions_changes_nothing(lm):
    batch = lm.batch([codes(10), codes(10)])
    alone = lm.logits(batch.inputs[:1], lm.condition(["jazz"]))
    beside = lm.logits(batch.inputs, lm.condition(["jazz", "calm cinematic, 120 BPM, A minor"]))
    torch.testing.assert_close(beside[:1], alone, atol=1e-4, rtol=1e-4)
