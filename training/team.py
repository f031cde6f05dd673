"""One process or several: who am I, where do I compute, and sums over all of us.

Alone there is nothing to set up. Under ``accelerate launch`` every process takes a part of each
batch; gradients are summed over the processes, so the result is that of one process to rounding.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import torch
from torch import Tensor

_PATIENCE: Final = timedelta(hours=24)
"""How long processes wait for the first one, which encodes the collection."""


_WIDE: Final = 512
"""Width of layers from which bfloat16 gains more on a processor than its conversions cost."""


@dataclass(frozen=True)
class Team:
    """``rank`` of ``size`` processes computing on ``device``. Rank 0 writes files and reports."""

    rank: int
    size: int
    device: torch.device
    accelerator: Any = None

    @property
    def leads(self) -> bool:
        """Whether this process writes and reports for all."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """The part of ``count`` items that is this process's; counts divide by ``size``."""
        part = count // self.size
        return slice(self.rank * part, (self.rank + 1) * part)

    def add_up(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its sum over the processes, in one exchange."""
        wanted = list(tensors)
        if self.accelerator is None or not wanted:
            return
        flat = self.accelerator.reduce(torch.cat([t.flatten() for t in wanted]), "sum")
        for tensor, part in zip(wanted, flat.split([t.numel() for t in wanted]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def wait(self) -> None:
        """Return when every process has come here."""
        if self.accelerator is not None:
            self.accelerator.wait_for_everyone()

    @contextmanager
    def one_first(self) -> Iterator[None]:
        """Rank 0 runs the block before the others do, so that they find what it made."""
        if not self.leads:
            self.wait()
        yield
        if self.leads:
            self.wait()

    def precision(self, width: int) -> torch.dtype:
        """In what matrix products of layers of ``width`` are computed: bfloat16 where it is faster.

        That is on a GPU, and on a processor with instructions for them unless the layers are so
        small that the conversions cost more.
        """
        faster = self.device.type == "cuda" or (width >= _WIDE and _computes_bfloat16())
        return torch.bfloat16 if faster else torch.float32

    def autocast(self, width: int) -> AbstractContextManager[Any]:
        """Matrix products of layers of ``width`` in their ``precision``; weights stay float32."""
        wanted = self.precision(width) == torch.bfloat16
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=wanted)


def _computes_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself; others imitate it slowly."""
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # not in older PyTorch
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def join_team() -> Team:
    """The team that ``accelerate launch`` (or ``torchrun``) started, or this process alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Team(0, 1, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    from accelerate import Accelerator, InitProcessGroupKwargs

    accelerator = Accelerator(
        cpu=not torch.cuda.is_available(),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=_PATIENCE)],
    )
    return Team(
        accelerator.process_index, accelerator.num_processes, accelerator.device, accelerator
    )
