"""Reference audio: measured once, its tempo and key kept, the audio itself thrown away."""

from __future__ import annotations

import re
from pathlib import Path

from data_catalog.vocabulary import TEMPO_RANGE_BPM
from serving.pieces import PieceFolder
from serving.problems import Fault, Problem
from serving.schemas import ID_PATTERN, GenerateRequest, Measured

__all__ = ["read_reference", "with_reference", "write_reference"]


def with_reference(request: GenerateRequest, pieces: PieceFolder, root: Path) -> GenerateRequest:
    """The request with tempo and key of its reference where it leaves them open.

    A tempo outside of what can be asked for is doubled or halved into it. Raises `Problem` when
    there is no such reference.
    """
    if request.reference is None:
        return request
    piece = pieces.load(request.reference)
    measured = piece.measured if piece else read_reference(root, request.reference)
    if measured is None:
        rule = "unknown; upload the audio to POST /references first"
        fault = f"reference={request.reference}: {rule}"
        raise Problem.invalid([Fault("reference", fault)])
    taken = {
        "tempo": request.tempo or _folded(measured.tempo_bpm),
        "key": request.key or measured.key,
    }
    return request.model_copy(update=taken)


def _folded(tempo_bpm: float | None) -> float | None:
    low, high = TEMPO_RANGE_BPM
    if tempo_bpm is None or tempo_bpm <= 0:
        return None
    while tempo_bpm < low:
        tempo_bpm *= 2
    while tempo_bpm > high:
        tempo_bpm /= 2
    return round(tempo_bpm, 2)


def read_reference(root: Path, reference_id: str) -> Measured | None:
    """What the upload of that id measured, or None when there is none."""
    if not re.fullmatch(ID_PATTERN, reference_id, re.ASCII):
        return None
    try:
        return Measured.model_validate_json(_path(root, reference_id).read_bytes())
    except (OSError, ValueError):
        return None


def write_reference(root: Path, reference_id: str, measured: Measured) -> None:
    """Keep what an upload measured."""
    path = _path(root, reference_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{reference_id}.part")
    part.write_text(measured.model_dump_json())
    part.replace(path)


def _path(root: Path, reference_id: str) -> Path:
    return root / "references" / f"{reference_id}.json"
