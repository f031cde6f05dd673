"""Memory or disk that ran out in a fine-tuning, told with what to change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from features.errors import says_disk_full
from training.musicgen.config import FinetuneError, MusicgenConfig

_NO_MEMORY: Final = ("out of memory", "can't allocate memory", "not enough memory")


@contextmanager
def advised(config: MusicgenConfig, base: Path, work: Path) -> Iterator[None]:
    """Turn "out of memory" and "no space left", whoever says it, into a ``FinetuneError``.

    ``base`` is the folder of the weights that learning starts from, ``work`` that of the
    checkpoints. Other errors pass through.
    """
    try:
        yield
    except Exception as error:
        said = str(error).lower()
        if isinstance(error, MemoryError) or any(words in said for words in _NO_MEMORY):
            raise FinetuneError("out_of_memory", _more_memory(config, base)) from error
        if says_disk_full(error):
            raise FinetuneError(
                "disk_full",
                f"{work}: no space left on the disk; the last checkpoint is kept. Free some, or "
                "set SHIROA_HOME to a larger disk, and start again: it goes on from there",
            ) from error
        raise


def _more_memory(config: MusicgenConfig, base: Path) -> str:
    """The flags that still can be lowered, the ones that cost least first."""
    micro = config.micro_batch or config.batch
    advice = [f"--micro-batch {max(1, micro // 2)}"] if micro > 1 else []
    advice += [] if config.gradient_checkpointing else ["--gradient-checkpointing"]
    advice += ["--method lora"] if config.method == "full" else []
    learning = config.layers or _depth(base)
    advice += [f"--layers {max(1, learning // 4)}"] if learning > 1 else []
    advice.append(f"--window {config.window / 2:g}")
    return (
        f"out of memory with micro-batch {micro} and windows of {config.window:g} s; the last "
        f"checkpoint is kept. Try, in this order: {', '.join(advice)}"
    )


def _depth(base: Path) -> int:
    """How many layers the decoder of a base has, as its configuration says; 0 when it is silent."""
    found = json.loads((base / "config.json").read_text(encoding="utf-8"))
    return int(found.get("decoder", {}).get("num_hidden_layers", 0))
