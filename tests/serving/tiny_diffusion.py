"""Diffusion pipelines of a few thousand weights, built from a config, as diffusers saves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AudioLDM2Pipeline,
    AudioLDM2ProjectionModel,
    AudioLDM2UNet2DConditionModel,
    AutoencoderKL,
    AutoencoderOobleck,
    DDIMScheduler,
    EDMDPMSolverMultistepScheduler,
    StableAudioDiTModel,
    StableAudioPipeline,
    StableAudioProjectionModel,
)
from transformers import (
    ClapConfig,
    ClapFeatureExtractor,
    ClapModel,
    GPT2Config,
    GPT2LMHeadModel,
    RobertaTokenizer,
    SpeechT5HifiGan,
    SpeechT5HifiGanConfig,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

WIDTH = 16
WORDS = 16
STABLE_AUDIO_HZ = 4_000
STABLE_AUDIO_S = 20.0


def save_stable_audio(folder: Path) -> None:
    """A Stable Audio of 20 s in stereo at 4 kHz."""
    torch.manual_seed(0)
    hop = 40
    pipe = StableAudioPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=4, downsampling_ratios=[4, hop // 4], channel_multiples=[1, 2],
            decoder_channels=4, decoder_input_channels=4, audio_channels=2,
            sampling_rate=STABLE_AUDIO_HZ,
        ),
        text_encoder=_t5(),
        projection_model=StableAudioProjectionModel(WIDTH, WIDTH, min_value=0, max_value=64),
        tokenizer=_t5_tokenizer(),
        transformer=StableAudioDiTModel(
            sample_size=round(STABLE_AUDIO_S * STABLE_AUDIO_HZ / hop), in_channels=4,
            out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=2,
            num_key_value_attention_heads=2, cross_attention_dim=WIDTH, time_proj_dim=8,
            global_states_input_dim=2 * WIDTH, cross_attention_input_dim=WIDTH,
        ),
        scheduler=EDMDPMSolverMultistepScheduler(
            prediction_type="v_prediction", sigma_data=1.0, sigma_schedule="exponential"
        ),
    )  # fmt: skip
    pipe.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-sa-4.0\n---\n")


def save_audioldm2(folder: Path) -> None:
    """An AudioLDM 2 in mono at 16 kHz."""
    torch.manual_seed(0)
    blocks: dict[str, Any] = {"norm_num_groups": 4}
    pipe = AudioLDM2Pipeline(
        vae=AutoencoderKL(
            block_out_channels=(8, 8), in_channels=1, out_channels=1, latent_channels=4,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
            **blocks,
        ),
        text_encoder=_clap(),
        text_encoder_2=_t5(),
        projection_model=AudioLDM2ProjectionModel(WIDTH, WIDTH, WIDTH),
        language_model=_gpt2(),
        tokenizer=RobertaTokenizer(
            vocab={w: i for i, w in enumerate(("<s>", "<pad>", "</s>", "<unk>", "<mask>", "p"))},
            merges=[], model_max_length=WORDS,
        ),
        tokenizer_2=_t5_tokenizer(),
        feature_extractor=ClapFeatureExtractor(feature_size=64),
        unet=AudioLDM2UNet2DConditionModel(
            block_out_channels=(8, 16), layers_per_block=1, in_channels=4, out_channels=4,
            attention_head_dim=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=([None, WIDTH, WIDTH], [None, WIDTH, WIDTH]), **blocks,
        ),
        scheduler=DDIMScheduler(clip_sample=False, set_alpha_to_one=False),
        vocoder=SpeechT5HifiGan(
            SpeechT5HifiGanConfig(
                model_in_dim=16, sampling_rate=16_000, upsample_initial_channel=8,
                upsample_rates=[16, 10], upsample_kernel_sizes=[32, 20],
                resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]], normalize_before=False,
            )
        ),
    )  # fmt: skip
    pipe.save_pretrained(folder)


def _t5() -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(vocab_size=8, d_model=WIDTH, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    )


def _t5_tokenizer() -> T5Tokenizer:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -1.0), ("▁", -2.0), ("p", -2.0), ("o", -2.0)]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=WORDS)


def _gpt2() -> GPT2LMHeadModel:
    model = GPT2LMHeadModel(
        GPT2Config(
            n_embd=WIDTH, n_head=2, n_layer=1, vocab_size=8, n_positions=64,
            bos_token_id=0, eos_token_id=0,
        )
    )  # fmt: skip
    model.config.max_new_tokens = 4
    return model


def _clap() -> ClapModel:
    text = {
        "vocab_size": 8, "hidden_size": WIDTH, "intermediate_size": 16, "num_attention_heads": 2,
        "num_hidden_layers": 1, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
        "max_position_embeddings": 40,
    }  # fmt: skip
    audio = {
        "spec_size": 64, "window_size": 4, "num_mel_bins": 64, "depths": [1, 1],
        "num_attention_heads": [2, 2], "hidden_size": 96, "patch_embeds_hidden_size": 48,
    }  # fmt: skip
    return ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=WIDTH))
