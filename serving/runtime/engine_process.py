"""The process of one engine: reads orders as JSON lines, writes progress and results.

Started by `serving.runtime.engine_link` as ``python -m serving.runtime.engine_process``; it dies
when its parent does. An engine that makes several pieces at once has each made in its own thread.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import IO, Any, Final

from serving.config import EngineSpec
from serving.engines.base import Cancelled, Engine, EngineError, Facts

_PROGRESS_EVERY_S: Final = 0.1


class Channel:
    """The parent's end of the pipes, and the orders it has cancelled."""

    def __init__(self, incoming: IO[str], outgoing: IO[str]):
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = threading.Lock()
        self._cancelled: set[str] = set()
        self._orders: list[dict[str, Any]] = []
        self._arrived = threading.Condition()

    def tell(self, kind: str, **content: Any) -> None:
        """Send one message to the parent."""
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._outgoing.write(json.dumps({"is": kind, **content}) + "\n")
            self._outgoing.flush()

    def listen(self) -> None:
        """Read messages until the parent is gone, then leave at once."""
        for line in self._incoming:
            message = json.loads(line)
            if message["do"] == "cancel":
                self._cancelled.add(message["id"])
            else:
                with self._arrived:
                    self._orders.append(message)
                    self._arrived.notify()
        os._exit(0)

    def next_order(self) -> dict[str, Any]:
        """The next message that asks for work; waits for it."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._orders)
            return self._orders.pop(0)

    def is_cancelled(self, order_id: str) -> bool:
        """Whether the parent has taken the order back."""
        return order_id in self._cancelled

    def forget(self, order_id: str) -> None:
        """The order is over."""
        self._cancelled.discard(order_id)


class Reporter:
    """Sends progress to the parent, at most ten times a second."""

    def __init__(self, channel: Channel, order_id: str):
        self._channel = channel
        self._id = order_id
        self._last = (-1.0, "")

    def __call__(self, done: float, stage: str) -> None:
        """Report the fraction done and the stage."""
        now = time.monotonic()
        if stage != self._last[1] or now - self._last[0] >= _PROGRESS_EVERY_S:
            self._last = (now, stage)
            self._channel.tell("progress", id=self._id, done=round(done, 4), stage=stage)


class Meter:
    """Processor time of this process, shared equally by the orders under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used_s: dict[str, float] = {}
        self._last_s = 0.0

    def begin(self, order_id: str) -> None:
        """An order begins to use time."""
        with self._lock:
            self._share()
            self._used_s[order_id] = 0.0

    def end(self, order_id: str) -> float:
        """An order ends; the processor time that it used, seconds."""
        with self._lock:
            self._share()
            return round(self._used_s.pop(order_id), 3)

    def _share(self) -> None:
        now = time.process_time()
        for order_id in self._used_s:
            self._used_s[order_id] += (now - self._last_s) / len(self._used_s)
        self._last_s = now


def fulfil(engine: Engine, message: dict[str, Any], channel: Channel, meter: Meter) -> None:
    """Make one order and say how it went."""
    from pathlib import Path

    from serving.piece.generate import make
    from serving.piece.orders import Order
    from serving.piece.references import References

    order = Order.model_validate(message["order"])
    meter.begin(order.id)
    outcome: dict[str, Any]
    try:
        piece = make(
            engine,
            order,
            References.under(Path(message["root"])),
            Reporter(channel, order.id),
            lambda: channel.is_cancelled(order.id),
        )
    except Cancelled:
        outcome = {"kind": "cancelled"}
    except EngineError as error:
        outcome = {"kind": "failed", "reason": error.reason, "detail": error.detail}
    except Exception as error:
        detail = f"{order.engine}: {type(error).__name__}: {error}"
        outcome = {"kind": "failed", "reason": "engine-failed", "detail": detail}
    else:
        outcome = {"kind": "done", "piece": piece.model_dump(mode="json")}
    channel.forget(order.id)
    channel.tell(**outcome, id=order.id, cpu_s=meter.end(order.id))


def warm_up() -> None:
    """Load and compile what measures and writes audio, before the first request needs it."""
    import numpy as np

    from serving.piece.adherence import measure

    sample_rate = 44_100
    t = np.arange(6 * sample_rate) / sample_rate
    y = 0.3 * np.sin(2 * np.pi * 220 * t) * np.exp(-8 * (t % 0.5))
    measure(np.repeat(y[:, None], 2, axis=1).astype(np.float32), sample_rate)


def main() -> None:
    """Load the engine named by the first message, then serve orders for ever."""
    outgoing = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not end up between the messages
    channel = Channel(sys.stdin, outgoing)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)  # answers to clients come before music
    spec = EngineSpec.model_validate_json(sys.stdin.readline())
    threading.Thread(target=channel.listen, daemon=True).start()
    from serving.piece.generate import build_engine

    try:
        engine = build_engine(spec)
    except EngineError as error:
        channel.tell("unavailable", reason=error.reason, detail=error.detail)
        return
    if spec.warm_up:
        warm_up()
    channel.tell("ready", **asdict(Facts.of(engine)))
    meter = Meter()
    if spec.batch == 1:
        while True:
            fulfil(engine, channel.next_order(), channel, meter)
    with ThreadPoolExecutor(spec.batch, thread_name_prefix="piece") as threads:
        while True:
            threads.submit(fulfil, engine, channel.next_order(), channel, meter)


if __name__ == "__main__":
    main()
