"""MusicGen's decoder one step at a time, over a cache of fixed size.

The arithmetic is that of ``transformers``' ``MusicgenForCausalLM`` in evaluation mode; here the
projections of a layer are joined into one matrix, the text's keys and values are computed once,
and nothing is allocated from step to step. Rows are independent pieces (or the conditional and the
unconditional half of guidance).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from features.musicgen import Condition


@dataclass(frozen=True)
class _Layer:
    """Weights of one decoder layer; ``qkv`` and ``heads`` are joined from several matrices."""

    norm: Any
    qkv: Tensor
    out: Tensor
    cross_norm: Any
    cross_q: Tensor
    cross_kv: Tensor
    cross_out: Tensor
    ff_norm: Any
    fc1: Tensor
    fc2: Tensor


class StepDecoder:
    """The decoder's weights, laid out for generation.

    ``model`` is a ``MusicgenForCausalLM``; its weights are read, never changed.
    """

    def __init__(self, model: Any) -> None:
        config = model.config
        inner = model.model.decoder
        self.heads: int = config.num_attention_heads
        self.head_dim: int = config.hidden_size // self.heads
        self.codebooks: int = config.num_codebooks
        self.vocabulary: int = config.vocab_size
        self.pad_id: int = config.pad_token_id
        self.activation = inner.layers[0].activation_fn
        self.position = inner.embed_positions
        self.layers = [_layer(layer) for layer in inner.layers]
        self.norm = inner.layer_norm
        self.embeddings = [table.weight.detach() for table in inner.embed_tokens]
        self.head_weights = torch.cat([head.weight.detach() for head in model.lm_heads])

    def start(self, condition: Condition, max_steps: int) -> StepState:
        """An empty cache for the rows of ``condition`` [rows, words, hidden]."""
        rows = condition.hidden.shape[0]
        like = self.embeddings[0]
        hidden = condition.hidden.to(like.dtype)
        shape = (len(self.layers), 2, rows, self.heads, max_steps, self.head_dim)
        cross = [
            functional.linear(hidden, layer.cross_kv)
            .view(rows, -1, 2, self.heads, self.head_dim)
            .permute(2, 0, 3, 1, 4)
            .contiguous()
            for layer in self.layers
        ]
        allowed = condition.mask.bool()[:, None, None, :]
        width = self.heads * self.head_dim
        positions = self.position.get_embedding(max_steps, width).to(like)
        return StepState(self, like.new_zeros(shape), cross, allowed, positions)


class StepState:
    """The cache of one generation. ``step`` reads the codes of a step and scores the next."""

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

    @torch.inference_mode()
    def step(self, codes: Tensor) -> Tensor:
        """Scores [rows, codebooks, vocabulary] of the codes after ``codes`` [rows, codebooks]."""
        decoder = self.decoder
        x = self.positions[self.length].expand(codes.shape[0], -1)
        for book, table in enumerate(decoder.embeddings):
            x = x + table[codes[:, book]]
        for index, layer in enumerate(decoder.layers):
            x = x + self._self_attention(index, layer, layer.norm(x))
            x = x + self._cross_attention(index, layer, layer.cross_norm(x))
            inner = decoder.activation(functional.linear(layer.ff_norm(x), layer.fc1))
            x = x + functional.linear(inner, layer.fc2)
        self.length += 1
        logits = functional.linear(decoder.norm(x), decoder.head_weights)
        return logits.view(-1, decoder.codebooks, decoder.vocabulary).float()

    def _self_attention(self, index: int, layer: _Layer, x: Tensor) -> Tensor:
        heads, dim = self.decoder.heads, self.decoder.head_dim
        q, k, v = functional.linear(x, layer.qkv).view(-1, 3, heads, dim).unbind(1)
        keys, values = self.cache[index]
        keys[:, :, self.length] = k
        values[:, :, self.length] = v
        seen = self.length + 1
        y = functional.scaled_dot_product_attention(
            q[:, :, None], keys[:, :, :seen], values[:, :, :seen]
        )
        return functional.linear(y.flatten(1), layer.out)

    def _cross_attention(self, index: int, layer: _Layer, x: Tensor) -> Tensor:
        heads, dim = self.decoder.heads, self.decoder.head_dim
        q = functional.linear(x, layer.cross_q).view(-1, heads, 1, dim)
        keys, values = self.cross[index]
        y = functional.scaled_dot_product_attention(q, keys, values, attn_mask=self.allowed)
        return functional.linear(y.flatten(1), layer.cross_out)


def _layer(layer: Any) -> _Layer:
    own, cross = layer.self_attn, layer.encoder_attn
    return _Layer(
        norm=layer.self_attn_layer_norm,
        qkv=_joined(own.q_proj, own.k_proj, own.v_proj),
        out=own.out_proj.weight.detach(),
        cross_norm=layer.encoder_attn_layer_norm,
        cross_q=cross.q_proj.weight.detach(),
        cross_kv=_joined(cross.k_proj, cross.v_proj),
        cross_out=cross.out_proj.weight.detach(),
        ff_norm=layer.final_layer_norm,
        fc1=layer.fc1.weight.detach(),
        fc2=layer.fc2.weight.detach(),
    )


def _joined(*parts: Any) -> Tensor:
    return torch.cat([part.weight.detach() for part in parts])
