"""Jobs and pieces while they are under way, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from serving.piece.orders import Order
from serving.piece.pieces import Piece
from serving.runtime.hosts import Host
from serving.runtime.jobs import JobRecord
from serving.runtime.signals import Signal

__all__ = ["Job", "Makers", "Pace", "Work"]


class Pace:
    """How long an engine takes for a second of music, learned from what it made.

    >>> pace = Pace()
    >>> pace.learn(wall_s=3.0, audio_s=30.0)
    >>> round(pace.estimate(60.0), 1)
    6.0
    """

    _WEIGHT = 0.2

    def __init__(self) -> None:
        self._wall_per_audio: float | None = None

    def learn(self, wall_s: float, audio_s: float) -> None:
        """One piece of ``audio_s`` seconds took ``wall_s`` seconds."""
        ratio = wall_s / audio_s
        known = self._wall_per_audio
        self._wall_per_audio = ratio if known is None else known + self._WEIGHT * (ratio - known)

    def estimate(self, audio_s: float) -> float:
        """Seconds that a piece of ``audio_s`` seconds will take; 0.2 a second until learned."""
        return audio_s * (0.2 if self._wall_per_audio is None else self._wall_per_audio)


class Makers(Protocol):
    """Who makes a piece: the processes of one engine and the queue before them."""

    def estimate_s(self, work: Work) -> float:
        """Seconds until ``work`` is made once begun, less what is done."""
        ...

    def backlog_s(self) -> float:
        """Seconds until what waits now is made."""
        ...

    def cancel(self, work: Work) -> None:
        """Nobody wants ``work`` any more."""
        ...


@dataclass(eq=False)
class Work:
    """One piece that is waiting or being made, shared by every job that asked for it.

    Attributes:
        attempts: how often its process died over it.
        alone: whether it must not share a process, because it was there when one ended.
    """

    order: Order
    pool: Makers
    owner: str
    priority: int
    jobs: set[Job] = field(default_factory=set)
    done: float = 0.0
    stage: str = "queued"
    attempts: int = 0
    alone: bool = False
    host: Host | None = None

    def advance(self, done: float, stage: str) -> None:
        """The engine reported progress."""
        self.done, self.stage = done, stage
        self.fire()

    def fire(self) -> None:
        """Tell everybody who watches a job of this piece."""
        for job in self.jobs:
            job.changed.fire()

    def wait_s(self) -> float:
        """Estimated time until it is there, seconds."""
        own = self.pool.estimate_s(self)
        return own if self.host else max(own, self.pool.backlog_s())

    def begin(self, host: Host) -> None:
        """An engine took it."""
        self.host = host
        self.advance(0.0, "starting")


@dataclass(eq=False)
class Job:
    """One accepted job and its pieces."""

    record: JobRecord
    pieces: dict[str, Piece] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    changed: Signal = field(default_factory=Signal)

    @property
    def id(self) -> str:
        """The job's id."""
        return self.record.job_id

    @property
    def finished(self) -> bool:
        """Whether it has ended, well or not."""
        return self.record.state in ("done", "failed", "cancelled")

    @property
    def order_ids(self) -> list[str]:
        """The pieces it needs, each once, in the order asked for."""
        return list(dict.fromkeys(o.id for group in self.record.orders for o in group))

    @property
    def fraction(self) -> float:
        """How much is done, in [0, 1]."""
        if self.finished:
            return 1.0
        ids = self.order_ids
        under_way = sum(work.done for work in self.works.values())
        return (len(ids) - len(self.works) + under_way) / len(ids)

    @property
    def stage(self) -> str:
        """What is happening to it."""
        if self.finished:
            return self.record.state
        active = [work for work in self.works.values() if work.host is not None]
        return active[0].stage if active else "queued"

    def settle(self, order_id: str, outcome: Piece | dict[str, Any]) -> bool:
        """A piece is there, or its problem; whether the job has all it needs now."""
        self.works.pop(order_id, None)
        if isinstance(outcome, Piece):
            self.pieces[order_id] = outcome
        else:
            self.record.problems[order_id] = outcome
        return not self.works
