"""Writes what was made into the catalog's table `generations`, off the path of answers."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime
from typing import Any, Final

from data_catalog.home import Home
from serving.piece.pieces import Piece, PieceFolder

__all__ = ["Recorder", "row_of"]

log = logging.getLogger("shiroa.serving")

_GATHER_S: Final = 2.0


class Recorder:
    """Gathers pieces for a moment and commits them together; without a home it does nothing.

    A process that dies leaves the pieces of the last two seconds unrecorded; `recover` finds them.
    """

    def __init__(self, home: Home | None):
        self._home = home
        self._waiting: list[Piece] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def add(self, piece: Piece) -> None:
        """Have a piece recorded soon."""
        if self._home is None:
            return
        with self._lock:
            self._waiting.append(piece)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                self._thread.start()

    def recover(self, pieces: PieceFolder) -> int:
        """Record the pieces that a killed process left unrecorded; how many."""
        there = [] if self._home is None else list(pieces.ids())
        if self._home is None or not there:
            return 0
        known = recorded(self._home)
        found = [pieces.load(piece_id) for piece_id in there if piece_id not in known]
        left = [piece for piece in found if piece is not None]
        return record(self._home, left) if left else 0

    def close(self) -> None:
        """Record what is left, then stop."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait(_GATHER_S)
            self._flush()
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            pieces, self._waiting = self._waiting, []
        if not pieces or self._home is None:
            return
        try:
            record(self._home, pieces)
        except Exception:
            log.exception("%d generations could not be recorded in the catalog", len(pieces))


def record(home: Home, pieces: list[Piece]) -> int:
    """Insert the pieces that `generations` does not hold yet; how many."""
    from data_catalog.tables.store import Store

    return int(Store.open(home).insert_new("generations", [row_of(piece) for piece in pieces]))


def recorded(home: Home) -> set[str]:
    """Ids of the generations that the catalog holds."""
    from data_catalog.tables.store import Store

    return set(Store.open(home).read("generations")["generation_id"])


def row_of(piece: Piece) -> dict[str, Any]:
    """The row of `generations` for a piece."""
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
        "created_at": datetime.fromisoformat(provenance.created_at),
    }
