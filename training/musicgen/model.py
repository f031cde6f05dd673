"""The part of MusicGen that a fine-tuning changes: an adapter by peft, or the whole decoder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file

from features.musicgen.language_model import MusicLM
from training.musicgen.config import MusicgenConfig

_ADAPTED: Final = (
    r".*\.layers\.({layers})\.((self_attn|encoder_attn)\.(q|k|v|out)_proj|fc[12])|lm_heads\.\d+"
)
"""Layers that LoRA and DoRA adapt: every matrix of the decoder but its embeddings."""


@dataclass(frozen=True)
class Trainable:
    """A language model of which ``parameters``, by name, are learnt; all else is frozen."""

    lm: MusicLM
    method: str
    parameters: dict[str, torch.nn.Parameter]

    def hold_frozen(self, dtype: torch.dtype) -> None:
        """Keep the frozen matrices in ``dtype``, in which autocast multiplies them anyway.

        No step then converts them, and each product is the same to the bit. DoRA's stay as they
        are: it takes their norms too.
        """
        if self.method != "lora":
            return
        for part in self.lm.model.decoder.modules():
            if isinstance(part, torch.nn.Linear) and not part.weight.requires_grad:
                part.to(dtype)

    def save(self, folder: Path) -> None:
        """Write the learnt weights: a peft adapter, or ``decoder.safetensors`` when full."""
        if self.method == "full":
            weights = {name: p.detach().contiguous() for name, p in self.parameters.items()}
            save_file(weights, folder / "decoder.safetensors")
        else:
            self.lm.model.decoder.save_pretrained(folder)
            _forget_base_path(folder / "adapter_config.json")


def load_trainable(folder: Path, config: MusicgenConfig) -> Trainable:
    """Load the base in ``folder`` and free the weights that the method learns."""
    return free_weights(MusicLM.load(folder), config)


def free_weights(lm: MusicLM, config: MusicgenConfig) -> Trainable:
    """Freeze all but what the method learns; new weights are seeded by ``config.seed``."""
    lm.model.requires_grad_(False)
    decoder = lm.model.decoder
    if config.gradient_checkpointing:
        decoder.gradient_checkpointing_enable({"use_reentrant": False})
    if config.method == "full":
        decoder.requires_grad_(True)
        if config.layers:
            _freeze_below(decoder, config.layers)
    else:
        lm.model.decoder = decoder = _with_adapter(decoder, config)
    learnt = {name: p for name, p in decoder.named_parameters() if p.requires_grad}
    return Trainable(lm, config.method, learnt)


def adapted(decoder: Any, layers: int | None) -> str:
    """Pattern of the names that an adapter joins, in the last ``layers`` or all, and the heads."""
    count = decoder.config.num_hidden_layers
    first = max(0, count - (layers or count))
    return _ADAPTED.format(layers="|".join(map(str, range(first, count))))


def _freeze_below(decoder: Any, layers: int) -> None:
    """Leave only the last ``layers``, the last norm and the heads to learn."""
    inner = decoder.model.decoder
    for part in (inner.embed_tokens, *inner.layers[:-layers]):
        part.requires_grad_(False)


def _with_adapter(decoder: Any, config: MusicgenConfig) -> Any:
    from peft import LoraConfig, get_peft_model

    adapter = LoraConfig(
        r=config.rank,
        lora_alpha=2 * config.rank,
        target_modules=adapted(decoder, config.layers),
        use_dora=config.method == "dora",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return get_peft_model(decoder, adapter)


def _forget_base_path(adapter_config: Path) -> None:
    """The base is named in meta.json; the path of this machine has no place in a model."""
    told = json.loads(adapter_config.read_text(encoding="utf-8"))
    told["base_model_name_or_path"] = None
    adapter_config.write_text(json.dumps(told, indent=2, sort_keys=True), encoding="utf-8")
