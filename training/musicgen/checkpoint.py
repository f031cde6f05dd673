"""Where a fine-tuning is, kept on disk so that it goes on exactly: safetensors and JSON."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

_STATE = "state.json"
_WEIGHTS = "weights.safetensors"


@dataclass
class TrainState:
    """Everything that a step changes.

    ``step`` counts finished steps, ``parameters`` are the learnt weights, ``ema`` their moving
    average (empty when off), ``losses`` the training loss of each step, nats a code, and
    ``validation`` pairs of step and validation loss.
    """

    parameters: dict[str, torch.nn.Parameter]
    optimiser: torch.optim.Optimizer
    ema: dict[str, torch.Tensor] = field(default_factory=dict)
    step: int = 0
    losses: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)

    def save(self, work: Path) -> None:
        """Write a checkpoint below ``work``, whole or not at all, and drop older ones."""
        work.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".checkpoint-", dir=work))
        save_file(self._tensors(), aside / _WEIGHTS)
        told = {"step": self.step, "losses": self.losses, "validation": self.validation}
        (aside / _STATE).write_text(json.dumps(told), encoding="utf-8")
        target = work / f"step-{self.step:08d}"
        if target.exists():
            shutil.rmtree(aside)
            return
        aside.replace(target)
        for old in [path for path in work.iterdir() if path != target]:
            if old.name.startswith((".checkpoint-", "step-")):
                shutil.rmtree(old, ignore_errors=True)

    def restore(self, work: Path) -> bool:
        """Take over the newest checkpoint below ``work``; False when there is none."""
        newest = max(work.glob("step-*"), default=None)
        if newest is None:
            return False
        tensors = load_file(newest / _WEIGHTS)
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"weight/{name}"])
                moments = {
                    key: tensors[f"{key}/{name}"].to(parameter.device)
                    for key in ("exp_avg", "exp_avg_sq", "step")
                    if f"{key}/{name}" in tensors
                }
                if moments:
                    self.optimiser.state[parameter] = moments
            for name, average in self.ema.items():
                average.copy_(tensors[f"ema/{name}"])
        told = json.loads((newest / _STATE).read_text(encoding="utf-8"))
        self.step, self.losses = told["step"], told["losses"]
        self.validation = [(step, loss) for step, loss in told["validation"]]
        return True

    def _tensors(self) -> dict[str, torch.Tensor]:
        tensors = {f"ema/{name}": average for name, average in self.ema.items()}
        for name, parameter in self.parameters.items():
            tensors[f"weight/{name}"] = parameter.detach().contiguous()
            for key, value in self.optimiser.state[parameter].items():
                tensors[f"{key}/{name}"] = value.contiguous()
        return tensors
