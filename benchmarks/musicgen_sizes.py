"""MusicGen at the size of facebook/musicgen-small with random weights: speed without sound."""

from __future__ import annotations

from typing import Any

import torch

from features.musicgen.language_model import MusicLM, quiet_library
from training.musicgen.tiny import _tokenizer


def small_config() -> Any:
    """The configuration of facebook/musicgen-small: T5-base, 24 layers of 1024, EnCodec 32 kHz."""
    from transformers import EncodecConfig, MusicgenConfig, MusicgenDecoderConfig, T5Config

    text = T5Config(vocab_size=32_128, d_model=768, d_kv=64, d_ff=3072, num_layers=12, num_heads=12)
    audio = EncodecConfig(
        sampling_rate=32_000, audio_channels=1, normalize=False, use_causal_conv=False,
        num_filters=64, hidden_size=128, codebook_dim=128, codebook_size=2048, num_lstm_layers=2,
        upsampling_ratios=[8, 5, 4, 4], target_bandwidths=[2.2], use_conv_shortcut=False,
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(decoder_start_token_id=2048)
    return MusicgenConfig(text_encoder=text, audio_encoder=audio, decoder=decoder)


def small_lm(seed: int = 0) -> MusicLM:
    """The model in memory, codebooks filled."""
    from transformers import MusicgenForConditionalGeneration

    torch.manual_seed(seed)
    with quiet_library():
        model = MusicgenForConditionalGeneration(small_config()).eval()
    for layer in model.audio_encoder.quantizer.layers:
        layer.codebook.embed.normal_()
    return MusicLM(model, _tokenizer())
