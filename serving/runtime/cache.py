"""Finished pieces by the content of their request, within a limit of disk."""

from __future__ import annotations

import contextlib
import os
import time
from collections import OrderedDict
from typing import Final

from serving.piece.pieces import Piece, PieceFile, PieceFolder

__all__ = ["Cache"]

_IN_MEMORY: Final = 256
_NOTE_EVERY_S: Final = 60.0


class Cache:
    """Least recently used pieces leave when the rest would take more than ``limit_bytes``.

    A piece's id is the digest of everything that shapes it, so an id that is here is an answer.
    """

    def __init__(self, pieces: PieceFolder, limit_bytes: int):
        self.pieces = pieces
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._loaded: OrderedDict[str, Piece] = OrderedDict()
        self._noted: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._sizes)

    def scan(self) -> None:
        """Read what earlier runs left, oldest use first."""
        used = []
        for piece_id in self.pieces.ids():
            path = self.pieces.path(PieceFile(piece_id, None, "json"))
            with contextlib.suppress(OSError):
                used.append((path.stat().st_mtime_ns, piece_id))
        for _, piece_id in sorted(used):
            self._enter(piece_id)

    def has(self, piece_id: str) -> bool:
        """Whether the piece is here."""
        return piece_id in self._sizes

    def get(self, piece_id: str) -> Piece | None:
        """The piece, if it is here; counts as a use."""
        if piece_id not in self._sizes:
            return None
        self._sizes.move_to_end(piece_id)
        piece = self._loaded.get(piece_id) or self.pieces.load(piece_id)
        if piece is None:
            self._leave(piece_id)
            return None
        self._remember(piece)
        self._note_use(piece_id)
        return piece

    def add(self, piece: Piece) -> None:
        """A piece was made."""
        self._remember(piece)
        self._enter(piece.id)
        self._make_room()

    def expire(self, unused_s: float) -> int:
        """Delete the pieces that nobody used for that many seconds; how many."""
        oldest = time.time() - unused_s
        gone = 0
        for piece_id in list(self._sizes):
            path = self.pieces.path(PieceFile(piece_id, None, "json"))
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    self._leave(piece_id)
                    self.pieces.remove(piece_id)
                    gone += 1
        return gone

    def grew(self, piece_id: str) -> None:
        """A file was added to a piece."""
        if piece_id in self._sizes:
            self._enter(piece_id)
            self._make_room()

    def _note_use(self, piece_id: str) -> None:
        """Keep the time of use on disk, so that it outlives a restart; to the minute."""
        now = time.monotonic()
        if now - self._noted.get(piece_id, -_NOTE_EVERY_S) < _NOTE_EVERY_S:
            return
        self._noted[piece_id] = now
        with contextlib.suppress(OSError):
            os.utime(self.pieces.path(PieceFile(piece_id, None, "json")))

    def _enter(self, piece_id: str) -> None:
        size = self.pieces.size(piece_id)
        self.used_bytes += size - self._sizes.get(piece_id, 0)
        self._sizes[piece_id] = size
        self._sizes.move_to_end(piece_id)

    def _leave(self, piece_id: str) -> None:
        self.used_bytes -= self._sizes.pop(piece_id, 0)
        self._loaded.pop(piece_id, None)
        self._noted.pop(piece_id, None)

    def _remember(self, piece: Piece) -> None:
        self._loaded[piece.id] = piece
        self._loaded.move_to_end(piece.id)
        while len(self._loaded) > _IN_MEMORY:
            self._loaded.popitem(last=False)

    def _make_room(self) -> None:
        while self.used_bytes > self.limit_bytes and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            self._leave(oldest)
            self.pieces.remove(oldest)
