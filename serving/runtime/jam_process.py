"""The process in which live music is made: answers JSON lines with a JSON line and samples.

Messages: ``start`` (id, dials, seed, sample_rate), ``recite`` (id, wish, sample_rate), ``turn``
(id, dials), ``next`` (id), ``stop`` (id). Started by `serving.runtime.jam` as ``python -m
serving.runtime.jam_process``; it ends when its parent does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.errors import ShiroaError
from serving.composer import Block, Dials, LiveMusic, recital
from serving.engines.base import Request
from serving.engines.composer import score_of
from serving.runtime.line_server import answer_lines

_NOTHING: Final = np.zeros((0, 2), np.float32)


class Session:
    """One listener's music."""

    def __init__(self, dials: dict[str, Any], seed: int, sample_rate: int):
        self._music = LiveMusic(_dials(dials), seed, sample_rate)
        self._bars: Iterator[Block] = self._music.bars()

    def turn(self, dials: dict[str, Any]) -> None:
        """Change what the next bar follows."""
        wanted = _dials(dials)
        LiveMusic(wanted)  # refuses what can't be, before anything changes
        vars(self._music.dials).update(vars(wanted))

    def next(self) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        """What the next block is, and its samples."""
        block = next(self._bars)
        told = {name: value for name, value in vars(block).items() if name != "audio"}
        return told, block.audio


class Recital:
    """One piece from its beginning to its end, as its engine makes it of the same wish."""

    def __init__(self, wish: dict[str, Any], sample_rate: int):
        self._stretches = recital(score_of(Request(**wish)), sample_rate)

    def next(self) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        """The next samples; ``ended`` when there are no more."""
        audio = next(self._stretches, None)
        return ({"ended": True}, _NOTHING) if audio is None else ({}, audio)


class Sessions:
    """All listeners of the process."""

    def __init__(self) -> None:
        self._all: dict[str, Session | Recital] = {}

    def answer(self, message: dict[str, Any]) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        """Do what a message says; ``problem`` in the answer says why it can't be done."""
        try:
            return self._answer(message)
        except ShiroaError as error:
            return {"problem": str(error)}, _NOTHING

    def _answer(self, message: dict[str, Any]) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        name, do = message["id"], message["do"]
        if do == "start":
            self._all[name] = Session(message["dials"], message["seed"], message["sample_rate"])
        elif do == "recite":
            self._all[name] = Recital(message["wish"], message["sample_rate"])
        elif do == "turn":
            session = self._all[name]
            if isinstance(session, Session):
                session.turn(message["dials"])
        elif do == "next":
            return self._all[name].next()
        else:
            self._all.pop(name, None)
        return {}, _NOTHING


def _dials(told: dict[str, Any]) -> Dials:
    return Dials(
        genre=told["genre"],
        mood=told["mood"],
        tempo_bpm=told["tempo"],
        key=told["key"],
        energy=told["energy"],
        muted=set(told["muted"]),
    )


def main() -> None:
    """Answer messages until the parent is gone."""
    sessions = Sessions()

    def said(line: bytes) -> bytes:
        told, audio = sessions.answer(json.loads(line))
        samples = audio.astype(np.float32, copy=False).tobytes()
        head = json.dumps({**told, "bytes": len(samples)}, default=list)
        return head.encode() + b"\n" + samples

    answer_lines(said)


if __name__ == "__main__":
    main()
