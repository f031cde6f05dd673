"""Pieces that are made at the same time read their steps together.

Each piece is drawn in a thread of its own, as if it were alone. A step's cost is reading the
weights, which is the same for one piece and for eight, so the threads meet here: the last one to
arrive reads for all. A piece may join or leave between any two steps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from torch import Tensor

    from features.musicgen.decoder import StepState

__all__ = ["StepsTogether"]

_PATIENCE_S: Final = 0.02
"""How long a step waits for pieces that are busy otherwise, such as sounding their codes."""


@dataclass(eq=False)
class _Turn:
    """One step that a piece waits for."""

    state: StepState
    codes: Tensor
    scores: Tensor | None = None
    error: BaseException | None = None


class StepsTogether:
    """Where the threads of one engine meet. ``largest`` tells the most pieces read at once."""

    def __init__(self) -> None:
        self.largest = 0
        self._changed = threading.Condition()
        self._pieces = 0
        self._waiting: list[_Turn] = []
        self._reading = False
        self._free_since = 0.0

    @contextmanager
    def piece(self) -> Iterator[None]:
        """As long as this lasts, others wait a moment for the piece's steps."""
        with self._changed:
            self._pieces += 1
        try:
            yield
        finally:
            with self._changed:
                self._pieces -= 1
                self._changed.notify_all()

    def read(self, state: StepState, codes: Tensor) -> Tensor:
        """What ``state.read(codes)`` gives; prompts of several steps are read alone."""
        if codes.shape[-1] > 1:
            return state.read(codes)
        turn = _Turn(state, codes)
        with self._changed:
            self._waiting.append(turn)
            self._changed.notify_all()
            arrived = time.monotonic()
            while turn in self._waiting and not self._may_begin(arrived):
                self._changed.wait(_PATIENCE_S)
            turns = self._taken() if turn in self._waiting else []
        if turns:
            self._read_all(turns)
        with self._changed:
            self._changed.wait_for(lambda: turn.scores is not None or turn.error is not None)
        if turn.scores is None:
            raise RuntimeError("a step could not be read") from turn.error
        return turn.scores

    def _may_begin(self, arrived: float) -> bool:
        if self._reading:
            return False
        patient_until = max(arrived, self._free_since) + _PATIENCE_S
        return len(self._waiting) >= self._pieces or time.monotonic() >= patient_until

    def _taken(self) -> list[_Turn]:
        turns, self._waiting = self._waiting, []
        self._reading = True
        self.largest = max(self.largest, len(turns))
        return turns

    def _read_all(self, turns: list[_Turn]) -> None:
        from features.musicgen.decoder import read_together

        scores: list[Tensor | None] = [None] * len(turns)
        error: BaseException | None = None
        try:
            states = [turn.state for turn in turns]
            scores = [*read_together(states, [turn.codes for turn in turns])]
        except Exception as fault:
            error = fault
        with self._changed:
            for turn, told in zip(turns, scores, strict=True):
                turn.scores, turn.error = told, error
            self._reading = False
            self._free_since = time.monotonic()
            self._changed.notify_all()
