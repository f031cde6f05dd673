"""What every training run gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainedModel:
    """A model that was trained, written and registered.

    ``path`` is its folder: ``*.safetensors`` and ``meta.json``. ``metrics`` are those of the
    registry, as JSON would hold them.
    """

    model_id: str
    path: Path
    metrics: dict[str, Any]
