"""Writes what was made into the catalog's table `generations`, off the path of answers."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from typing import Any, Final

from data_catalog.home import Home
from serving.piece.pieces import Piece, PieceFolder

__all__ = ["Recorder", "row_of"]

log = logging.getLogger("shiroa.serving")

_GATHER_S: Final = 2.0
_IDLE_S: Final = 60.0
_MOST_ANSWERS: Final = 100
"""After so many commits the process is replaced, since it grows with each."""


class Recorder:
    """Gathers pieces for a moment and commits them together; without a home it does nothing.

    A process that dies leaves the pieces of the last two seconds unrecorded; `recover` finds them.
    """

    def __init__(self, home: Home | None):
        self._writer = None if home is None else _Writer(home)
        self._waiting: list[Piece] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def add(self, piece: Piece) -> None:
        """Have a piece recorded soon."""
        if self._writer is None:
            return
        with self._lock:
            self._waiting.append(piece)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                self._thread.start()

    def recover(self, pieces: PieceFolder) -> int:
        """Record the pieces that a killed process left unrecorded; how many."""
        there = [] if self._writer is None else list(pieces.ids())
        if self._writer is None or not there:
            return 0
        found = [pieces.load(piece_id) for piece_id in self._writer.ask(unrecorded=there)]
        left = [row_of(piece) for piece in found if piece is not None]
        return int(self._writer.ask(insert=left)) if left else 0

    def close(self) -> None:
        """Record what is left, then stop."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        if self._writer is not None:
            self._writer.close()

    def _run(self) -> None:
        idle_s = 0.0
        while not self._closing:
            self._wake.wait(_GATHER_S)
            idle_s = 0.0 if self._flush() else idle_s + _GATHER_S
            if idle_s >= _IDLE_S and self._writer is not None:
                self._writer.close()
        self._flush()

    def _flush(self) -> bool:
        with self._lock:
            pieces, self._waiting = self._waiting, []
        if not pieces or self._writer is None:
            return False
        try:
            self._writer.ask(insert=[row_of(piece) for piece in pieces])
        except Exception:
            log.exception("%d generations could not be recorded in the catalog", len(pieces))
        return True


class _Writer:
    """The process beside the service that reads and writes the table."""

    def __init__(self, home: Home):
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        self._answers = 0
        self._lock = threading.Lock()

    def ask(self, **message: Any) -> Any:
        """Its answer to a message; asked once more when it dies over it, for rows count once."""
        line = json.dumps(message) + "\n"
        with self._lock:
            told = self._exchange(line) or self._exchange(line)
            self._answers += 1
            if self._answers >= _MOST_ANSWERS:
                self._end()
        if not told:
            raise OSError("the process that records generations died twice")
        if "error" in told:
            raise RuntimeError(told["error"])
        return told["answer"]

    def close(self) -> None:
        """End the process; the next message starts another."""
        with self._lock:
            self._end()

    def _exchange(self, line: str) -> dict[str, Any] | None:
        if self._process is None:
            command = [sys.executable, "-m", "serving.runtime.recorder_process", self._home.place]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        try:
            if stdin and stdout:
                stdin.write(line)
                stdin.flush()
                if answer := stdout.readline():
                    told: dict[str, Any] = json.loads(answer)
                    return told
        except OSError:
            log.warning("the process that records generations died; another is started")
        self._end()
        return None

    def _end(self) -> None:
        self._answers = 0
        process, self._process = self._process, None
        if process is not None:
            process.communicate()


def row_of(piece: Piece) -> dict[str, Any]:
    """The row of `generations` for a piece, as JSON can hold it."""
    provenance = piece.provenance
    return {
        "generation_id": piece.id,
        "engine": provenance.engine,
        "model_id": provenance.model,
        "asked": piece.asked.model_dump_json(exclude_none=True),
        "measured": piece.measured.model_dump_json(exclude_none=True),
        "seed": piece.seed,
        "licence": provenance.licence,
        "provenance": json.dumps(provenance.model_dump(mode="json")),
        "path": f"generated/{piece.id}/{piece.id}.flac",
        "generation_s": piece.generation_s,
        "created_at": provenance.created_at,
    }
