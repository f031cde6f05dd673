"""Finished pieces on disk: one folder each, one lossless master, other formats on demand."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from serving.schemas import AUDIO_FORMATS, Adherence, Answer, Asked, Measured, Provenance

__all__ = ["MEDIA_TYPES", "Piece", "PieceFolder", "answer_of"]

MEDIA_TYPES: Final = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "mid": "audio/midi",
    "json": "application/json",
    "zip": "application/zip",
}
_NAME: Final = re.compile(
    r"(?P<id>[0-9a-f]{24})(?:\.(?P<part>[a-z][a-z0-9_-]{0,31}))?"
    rf"\.(?P<kind>{'|'.join(MEDIA_TYPES)})",
    re.ASCII,
)


class Piece(BaseModel):
    """What is known of one finished piece; its JSON file is the sidecar of the audio."""

    id: str
    asked: Asked
    measured: Measured
    adherence: Adherence
    seed: int
    model: str
    provenance: Provenance
    stems: list[str] = []
    midi: bool = False
    score: dict[str, Any] = {}
    corrections: list[str] = []
    generation_s: float


@dataclass(frozen=True)
class PieceFile:
    """A file of a piece that a client asked for: ``part`` names a stem, None is the mix."""

    piece_id: str
    part: str | None
    kind: str


@dataclass(frozen=True)
class PieceFolder:
    """The folder that holds all pieces."""

    root: Path

    @staticmethod
    def parse(name: str) -> PieceFile | None:
        """The file that a client's name means, or None when no file can have that name.

        Nothing but what this returns is ever joined to a path.

        >>> PieceFolder.parse("../../etc/passwd") is None
        True
        """
        found = _NAME.fullmatch(name)
        return PieceFile(found["id"], found["part"], found["kind"]) if found else None

    def folder(self, piece_id: str) -> Path:
        """Where the files of a piece are."""
        return self.root / piece_id

    def path(self, file: PieceFile) -> Path:
        """Where a file of a piece is, or would be."""
        part = f".{file.part}" if file.part else ""
        return self.folder(file.piece_id) / f"{file.piece_id}{part}.{file.kind}"

    def load(self, piece_id: str) -> Piece | None:
        """The piece, or None when there is none (any more)."""
        path = self.path(PieceFile(piece_id, None, "json"))
        try:
            return Piece.model_validate_json(path.read_bytes())
        except (OSError, ValueError):
            return None

    def ids(self) -> Iterator[str]:
        """Every piece that is complete."""
        if self.root.is_dir():
            for folder in sorted(self.root.iterdir()):
                if len(folder.name) == 24 and (folder / f"{folder.name}.json").is_file():
                    yield folder.name

    def workshop(self) -> Path:
        """A new empty folder beside the pieces, in which one is made."""
        self.root.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".making-", dir=self.root))

    def publish(self, workshop: Path, piece: Piece) -> None:
        """Write the sidecar, then move the whole folder into place in one step."""
        (workshop / f"{piece.id}.json").write_text(piece.model_dump_json(indent=1))
        workshop.chmod(0o755)
        target = self.folder(piece.id)
        if target.exists():
            shutil.rmtree(target, ignore_errors=True)
        try:
            workshop.replace(target)
        except OSError:  # another process has just published the same piece
            if not target.exists():
                raise
            shutil.rmtree(workshop, ignore_errors=True)

    def remove(self, piece_id: str) -> None:
        """Delete a piece: it vanishes at once, its files after."""
        grave = Path(tempfile.mkdtemp(prefix=".gone-", dir=self.root))
        with contextlib.suppress(OSError):
            self.folder(piece_id).replace(grave / piece_id)
        shutil.rmtree(grave, ignore_errors=True)

    def size(self, piece_id: str) -> int:
        """Disk that a piece takes, bytes."""
        folder = self.folder(piece_id)
        if not folder.is_dir():
            return 0
        return sum(entry.stat().st_size for entry in os.scandir(folder))

    def ensure(self, file: PieceFile) -> Path | None:
        """The path of a file of a piece, made from the master when it isn't there yet.

        None when the piece, the part or the kind doesn't exist.
        """
        path = self.path(file)
        if path.is_file():
            return path
        if file.kind in AUDIO_FORMATS:
            return self._transcode(PieceFile(file.piece_id, file.part, "flac"), path)
        if file.kind == "zip" and file.part is None:
            return self._archive(file.piece_id, path)
        return None

    def _transcode(self, master: PieceFile, path: Path) -> Path | None:
        from features.audio import decode
        from features.audio_tags import read_tags
        from features.encoding import encode

        source = self.path(master)
        if not source.is_file():
            return None
        audio = decode(source)
        tags = {name: values[0] for name, values in read_tags(source).items()}
        encode(path, audio.samples, audio.sample_rate, tags=tags)
        return path

    def _archive(self, piece_id: str, path: Path) -> Path | None:
        piece = self.load(piece_id)
        if piece is None or not piece.stems:
            return None
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for entry in sorted(self.folder(piece_id).iterdir()):
                stem = entry.name.split(".")[1] in piece.stems and entry.suffix == ".flac"
                if stem or entry.suffix in (".mid", ".json"):
                    archive.write(entry, entry.name)
        part.replace(path)
        return path


def answer_of(piece: Piece, *, kind: str, base_url: str, cached: bool) -> Answer:
    """The piece as an answer, with addresses that start with ``base_url``."""
    root = f"{base_url}/audio/{piece.id}"
    return Answer(
        id=piece.id,
        audio_url=f"{root}.{kind}",
        asked=piece.asked,
        measured=piece.measured,
        adherence=piece.adherence,
        seed=piece.seed,
        model=piece.model,
        cached=cached,
        provenance=piece.provenance,
        provenance_url=f"{root}/provenance",
        downloads={name: f"{root}.{name}" for name in AUDIO_FORMATS},
        stems={name: f"{root}.{name}.flac" for name in piece.stems} or None,
        stems_url=f"{root}.zip" if piece.stems else None,
        midi_url=f"{root}.mid" if piece.midi else None,
        score=piece.score,
        corrections=piece.corrections,
        generation_s=piece.generation_s,
    )
