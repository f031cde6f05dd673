"""Reference audio: what uploads measure, and the uploads themselves for a while."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from features.errors import ShiroaError
from serving.piece.pieces import PieceFile, PieceFolder
from serving.requests import ID_PATTERN
from serving.schemas import Measured

__all__ = ["References", "Source", "UnusableReference", "reference_id_of"]


def reference_id_of(audio: bytes) -> str:
    """24 hexadecimal digits that stand for the content of an upload."""
    return hashlib.sha256(audio).hexdigest()[:24]


class UnusableReference(ShiroaError):  # noqa: N818 - it says what it is
    """A reference that can't be followed."""


@dataclass(frozen=True)
class Source:
    """Music to follow: what it measures, and its audio file."""

    measured: Measured
    audio: Path


@dataclass(frozen=True)
class References:
    """Everything that may be followed: uploads, and the pieces made before.

    Attributes:
        folder: where uploads are kept, under the digest of their content.
        pieces: the pieces made before.
    """

    folder: Path
    pieces: PieceFolder

    @classmethod
    def under(cls, root: Path) -> References:
        """The references of a service that keeps its files below ``root``."""
        return cls(root / "references", PieceFolder.under(root))

    def find(self, reference_id: str) -> Source | None:
        """The upload or the piece of that id, or None; an upload stays longer by being used."""
        if not re.fullmatch(ID_PATTERN, reference_id, re.ASCII):
            return None
        if piece := self.pieces.load(reference_id):
            return Source(piece.measured, self.pieces.path(PieceFile(piece.id, None, "flac")))
        told, audio = self._paths(reference_id)
        try:
            measured = Measured.model_validate_json(told.read_bytes())
            os.utime(told)
        except (OSError, ValueError):
            return None
        return Source(measured, audio) if audio.is_file() else None

    def add(self, audio: Path) -> str:
        """Measure an audio file of up to 10 minutes in this process and keep a copy; its id.

        Raises `UnusableReference` for a file that isn't playable audio.
        """
        from serving.piece.measure_file import RULE, measured

        try:
            reference_id = reference_id_of(audio.read_bytes())
        except OSError as error:
            raise UnusableReference(f"reference={audio}: can't be read ({error})") from None
        if self.find(reference_id) is None:
            found = measured(audio)
            if "problem" in found:
                raise UnusableReference(f"reference={audio}: {found['problem']}: {RULE}")
            self.workshop()
            copy = self.folder / f".{reference_id}.{os.getpid()}.part"
            shutil.copyfile(audio, copy)
            self.keep(reference_id, Measured.model_validate(found), copy)
        return reference_id

    def keep(self, reference_id: str, measured: Measured, audio: Path) -> None:
        """Keep an upload by moving ``audio`` here, and what it measures."""
        self.folder.mkdir(parents=True, exist_ok=True)
        told, kept = self._paths(reference_id)
        audio.replace(kept)
        part = told.with_name(f".{told.name}.{os.getpid()}.part")
        part.write_text(measured.model_dump_json())
        part.replace(told)

    def workshop(self) -> Path:
        """The folder, there to write an upload into before it is measured."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def prune(self, unused_s: float) -> int:
        """Delete uploads that nobody used for that many seconds; how many files."""
        oldest = time.time() - unused_s
        gone = 0
        for told in self.folder.glob("*.json"):
            with contextlib.suppress(OSError):
                if told.stat().st_mtime < oldest:
                    for path in (told, self._paths(told.stem)[1]):
                        path.unlink(missing_ok=True)
                        gone += 1
        return gone

    def _paths(self, reference_id: str) -> tuple[Path, Path]:
        return self.folder / f"{reference_id}.json", self.folder / f"{reference_id}.audio"
