"""A CLAP checkpoint with random weights, small enough to build in a test."""

from __future__ import annotations

from pathlib import Path

import torch


def write_tiny_clap(folder: Path) -> Path:
    """Save model, feature extractor and tokenizer into ``folder`` as a published one has them."""
    from transformers import (
        ClapAudioConfig,
        ClapConfig,
        ClapFeatureExtractor,
        ClapModel,
        ClapTextConfig,
    )

    from training.musicgen.tiny import _tokenizer

    tokenizer = _tokenizer()
    audio = ClapAudioConfig(
        window_size=4, num_mel_bins=32, spec_size=64, patch_size=4, patch_stride=[4, 4],
        patch_embeds_hidden_size=16, depths=[1, 1], num_attention_heads=[2, 2], hidden_size=32,
        projection_dim=16, num_classes=4,
    )  # fmt: skip
    text = ClapTextConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, projection_dim=16,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=16))
    model.save_pretrained(folder)
    ClapFeatureExtractor(
        feature_size=32, sampling_rate=8000, hop_length=500, max_length_s=2, fft_window_size=512,
        frequency_max=4000, truncation="rand_trunc",
    ).save_pretrained(folder)  # fmt: skip
    tokenizer.save_pretrained(folder)
    return folder
