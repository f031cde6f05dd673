"""Finished pieces on disk: one folder each, one lossless master, other formats on demand."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from serving.requests import AUDIO_FORMATS
from serving.schemas import Adherence, Answer, Asked, Measured, Provenance

__all__ = [
    "LOOPS",
    "MEDIA_TYPES",
    "PAPERS",
    "Piece",
    "PieceFile",
    "PieceFolder",
    "answer_of",
    "write_audio",
]

MEDIA_TYPES: Final = {
    "wav": "audio/wav",
    "wav24": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "mp3": "audio/mpeg",
    "mid": "audio/midi",
    "lrc": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
}
LOOPS: Final = "loops"
PAPERS: Final = ("mid", "txt", "lrc")
_ENDINGS: Final = {kind: "24.wav" if kind == "wav24" else kind for kind in MEDIA_TYPES}
_KINDS: Final = {ending: kind for kind, ending in _ENDINGS.items()}
_NAME: Final = re.compile(
    r"(?P<id>[0-9a-f]{24})(?:\.(?P<part>[a-z0-9][a-z0-9_-]{0,31}))??"
    rf"\.(?P<ending>{'|'.join(map(re.escape, _KINDS))})",
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
    lyrics: bool = False
    chords: bool = False
    score: dict[str, Any] = {}
    corrections: list[str] = []
    generation_s: float

    @property
    def has_loops(self) -> bool:
        """Whether its parts can be cut into loops."""
        return bool(self.stems and self.score.get("sections"))


@dataclass(frozen=True)
class PieceFile:
    """A file of a piece that a client asked for: ``part`` names a stem, None is the mix."""

    piece_id: str
    part: str | None
    kind: str

    @property
    def name(self) -> str:
        """The file's name, as in its address."""
        part = f".{self.part}" if self.part else ""
        return f"{self.piece_id}{part}.{_ENDINGS[self.kind]}"


@dataclass(frozen=True)
class PieceFolder:
    """The folder that holds all pieces."""

    root: Path

    @classmethod
    def under(cls, root: Path) -> PieceFolder:
        """The pieces of a service that keeps its files below ``root``."""
        return cls(root / "generated")

    @staticmethod
    def parse(name: str) -> PieceFile | None:
        """The file that a client's name means, or None when no file can have that name.

        Nothing but what this returns is ever joined to a path.

        >>> PieceFolder.parse("../../etc/passwd") is None
        True
        """
        found = _NAME.fullmatch(name)
        return PieceFile(found["id"], found["part"], _KINDS[found["ending"]]) if found else None

    def folder(self, piece_id: str) -> Path:
        """Where the files of a piece are."""
        return self.root / piece_id

    def path(self, file: PieceFile) -> Path:
        """Where a file of a piece is, or would be."""
        return self.folder(file.piece_id) / file.name

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

    def sweep(self, older_than_s: float) -> int:
        """Delete what pieces under way left behind when their process was killed; how many."""
        oldest = time.time() - older_than_s
        gone = 0
        for pattern in (".making-*", ".gone-*"):
            for left in self.root.glob(pattern):
                if left.stat().st_mtime < oldest:
                    shutil.rmtree(left, ignore_errors=True)
                    gone += 1
        return gone

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
        if file.kind == "zip" and file.part in (None, LOOPS):
            return self._archive(file, path)
        return None

    def _transcode(self, master: PieceFile, path: Path) -> Path | None:
        from features.audio.reader import decode
        from features.audio.tags import read_tags

        source = self.path(master)
        if not source.is_file():
            return None
        audio = decode(source)
        tags = {name: values[0] for name, values in read_tags(source).items()}
        write_audio(path, audio.samples, audio.sample_rate, tags)
        return path

    def _archive(self, file: PieceFile, path: Path) -> Path | None:
        piece = self.load(file.piece_id)
        if piece is None or not piece.stems or (file.part == LOOPS and not piece.has_loops):
            return None
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        if file.part == LOOPS:
            part.write_bytes(self._loops(piece))
        else:
            self._write_archive(piece, part)
        part.replace(path)
        return path

    def _write_archive(self, piece: Piece, part: Path) -> None:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for entry in sorted(self.folder(piece.id).iterdir()):
                stem = entry.name.split(".")[1] in piece.stems and entry.suffix == ".flac"
                if stem or entry.suffix[1:] in ("json", *PAPERS):
                    archive.write(entry, entry.name)

    def _loops(self, piece: Piece) -> bytes:
        from serving.piece.loops import loop_pack

        names = {"mid": "score.mid", "txt": "chords.txt", "lrc": "lyrics.lrc"}
        paths = {name: self.path(PieceFile(piece.id, None, kind)) for kind, name in names.items()}
        papers = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
        papers["score.json"] = json.dumps(piece.score, indent=1).encode()
        stems = {name: self.path(PieceFile(piece.id, name, "flac")) for name in piece.stems}
        return loop_pack(stems, piece.score, papers)


def write_audio(
    path: Path, y: npt.NDArray[np.float32], sample_rate: int, tags: Mapping[str, str]
) -> None:
    """Write ``y`` (frames, channels) as the name of ``path`` says; masters and ``.24.wav`` have
    24 bits.
    """
    from features.audio.encoding import encode

    is_deep = path.suffix == ".flac" or path.name.endswith(f".{_ENDINGS['wav24']}")
    encode(path, y, sample_rate, bit_depth=24 if is_deep else 16, tags=tags)


def answer_of(piece: Piece, *, kind: str, base_url: str, cached: bool) -> Answer:
    """The piece as an answer, with addresses that start with ``base_url``."""

    def url(kind: str, part: str | None = None) -> str:
        return f"{base_url}/audio/{PieceFile(piece.id, part, kind).name}"

    return Answer(
        id=piece.id,
        audio_url=url(kind),
        asked=piece.asked,
        measured=piece.measured,
        adherence=piece.adherence,
        seed=piece.seed,
        model=piece.model,
        cached=cached,
        provenance=piece.provenance,
        provenance_url=f"{base_url}/audio/{piece.id}/provenance",
        downloads={name: url(name) for name in AUDIO_FORMATS},
        stems={name: url("flac", name) for name in piece.stems} or None,
        stems_url=url("zip") if piece.stems else None,
        midi_url=url("mid") if piece.midi else None,
        lyrics_url=url("lrc") if piece.lyrics else None,
        chords_url=url("txt") if piece.chords else None,
        loops_url=url("zip", LOOPS) if piece.has_loops else None,
        score=piece.score,
        corrections=piece.corrections,
        generation_s=piece.generation_s,
    )
