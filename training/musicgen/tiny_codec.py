"""The tiny codec's weights: an encoder by design, codebooks by k-means, a decoder by training.

The encoder is EnCodec's own stack of strided convolutions, set to be a filter bank. Channel 0
carries the sound, low-passed at every stage and lifted by a constant so that ELU leaves it alone.
At each stage quadrature pairs listen to the bands that this stage's rate can tell apart; ELU
rectifies them, and the next stage sums and averages them into one energy. A last linear layer,
solved by least squares, turns the energies into smoothed log spectra. So codes say what is heard,
and hold for as long as it does, after seconds instead of a training.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.musicgen.practice_sounds import practice_sounds

_GAIN: Final = 1000.0
_LIFT: Final = 2000.0
_BANDS_HZ: Final = (
    (32_000, (12_000, 7_500, 4_800)),
    (8_000, (3_200, 2_500, 1_900, 1_400, 1_000)),
    (2_000, (800, 620, 480, 370, 290, 220)),
    (400, (160, 125, 95, 72, 55)),
)
"""Rate at which each strided convolution reads, and the centres of the bands that it listens to."""

_COMPRESSION: Final = (0.3, 0.03, 0.003)
_SMOOTHING_FRAMES: Final = 9
_PRACTICE_S: Final = 48


def fit_codec(codec: Any, *, decoder_steps: int, seed: int) -> None:
    """Set the weights of a tiny ``EncodecModel`` at 32 kHz.

    ``decoder_steps`` of 0 leaves the decoder random: codes are the same, their sound is noise.
    """
    rate = codec.config.sampling_rate
    sounds = practice_sounds(seed, seconds=_PRACTICE_S, sample_rate=rate)
    clips = torch.from_numpy(sounds).view(-1, rate)
    rng = torch.Generator().manual_seed(seed)
    bands = log_bands(clips, codec.config.hidden_size, rate, codec.config.hop_length)
    bands = (bands - bands.mean((0, 2), keepdim=True)) / bands.std((0, 2), keepdim=True)
    with torch.no_grad():
        _design_filter_bank(codec.encoder)
        latents = _solve_last_layer(codec.encoder, clips, bands)
        _place_codebooks(codec.quantizer, latents.transpose(1, 2).flatten(0, 1), rng)
    _train_decoder(codec, latents, clips, decoder_steps, rng)


def log_bands(clips: Tensor, bands: int, rate: int, hop: int) -> Tensor:
    """Smoothed log energies [clips, bands, frames] in bands of equal ratio, 60 Hz to 12 kHz."""
    size = 2048
    window = torch.hann_window(size)
    spectrum = torch.stft(clips, size, hop, window=window, return_complex=True).abs()
    spectrum = spectrum[..., : clips.shape[1] // hop]
    centres = torch.from_numpy(np.geomspace(60, 12_000, bands)).float()
    bins = torch.fft.rfftfreq(size, 1 / rate).clamp(min=1)
    width = np.log2(12_000 / 60) / (bands - 1)
    filters = (1 - (bins[None] / centres[:, None]).log2().abs() / width).clamp(min=0) + 1e-4
    energies = (filters @ spectrum.square() + 1e-4).log()
    half = _SMOOTHING_FRAMES // 2
    return functional.avg_pool1d(energies, _SMOOTHING_FRAMES, 1, half, count_include_pad=False)


def _design_filter_bank(encoder: Any) -> None:
    """Set every convolution but the last; residual blocks and the LSTM then add nothing."""
    for block in encoder.modules():
        if type(block).__name__ == "EncodecResnetBlock":
            last = block.block[-1].conv
            _set(last, torch.zeros_like(last.weight), torch.zeros_like(last.bias))
        if isinstance(block, torch.nn.LSTM):
            for parameter in block.parameters():
                parameter.zero_()
    first, *strided = [
        layer.conv for layer in encoder.layers[:-1] if type(layer).__name__ == "EncodecConv1d"
    ]
    weight, bias = torch.zeros_like(first.weight), torch.zeros_like(first.bias)
    weight[0, 0, first.kernel_size[0] // 2], bias[0] = _GAIN, _LIFT
    _set(first, weight, bias)
    energies, quads = 0, 0
    for index, (conv, (rate, centres)) in enumerate(zip(strided, _BANDS_HZ, strict=True)):
        last = index == len(_BANDS_HZ) - 1
        _set(conv, *_stage(conv, energies, quads, rate, centres, compress=last))
        energies, quads = energies + quads, len(centres)


def _stage(
    conv: Any, energies: int, quads: int, rate: int, centres: tuple[float, ...], *, compress: bool
) -> tuple[Tensor, Tensor]:
    """Weight and bias of one strided convolution.

    It reads the sound, ``energies`` averaged bands and ``quads`` bands of four rectified channels;
    it writes the sound, all those bands averaged, and the new ``centres`` as four channels each.
    With ``compress`` the bands come out at several negative scales, which ELU then saturates.
    """
    width = conv.kernel_size[0]
    weight, bias = torch.zeros_like(conv.weight), torch.zeros_like(conv.bias)
    low_pass = torch.hann_window(width + 2, periodic=False)[1:-1]
    weight[0, 0] = low_pass / low_pass.sum()
    out = 1
    for scale in [-scale for scale in _COMPRESSION] if compress else [1.0]:
        for band in range(energies):
            weight[out, 1 + band] = scale / width
            out += 1
        for band in range(quads):
            start = 1 + energies + 4 * band
            weight[out, start : start + 4] = scale / width / 2
            out += 1
    n = torch.arange(width) - (width - 1) / 2
    for centre in centres:
        angle = 2 * np.pi * centre / rate * n
        for wave in (angle.cos(), angle.sin()):
            listening = low_pass * (wave - (low_pass * wave).sum() / low_pass.sum())
            weight[out, 0], weight[out + 1, 0] = listening, -listening
            out += 2
    bias -= _LIFT * weight[:, 0].sum(-1)
    bias[0] += _LIFT
    return weight, bias


def _set(conv: Any, weight: Tensor, bias: Tensor) -> None:
    """Give a weight-normalised convolution this weight; rows of zeros get length 0."""
    lengths = weight.flatten(1).norm(dim=1)
    parts = conv.parametrizations.weight
    parts.original0.copy_(lengths.view_as(parts.original0))
    parts.original1.copy_(torch.where((lengths > 0).view_as(parts.original0), weight, 1.0))
    conv.bias.copy_(bias)


def _solve_last_layer(encoder: Any, clips: Tensor, target: Tensor) -> Tensor:
    """Fit the last convolution to ``target`` [clips, bands, frames]; returns what it then says."""
    *front, last = encoder.layers
    seen = []
    for part in clips.split(16):
        x = part[:, None]
        for layer in front:
            x = layer(x)
        seen.append(x)
    x = torch.cat(seen)
    width = last.conv.kernel_size[0]
    padded = functional.pad(x, (width // 2, width // 2), mode="reflect")
    rows = padded.unfold(2, width, 1).transpose(1, 2).flatten(2).flatten(0, 1).double()
    shift, scale = rows.mean(0), rows.std(0)
    rows = torch.where(scale > 1e-6, (rows - shift) / scale.clamp(min=1e-6), 0.0)
    wanted = target.transpose(1, 2).flatten(0, 1).double()
    gram = rows.T @ rows + 1e-3 * len(rows) * torch.eye(rows.shape[1])
    solved = torch.linalg.solve(gram, rows.T @ wanted)
    weight = torch.where(scale > 1e-6, solved.T / scale.clamp(min=1e-6), 0.0)
    bias = wanted.mean(0) - weight @ shift
    _set(last.conv, weight.float().view_as(last.conv.weight), bias.float())
    return last(x)


def _place_codebooks(quantizer: Any, latents: Tensor, rng: torch.Generator) -> None:
    """Residual k-means: each codebook fits what the ones before it left over."""
    residual = latents
    for layer in quantizer.layers:
        codebook = layer.codebook
        centres = _k_means(residual, codebook.codebook_size, rng)
        codebook.embed.copy_(centres)
        codebook.embed_avg.copy_(centres)
        residual = residual - codebook.decode(codebook.encode(residual))


def _k_means(points: Tensor, count: int, rng: torch.Generator, rounds: int = 8) -> Tensor:
    centres = points[torch.randperm(len(points), generator=rng)[:count]].clone()
    for _ in range(rounds):
        nearest = torch.cdist(points, centres).argmin(1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        sizes = torch.bincount(nearest, minlength=count).unsqueeze(1)
        fresh = points[torch.randint(len(points), (count,), generator=rng)]
        centres = torch.where(sizes > 0, sums / sizes.clamp(min=1), fresh)
    return centres


def _train_decoder(
    codec: Any, latents: Tensor, clips: Tensor, steps: int, rng: torch.Generator
) -> None:
    """Teach the decoder to sound quantised latents by the distance of log spectra."""
    with torch.no_grad():
        quantised = codec.quantizer.decode(codec.quantizer.encode(latents))
    optimiser = torch.optim.Adam(codec.decoder.parameters(), lr=3e-3, betas=(0.8, 0.99))
    codec.train()
    for _ in range(steps):
        chosen = torch.randint(len(clips), (4,), generator=rng)
        loss = _spectral_loss(codec.decoder(quantised[chosen])[:, 0], clips[chosen])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(codec.decoder.parameters(), 1.0)
        optimiser.step()
    codec.eval()


def _spectral_loss(y: Tensor, target: Tensor) -> Tensor:
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
