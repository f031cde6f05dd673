"""``--base tiny``: MusicGen's architecture built small, for machines without its weights.

The result is a folder like any published checkpoint: a T5 text encoder, a decoder over four
codebooks and an EnCodec at 32 kHz with 50 frames a second. The codec is fitted for seconds to
practice sounds of our own, so that its codes tell sounds apart; the language model stays random,
and learns what the collection teaches it. It proves the path, it does not make good music.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from data_catalog.bases import TINY, tiny_folder
from data_catalog.home import Home
from data_catalog.vocabulary import GENRES, MOODS
from features.musicgen import quiet_library
from training.practice_sounds import practice_sounds

CODEBOOKS: Final = 4
CODEBOOK_SIZE: Final = 64
_RATIOS: Final = (8, 5, 4, 4)
_SAMPLE_RATE: Final = 32_000
_FRAME_RATE: Final = 50
_WORDS: Final = ("bpm", "major", "minor", "hop", "lo", "fi", "music", "song", "track", "with")
_SMOOTH: Final = 9
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


def build_tiny(folder: Path, *, seed: int = 0, codec_steps: int = 40) -> None:
    """Build the tiny checkpoint and save it into ``folder``, whole or not at all.

    ``codec_steps`` of 0 leaves the codec's convolutions random and only fits its codebooks.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]), quiet_library():
        torch.manual_seed(seed)
        tokenizer = _tokenizer()
        model = _model(len(tokenizer), tokenizer.pad_token_id)
        fit_codec(model.audio_encoder, steps=codec_steps, seed=seed)
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
        num_filters=4, hidden_size=32, codebook_dim=32, codebook_size=CODEBOOK_SIZE,
        upsampling_ratios=list(_RATIOS), num_lstm_layers=1,
        target_bandwidths=[float(bits * _FRAME_RATE / 1000)],
    )  # fmt: skip
    text = T5Config(
        vocab_size=words, d_model=64, d_kv=16, d_ff=128, num_layers=1, num_heads=4,
        pad_token_id=text_pad_id, eos_token_id=text_pad_id, dropout_rate=0.0,
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(
        vocab_size=CODEBOOK_SIZE, hidden_size=96, ffn_dim=256, num_hidden_layers=2,
        num_attention_heads=4, num_codebooks=CODEBOOKS, pad_token_id=CODEBOOK_SIZE,
        bos_token_id=CODEBOOK_SIZE, dropout=0.0,
        initializer_factor=0.1,
    )  # fmt: skip
    model = MusicgenForConditionalGeneration(
        MusicgenConfig(text_encoder=text, audio_encoder=audio, decoder=decoder)
    )
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


def fit_codec(codec: Any, *, steps: int, seed: int) -> None:
    """Teach the encoder log spectra and the decoder to sound them, then place the codebooks.

    The latents become 32 standardised log energies a frame, smoothed over 180 ms so that codes
    last; they are cut into codes by residual k-means.
    """
    sounds = practice_sounds(seed, seconds=96, sample_rate=_SAMPLE_RATE)
    clips = torch.from_numpy(sounds).view(-1, _SAMPLE_RATE)
    rng = torch.Generator().manual_seed(seed)
    bands = _log_bands(clips, codec.config.hidden_size)
    bands = (bands - bands.mean((0, 2), keepdim=True)) / bands.std((0, 2), keepdim=True)
    codec.train()
    optimiser = torch.optim.Adam(codec.parameters(), lr=3e-3, betas=(0.8, 0.99))
    for _ in range(steps):
        chosen = torch.randint(len(clips), (4,), generator=rng)
        target, y = bands[chosen], clips[chosen]
        loss = functional.mse_loss(codec.encoder(y[:, None]), target)
        loss = loss + _spectral_loss(codec.decoder(target)[:, 0], y)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(codec.parameters(), 1.0)
        optimiser.step()
    codec.eval()
    with torch.no_grad():
        latents = torch.cat([codec.encoder(part[:, None]) for part in clips.split(8)])
        _place_codebooks(codec.quantizer, latents.transpose(1, 2).flatten(0, 1), rng)


def _log_bands(clips: torch.Tensor, bands: int) -> torch.Tensor:
    """Log energies [clips, bands, frames] in bands of equal ratio from 60 Hz to 12 kHz."""
    size, hop = 2048, _SAMPLE_RATE // _FRAME_RATE
    spectrum = torch.stft(
        clips, size, hop, window=torch.hann_window(size), return_complex=True
    ).abs()[..., : clips.shape[1] // hop]
    centres = torch.from_numpy(np.geomspace(60, 12_000, bands)).float()
    bins = torch.fft.rfftfreq(size, 1 / _SAMPLE_RATE)
    octaves = (bins[None].clamp(min=1) / centres[:, None]).log2().abs()
    width = np.log2(12_000 / 60) / (bands - 1)
    filters = (1 - octaves / max(width, 1e-6)).clamp(min=0) + (octaves < width / 2) * 1e-3
    energies = (filters @ spectrum.square() + 1e-4).log()
    return functional.avg_pool1d(energies, _SMOOTH, 1, _SMOOTH // 2, count_include_pad=False)


def _spectral_loss(y: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Distance of log magnitudes at two resolutions (Yamamoto et al. 2020, Parallel WaveGAN)."""
    total = torch.zeros(())
    for size in (512, 2048):
        window = torch.hann_window(size)
        a, b = (
            torch.stft(x, size, size // 4, window=window, return_complex=True).abs()
            for x in (y, target)
        )
        total = total + functional.l1_loss((a + 1e-3).log(), (b + 1e-3).log())
        total = total + (a - b).norm() / (b.norm() + 1e-6)
    return total


def _place_codebooks(quantizer: Any, latents: torch.Tensor, rng: torch.Generator) -> None:
    """Residual k-means: each codebook fits what the ones before it left over."""
    residual = latents
    for layer in quantizer.layers:
        centres = _k_means(residual, CODEBOOK_SIZE, rng)
        layer.codebook.embed.copy_(centres)
        layer.codebook.embed_avg.copy_(centres)
        residual = residual - layer.codebook.decode(layer.codebook.encode(residual))


def _k_means(points: torch.Tensor, count: int, rng: torch.Generator, rounds: int = 8) -> Any:
    centres = points[torch.randperm(len(points), generator=rng)[:count]].clone()
    for _ in range(rounds):
        nearest = torch.cdist(points, centres).argmin(1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        sizes = torch.bincount(nearest, minlength=count).unsqueeze(1)
        fresh = points[torch.randint(len(points), (count,), generator=rng)]
        centres = torch.where(sizes > 0, sums / sizes.clamp(min=1), fresh)
    return centres
