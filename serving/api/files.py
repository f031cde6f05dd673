"""Finished audio over HTTP, and what belongs to it."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from serving.api.routes import NOT_FOUND, service_of
from serving.piece.credentials import SIGNED_KINDS
from serving.piece.pieces import MEDIA_TYPES, Piece
from serving.problems import Problem
from serving.requests import ID_PATTERN
from serving.schemas import Provenance

__all__ = ["router"]

router = APIRouter(tags=["audio"])


@router.get(
    "/audio/{name}",
    response_class=FileResponse,
    responses={
        200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}, "description": "the file"},
        206: {"description": "the range asked for"},
        304: {"description": "unchanged"},
        416: {"description": "no such range"},
        **NOT_FOUND,
    },
)
async def audio(name: str, request: Request, download: bool = False) -> Response:
    """A file of a piece: ``ID.wav``, ``.flac``, ``.ogg``, ``.mp3``, ``ID.STEM.flac``, ``ID.mid``,
    ``ID.zip`` (stems), ``ID.json`` (sidecar). Formats not yet there are made from the master.
    """
    service = service_of(request)
    file = service.pieces.parse(name)
    path = await asyncio.to_thread(service.pieces.ensure, file) if file else None
    if file is None or path is None:
        raise Problem.not_found(
            "no-audio", f"audio {name[:80]}: unknown, or removed since it was made"
        )
    version = ""
    if service.credentials is not None and file.kind in SIGNED_KINDS:
        piece = await load_piece(request, file.piece_id)
        path = await asyncio.to_thread(service.credentials.signed, path, file.kind, piece)
        version = f"-{path.stat().st_mtime_ns:x}"
    service.cache.grew(file.piece_id)
    shared = "private" if service.keyring.required else "public"
    headers = {
        "Cache-Control": f"{shared}, max-age=31536000, immutable",
        "ETag": f'"{name}{version}"',
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[file.kind],
        headers=headers,
        filename=f"shiroa-{name}" if download else None,
    )


@router.get(
    "/audio/{piece_id}/provenance",
    response_model=Provenance,
    responses=NOT_FOUND,
)
async def provenance(piece_id: str, request: Request) -> Any:
    """Where a piece comes from, and under which terms it may be used."""
    return (await load_piece(request, piece_id)).provenance


async def load_piece(request: Request, piece_id: str) -> Piece:
    """The piece that a client names; `Problem` when there is none."""
    import re

    service = service_of(request)
    known = re.fullmatch(ID_PATTERN, piece_id, re.ASCII) is not None
    piece = await asyncio.to_thread(service.pieces.load, piece_id) if known else None
    if piece is None:
        raise Problem.not_found(
            "no-audio", f"audio {piece_id[:80]}: unknown, or removed since it was made"
        )
    return piece
