"""The delay pattern and the codec, on a small EnCodec whose codebooks are filled."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from features.musicgen.codec import Codec, apply_delay, code_entropy, undo_delay

PAD = 64


@pytest.fixture(scope="module")
def codec():
    from transformers import EncodecConfig, EncodecModel

    torch.manual_seed(0)
    config = EncodecConfig(
        sampling_rate=32_000, audio_channels=1, normalize=False, use_causal_conv=False,
        num_filters=2, hidden_size=16, codebook_dim=16, codebook_size=64, num_lstm_layers=1,
        upsampling_ratios=[8, 5, 4, 4], target_bandwidths=[1.2],
    )  # fmt: skip
    model = EncodecModel(config)
    for layer in model.quantizer.layers:
        layer.codebook.embed.normal_()
    return Codec(model)


def noise(samples):
    return (0.3 * np.random.default_rng(0).standard_normal(samples)).astype(np.float32)


@given(books=st.integers(1, 6), frames=st.integers(1, 40), seed=st.integers(0, 99))
def test_undoing_the_delay_gives_the_codes_back(books, frames, seed):
    codes = np.random.default_rng(seed).integers(0, PAD, (books, frames))
    assert np.array_equal(undo_delay(apply_delay(codes, PAD)), codes)


def test_codebook_k_lags_k_steps_and_the_rest_is_padding():
    pattern = apply_delay(np.ones((4, 10), int), PAD)
    assert pattern.shape == (4, 13)
    assert [int(np.argmax(row == 1)) for row in pattern] == [0, 1, 2, 3]
    assert (pattern == PAD).sum(axis=1).tolist() == [3, 3, 3, 3]


def test_a_pattern_too_short_for_its_codebooks_is_refused():
    with pytest.raises(ValueError, match="at least 4"):
        undo_delay(np.zeros((4, 3)))


def test_a_second_of_audio_is_fifty_frames_of_four_codes(codec):
    codes = codec.encode(noise(32_000))
    assert codes.shape == (4, 50)
    assert codes.dtype == np.int16
    assert 0 <= codes.min() <= codes.max() < 64


def test_a_started_frame_counts(codec):
    assert codec.encode(noise(641)).shape == (4, 2)


def test_silence_of_no_samples_is_refused(codec):
    with pytest.raises(ValueError, match="at least one"):
        codec.encode(np.zeros(0, np.float32))


@pytest.mark.parametrize("chunk_frames", [20, 50])
def test_chunks_join_to_what_one_decode_gives(codec, chunk_frames):
    codes = codec.encode(noise(48_000))
    whole = codec.decode(codes)
    joined = np.concatenate(list(codec.decode_chunks(codes, chunk_frames)))
    assert whole.shape == (75 * 640,)
    np.testing.assert_allclose(joined, whole, atol=1e-5 * np.abs(whole).max())


def test_the_digest_changes_with_any_weight(codec):
    before = codec.digest()
    weight = codec.model.quantizer.layers[0].codebook.embed
    kept = weight.clone()
    weight[0, 0] += 1
    changed = codec.digest()
    weight.copy_(kept)
    assert before != changed
    assert codec.digest() == before


def test_entropy_of_uniform_codes_is_the_logarithm_of_their_number():
    codes = np.tile(np.arange(8), (4, 1))
    assert code_entropy(codes, 8) == pytest.approx(np.log(8))
