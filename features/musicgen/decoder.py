"""MusicGen's decoder step by step, over a cache of fixed size.

The arithmetic is that of ``transformers``' ``MusicgenForCausalLM`` in evaluation mode; here the
projections of a layer are joined into one matrix, the text's keys and values are computed once,
and the cache is allocated once. Rows are independent pieces (or the conditional and the
unconditional half of guidance).

Several generations, each as far as it is, are read together by `read_together`: their rows share
the products with the weights, which are what a step waits for, and each attends to its own cache.
In ``float32`` a row's scores don't depend on the rows beside it, to the bit: oneDNN's product with
a packed weight sums each row in the same order however many there are; the usual one does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from features.musicgen.language_model import Condition

Projection = Callable[[Tensor], Tensor]
PRECISIONS: Final = ("float32", "int8")
_PACKS: Final = torch.backends.mkldnn.is_available() and hasattr(
    torch.ops.mkldnn, "_reorder_linear_weight"
)


@dataclass(frozen=True)
class _Layer:
    """One decoder layer: norms and projections; ``qkv`` and ``cross_kv`` are joined matrices."""

    norm: Projection
    qkv: Projection
    out: Projection
    cross_norm: Projection
    cross_q: Projection
    cross_kv: Projection
    cross_out: Projection
    ff_norm: Projection
    fc1: Projection
    fc2: Projection


class StepDecoder:
    """The decoder's weights, laid out for generation.

    ``model`` is a ``MusicgenForCausalLM``; its weights are read, never changed. ``precision`` is
    ``float32``, or ``int8``: weights in 8 bits a row scale, activations in 8 bits as they come.
    """

    def __init__(self, model: Any, precision: str = "float32") -> None:
        if precision not in PRECISIONS:
            raise ValueError(f"precision={precision!r}: must be one of {', '.join(PRECISIONS)}")
        config = model.config
        inner = model.model.decoder
        project = _int8 if precision == "int8" else _float
        self.heads: int = config.num_attention_heads
        self.head_dim: int = config.hidden_size // self.heads
        self.codebooks: int = config.num_codebooks
        self.vocabulary: int = config.vocab_size
        self.pad_id: int = config.pad_token_id
        self.activation: Projection = inner.layers[0].activation_fn
        self.position = inner.embed_positions
        self.layers = [_layer(layer, project) for layer in inner.layers]
        self.norm: Projection = inner.layer_norm
        self.embeddings = [table.weight.detach() for table in inner.embed_tokens]
        self.head = project(_joined(*model.lm_heads))

    @torch.inference_mode()
    def start(self, condition: Condition, max_steps: int) -> StepState:
        """An empty cache for the rows of ``condition`` [rows, words, hidden]."""
        rows = condition.hidden.shape[0]
        like = self.embeddings[0]
        hidden = condition.hidden.to(like.dtype)
        shape = (len(self.layers), 2, rows, self.heads, max_steps, self.head_dim)
        cross = [
            layer.cross_kv(hidden)
            .view(rows, -1, 2, self.heads, self.head_dim)
            .permute(2, 0, 3, 1, 4)
            .contiguous()
            for layer in self.layers
        ]
        allowed = condition.mask.bool()[:, None, None, :]
        positions = self.position.get_embedding(max_steps, self.heads * self.head_dim).to(like)
        return StepState(self, like.new_zeros(shape), cross, allowed, positions)


class StepState:
    """The cache of one generation. ``read`` takes in codes and scores the next."""

    def __init__(
        self,
        decoder: StepDecoder,
        cache: Tensor,
        cross: list[Tensor],
        allowed: Tensor,
        positions: Tensor,
    ) -> None:
        self.decoder = decoder
        self.cache = cache
        self.cross = cross
        self.allowed = allowed
        self.positions = positions
        self.length = 0

    def read(self, codes: Tensor) -> Tensor:
        """Scores [rows, codebooks, vocabulary] of what follows ``codes`` [rows, codebooks, steps].

        Several steps at once are read only into an empty cache (a prompt).
        """
        return read_together([self], [codes])[0]

    def embedded(self, codes: Tensor) -> Tensor:
        """States [rows, steps, hidden] with which ``codes`` enter the first layer."""
        rows, _, steps = codes.shape
        if steps > 1 and self.length:
            raise ValueError(f"steps={steps}: a prompt of several steps must come first")
        x = self.positions[self.length : self.length + steps].expand(rows, -1, -1)
        for book, table in enumerate(self.decoder.embeddings):
            x = x + functional.embedding(codes[:, book], table)
        return x

    def self_attention(self, index: int, qkv: Tensor) -> Tensor:
        """What the rows take from their past in one layer; it keeps ``qkv`` in the cache."""
        heads, dim = self.decoder.heads, self.decoder.head_dim
        rows, steps, _ = qkv.shape
        q, k, v = qkv.view(rows, steps, 3, heads, dim).permute(2, 0, 3, 1, 4)
        keys, values = self.cache[index]
        seen = self.length + steps
        keys[:, :, self.length : seen] = k
        values[:, :, self.length : seen] = v
        y = functional.scaled_dot_product_attention(
            q, keys[:, :, :seen], values[:, :, :seen], is_causal=steps > 1
        )
        return y.transpose(1, 2).flatten(2)

    def cross_attention(self, index: int, q: Tensor) -> Tensor:
        """What the rows take from their text in one layer."""
        heads, dim = self.decoder.heads, self.decoder.head_dim
        rows, steps, _ = q.shape
        keys, values = self.cross[index]
        q = q.view(rows, steps, heads, dim).transpose(1, 2)
        y = functional.scaled_dot_product_attention(q, keys, values, attn_mask=self.allowed)
        return y.transpose(1, 2).flatten(2)


@torch.inference_mode()
def read_together(states: Sequence[StepState], codes: Sequence[Tensor]) -> list[Tensor]:
    """The scores that each of ``states``, all of one decoder, reads from its own ``codes``.

    All codes have the same number of steps; what was read before may differ in length.
    """
    decoder = states[0].decoder
    parts = [part.shape[0] for part in codes]
    x = torch.cat([state.embedded(part) for state, part in zip(states, codes, strict=True)])

    def each(attend: Callable[[StepState, int, Tensor], Tensor], index: int, x: Tensor) -> Tensor:
        split = zip(states, x.split(parts), strict=True)
        return torch.cat([attend(state, index, part) for state, part in split])

    for index, layer in enumerate(decoder.layers):
        y = each(StepState.self_attention, index, layer.qkv(layer.norm(x)))
        x = x + layer.out(y)
        y = each(StepState.cross_attention, index, layer.cross_q(layer.cross_norm(x)))
        x = x + layer.cross_out(y)
        x = x + layer.fc2(decoder.activation(layer.fc1(layer.ff_norm(x))))
    for state, part in zip(states, codes, strict=True):
        state.length += part.shape[-1]
    logits: Tensor = decoder.head(decoder.norm(x[:, -1]))
    shape = (-1, decoder.codebooks, decoder.vocabulary)
    return [part.view(shape).float() for part in logits.split(parts)]


def _layer(layer: Any, project: Callable[[Tensor], Projection]) -> _Layer:
    own, cross = layer.self_attn, layer.encoder_attn
    return _Layer(
        norm=layer.self_attn_layer_norm,
        qkv=project(_joined(own.q_proj, own.k_proj, own.v_proj)),
        out=project(_joined(own.out_proj)),
        cross_norm=layer.encoder_attn_layer_norm,
        cross_q=project(_joined(cross.q_proj)),
        cross_kv=project(_joined(cross.k_proj, cross.v_proj)),
        cross_out=project(_joined(cross.out_proj)),
        ff_norm=layer.final_layer_norm,
        fc1=project(_joined(layer.fc1)),
        fc2=project(_joined(layer.fc2)),
    )


def _joined(*parts: Any) -> Tensor:
    return torch.cat([part.weight.detach() for part in parts])


def _float(weight: Tensor) -> Projection:
    """A product with ``weight`` [out, in], packed for oneDNN where PyTorch has it."""
    if weight.dtype != torch.float32 or weight.device.type != "cpu" or not _PACKS:
        return lambda x: functional.linear(x, weight)
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, 2)
    product = torch.ops.mkldnn._linear_pointwise
    return lambda x: product(x, packed, None, "none", [], "")


def _int8(weight: Tensor) -> Projection:
    """A product with 8-bit weights, one scale a row, and activations quantised as they come."""
    scales = weight.float().abs().amax(1).clamp(min=1e-8) / 127
    rows = torch.zeros(len(scales), dtype=torch.int64)
    quantised = torch.quantize_per_channel(weight.float(), scales, rows, 0, torch.qint8)
    packed = torch.ops.quantized.linear_prepack(quantised, None)
    return lambda x: torch.ops.quantized.linear_dynamic(x, packed, True)
