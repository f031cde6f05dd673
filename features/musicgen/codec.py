"""EnCodec tokens: audio to codes and back, and MusicGen's delay pattern.

Conventions. Codes are integers of shape [codebooks, frames], 50 frames a second for MusicGen's
32 kHz codec. In the delayed pattern codebook k lags k steps behind codebook 0 and free cells hold
``pad_id`` (Copet et al. 2023, "Simple and controllable music generation", section 2.2). A pattern
of T frames and K codebooks has T + K - 1 steps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

LEFT_CONTEXT_FRAMES: Final = 25
RIGHT_CONTEXT_FRAMES: Final = 5


def apply_delay(codes: NDArray[Any], pad_id: int) -> NDArray[np.int64]:
    """Codes [codebooks, frames] laid out as MusicGen predicts them [codebooks, frames + K - 1].

    >>> apply_delay(np.array([[1, 2, 3], [4, 5, 6]]), pad_id=9).tolist()
    [[1, 2, 3, 9], [9, 4, 5, 6]]
    """
    books, frames = codes.shape
    pattern = np.full((books, frames + books - 1), pad_id, np.int64)
    for book in range(books):
        pattern[book, book : book + frames] = codes[book]
    return pattern


def undo_delay(pattern: NDArray[Any]) -> NDArray[Any]:
    """The codes [codebooks, frames] inside a delayed pattern [codebooks, frames + K - 1].

    >>> undo_delay(np.array([[1, 2, 3, 9], [9, 4, 5, 6]])).tolist()
    [[1, 2, 3], [4, 5, 6]]
    """
    books, steps = pattern.shape
    frames = steps - books + 1
    if frames < 1:
        raise ValueError(f"steps={steps}: a pattern of {books} codebooks has at least {books}")
    return np.stack([pattern[book, book : book + frames] for book in range(books)])


def code_entropy(codes: NDArray[Any], vocabulary: int) -> float:
    """Unigram entropy of codes [codebooks, frames], nats, averaged over the codebooks.

    A language model that only knows how often each code occurs reaches this loss and no better.

    >>> round(code_entropy(np.array([[0, 1, 0, 1]]), vocabulary=2), 3)
    0.693
    """
    total = 0.0
    for row in codes:
        counts = np.bincount(np.asarray(row, np.int64), minlength=vocabulary)
        p = counts[counts > 0] / counts.sum()
        total += float(-(p * np.log(p)).sum())
    return total / len(codes)


class Codec:
    """An EnCodec model as a pair of pure functions on arrays.

    ``model`` is a ``transformers`` ``EncodecModel`` of one channel, such as the ``audio_encoder``
    of a MusicGen checkpoint. The weights are read, never changed.
    """

    def __init__(self, model: Any) -> None:
        self.model = model.eval()
        self.sample_rate: int = int(model.config.sampling_rate)
        self.hop_length: int = int(model.config.hop_length)
        self.codebooks: int = int(model.config.num_quantizers)
        self.codebook_size: int = int(model.config.codebook_size)
        self.frame_rate: float = self.sample_rate / self.hop_length

    def encode(self, y: NDArray[np.float32]) -> NDArray[np.int16]:
        """Codes [codebooks, frames] of mono samples ``y`` [samples] at ``sample_rate``.

        The last frame is filled with zeros: frames = ceil(samples / hop_length).
        """
        import torch

        if y.ndim != 1 or not len(y):
            raise ValueError(f"y has shape {y.shape}: must be mono samples, at least one")
        padded = np.pad(y, (0, -len(y) % self.hop_length)).astype(np.float32)
        values = torch.from_numpy(padded)[None, None].to(self.model.device, self.model.dtype)
        with torch.inference_mode():
            codes = self.model.encode(values).audio_codes[0, 0]
        return codes.cpu().numpy().astype(np.int16)

    def decode(self, codes: NDArray[Any]) -> NDArray[np.float32]:
        """Mono samples [frames * hop_length] of codes [codebooks, frames], in one piece."""
        import torch

        ids = torch.from_numpy(np.asarray(codes, np.int64))[None, None].to(self.model.device)
        with torch.inference_mode():
            y = self.model.decode(ids, [None]).audio_values[0, 0]
        return y.float().cpu().numpy()

    def decode_chunk(self, codes: NDArray[Any], start: int, stop: int) -> NDArray[np.float32]:
        """Samples of the frames ``start`` to ``stop``, decoded with the context around them."""
        first = max(0, start - LEFT_CONTEXT_FRAMES)
        last = min(codes.shape[1], stop + RIGHT_CONTEXT_FRAMES)
        y = self.decode(codes[:, first:last])
        return y[(start - first) * self.hop_length : (stop - first) * self.hop_length]

    def decode_chunks(
        self, codes: NDArray[Any], chunk_frames: int = 250
    ) -> Iterator[NDArray[np.float32]]:
        """Samples piece by piece in bounded memory; joined they equal ``decode(codes)``.

        Equal to float rounding: each piece is decoded with 25 frames before and 5 after it, which
        is all that the decoder's convolutions and LSTM carry at audible level.
        """
        if chunk_frames < 1:
            raise ValueError(f"chunk_frames={chunk_frames}: must be at least 1")
        for start in range(0, codes.shape[1], chunk_frames):
            yield self.decode_chunk(codes, start, min(start + chunk_frames, codes.shape[1]))

    def digest(self) -> str:
        """SHA-256 over the configuration and all weights: codes of equal digests agree."""
        return module_digest(self.model)


def module_digest(module: torch.nn.Module) -> str:
    """SHA-256, hexadecimal, over the names and bytes of a module's tensors, sorted by name."""
    sha = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        array = tensor.detach().float().cpu().contiguous().numpy()
        sha.update(json.dumps([name, list(array.shape)]).encode())
        sha.update(array.tobytes())
    return sha.hexdigest()
