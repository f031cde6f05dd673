"""``--base tiny``: MusicGen's architecture built small, for machines without its weights.

The result is a folder like any published checkpoint: a T5 text encoder, a decoder over four
codebooks and an EnCodec at 32 kHz with 50 frames a second. The codec is set
in seconds (``tiny_codec``) so that its codes tell sounds apart; the language model stays random and
learns what the collection teaches it. It proves the path, it does not make good music.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from data_catalog.bases import TINY, tiny_folder
from data_catalog.home import Home
from data_catalog.vocabulary import GENRES, MOODS
from features.musicgen.language_model import quiet_library
from training.musicgen.tiny_codec import fit_codec

CODEBOOKS: Final = 4
CODEBOOK_SIZE: Final = 64
_RATIOS: Final = (8, 5, 4, 4)
_SAMPLE_RATE: Final = 32_000
_FRAME_RATE: Final = 50
_CODE_SPREAD: Final = 3.0
_SCORE_SPREAD: Final = 0.02
"""Standard deviations of the weights that read codes and that score them. A code must stand out
from the position that is added to it, of size 0.7 a dimension: at the usual 0.1 an adapter over
frozen weights learns how often codes occur and no more. Low scores start near an even guess."""
_CAPTION_SPREAD: Final = 2.0
"""Standard deviation of the weights by which a caption is added to the codes. At the usual 0.1 it
is drowned by them; at 6 what is learnt of captions is in the way of what is learnt of music."""

_WORDS: Final = ("bpm", "major", "minor", "hop", "lo", "fi", "music", "song", "track", "with")
_LETTERS: Final = tuple("abcdefghijklmnopqrstuvwxyz0123456789")
_CARD: Final = """---
license: cc0-1.0
---
# musicgen-tiny
Built by Shiroa at run time from random weights and practice sounds. For tests and demonstrations.
"""


def ensure_tiny(home: Home) -> Path:
    """The folder of the tiny base below ``home/cache``, built when it is not there yet."""
    folder = tiny_folder(home)
    if not (folder / "config.json").exists():
        build_tiny(folder)
    return folder


def build_tiny(folder: Path, *, seed: int = 0, decoder_steps: int = 24) -> None:
    """Build the tiny checkpoint and save it into ``folder``, whole or not at all.

    ``decoder_steps`` of 0 saves seconds and leaves the codec's sound random.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]), quiet_library():
        torch.manual_seed(seed)
        tokenizer = _tokenizer()
        model = _model(len(tokenizer), tokenizer.pad_token_id)
        fit_codec(model.audio_encoder, decoder_steps=decoder_steps, seed=seed)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with quiet_library():
            model.eval().save_pretrained(aside)
        tokenizer.save_pretrained(aside)
        (aside / "README.md").write_text(_CARD, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        aside.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _model(words: int, text_pad_id: int) -> Any:
    from transformers import (
        EncodecConfig,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        T5Config,
    )

    bits = CODEBOOKS * np.log2(CODEBOOK_SIZE)
    audio = EncodecConfig(
        sampling_rate=_SAMPLE_RATE, audio_channels=1, normalize=False, use_causal_conv=False,
        use_conv_shortcut=False, num_filters=8, hidden_size=32, codebook_dim=32,
        codebook_size=CODEBOOK_SIZE, upsampling_ratios=list(_RATIOS), num_lstm_layers=1,
        target_bandwidths=[float(bits * _FRAME_RATE / 1000)],
    )  # fmt: skip
    text = T5Config(
        vocab_size=words, d_model=64, d_kv=16, d_ff=128, num_layers=1, num_heads=4,
        pad_token_id=text_pad_id, eos_token_id=text_pad_id, dropout_rate=0.0,
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(
        vocab_size=CODEBOOK_SIZE, hidden_size=96, ffn_dim=256, num_hidden_layers=2,
        num_attention_heads=4, num_codebooks=CODEBOOKS, pad_token_id=CODEBOOK_SIZE,
        bos_token_id=CODEBOOK_SIZE, dropout=0.0, initializer_factor=0.1,
    )  # fmt: skip
    model = MusicgenForConditionalGeneration(
        MusicgenConfig(text_encoder=text, audio_encoder=audio, decoder=decoder)
    )
    for read, scored in zip(
        model.decoder.model.decoder.embed_tokens, model.decoder.lm_heads, strict=True
    ):
        torch.nn.init.normal_(read.weight, std=_CODE_SPREAD)
        torch.nn.init.normal_(scored.weight, std=_SCORE_SPREAD)
    for layer in model.decoder.model.decoder.layers:
        torch.nn.init.normal_(layer.encoder_attn.out_proj.weight, std=_CAPTION_SPREAD)
    model.config.name_or_path = TINY
    generation = model.generation_config
    generation.pad_token_id = generation.bos_token_id = CODEBOOK_SIZE
    generation.decoder_start_token_id = CODEBOOK_SIZE
    generation.do_sample, generation.guidance_scale, generation.max_length = True, 3.0, 1503
    return model


def _tokenizer() -> Any:
    """Words of our vocabulary and all numbers up to 300; other text falls back to letters."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    pad, unknown = "<pad>", "<unk>"
    splitter = pre_tokenizers.BertPreTokenizer()
    known: Iterable[str] = (*GENRES, *MOODS, *_WORDS, *(str(n) for n in range(301)))
    pieces = [part for text in known for part, _ in splitter.pre_tokenize_str(text)]
    letters = [*_LETTERS, *(f"##{letter}" for letter in _LETTERS), *"#,.-'&/()!?:"]
    words = list(dict.fromkeys([pad, unknown, *pieces, *letters]))
    tokenizer = Tokenizer(
        models.WordPiece({word: i for i, word in enumerate(words)}, unk_token=unknown)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = splitter
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, unk_token=unknown, eos_token=pad
    )
