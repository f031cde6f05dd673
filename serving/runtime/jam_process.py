"""The process in which live music is made: answers JSON lines with a JSON line and samples.

Messages: ``start`` (id, dials, seed, sample_rate, soundfont), ``recite`` (id, wish, sample_rate,
soundfont), ``turn`` (id, dials), ``next`` (id), ``stop`` (id). ``soundfont`` has the fields of a
`serving.config.SoundfontSpec`, or is null. The first two are answered with the ``provenance`` of
what will be heard. Started by `serving.runtime.jam` as ``python -m serving.runtime.jam_process``;
it ends when its parent does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.errors import ShiroaError
from serving.composer import Block, Dials, LiveMusic, recital
from serving.engines.base import EngineError, Request
from serving.engines.composer import ComposerEngine, score_of
from serving.piece.provenance import describe
from serving.runtime.line_server import answer_lines

_NOTHING: Final = np.zeros((0, 2), np.float32)


class Session:
    """One listener's music."""

    def __init__(self, engine: ComposerEngine, dials: dict[str, Any], seed: int):
        self._music = LiveMusic(_dials(dials), seed, engine.sample_rate, engine.soundfont)
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

    def __init__(self, engine: ComposerEngine, wish: dict[str, Any]):
        score = score_of(Request(**wish))
        self._stretches = recital(score, engine.sample_rate, engine.soundfont)

    def next(self) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        """The next samples; ``ended`` when there are no more."""
        audio = next(self._stretches, None)
        return ({"ended": True}, _NOTHING) if audio is None else ({}, audio)


class Sessions:
    """All listeners of the process, and the engines as which it plays, each opened once."""

    def __init__(self) -> None:
        self._all: dict[str, Session | Recital] = {}
        self._engines: dict[str, ComposerEngine] = {}

    def answer(self, message: dict[str, Any]) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        """Do what a message says; ``problem`` in the answer says why it can't be done, ``reason``
        that it is for want of something of the installation."""
        try:
            return self._answer(message)
        except EngineError as error:
            return {"problem": error.detail, "reason": error.reason}, _NOTHING
        except ShiroaError as error:
            return {"problem": str(error)}, _NOTHING

    def _answer(self, message: dict[str, Any]) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
        name, do = message["id"], message["do"]
        if do == "start":
            engine = self._engine(message["sample_rate"], message["soundfont"])
            self._all[name] = Session(engine, message["dials"], message["seed"])
            return _told(engine, message["seed"])
        if do == "recite":
            engine = self._engine(message["sample_rate"], message["soundfont"])
            self._all[name] = Recital(engine, message["wish"])
            return _told(engine, message["wish"]["seed"])
        if do == "turn":
            session = self._all[name]
            if isinstance(session, Session):
                session.turn(message["dials"])
        elif do == "next":
            return self._all[name].next()
        else:
            self._all.pop(name, None)
        return {}, _NOTHING

    def _engine(self, sample_rate: int, soundfont: dict[str, Any] | None) -> ComposerEngine:
        key = json.dumps([sample_rate, soundfont], sort_keys=True)
        if key not in self._engines:
            self._engines[key] = ComposerEngine(sample_rate, soundfont)
        return self._engines[key]


def _told(engine: ComposerEngine, seed: int) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
    return {"provenance": describe(engine, seed).model_dump(mode="json")}, _NOTHING


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
