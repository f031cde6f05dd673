"""A base checkpoint with an adapter melted into its weights."""

from __future__ import annotations

from pathlib import Path

from features.musicgen.language_model import MusicLM
from serving.engines.base import EngineError


def load_adapted(base: Path, adapter: Path | None) -> MusicLM:
    """The language model in ``base``, its decoder changed by the model folder ``adapter``.

    Reads both kinds that fine-tuning writes: a peft adapter and the full decoder.
    """
    lm = MusicLM.load(base)
    if adapter is None:
        return lm
    decoder = lm.model.decoder
    if (adapter / "adapter_config.json").exists():
        from peft import PeftModel

        lm.model.decoder = PeftModel.from_pretrained(decoder, adapter).merge_and_unload()
    elif (adapter / "decoder.safetensors").exists():
        from safetensors.torch import load_file

        decoder.load_state_dict(load_file(adapter / "decoder.safetensors"), strict=False)
    else:
        raise EngineError(
            "unavailable",
            f"adapter_dir={adapter}: holds neither adapter_config.json nor decoder.safetensors; "
            "give the folder of a musicgen model",
        )
    lm.model.eval()
    return lm
