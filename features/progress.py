"""How far a long job has come, as every stage reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` items of ``stage``; ``note`` is one line for a person.

    ``loss`` is how wrong a model that learns still is, where one does.
    """

    stage: str
    done: int
    total: int
    note: str = ""
    loss: float | None = None
