"""Music as it is made: one endless answer, piece after piece."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from serving.generate import check_request
from serving.guard import owner_of
from serving.pieces import MEDIA_TYPES, PieceFile
from serving.problems import Fault, Problem
from serving.requests import MAX_SEED, GenerateRequest
from serving.routes import PROBLEMS, service_of
from serving.service import Service

__all__ = ["mp3_frames", "router"]

router = APIRouter(tags=["music"])

_SEGMENT_S: Final = 20.0
_STREAM_KINDS: Final = ("mp3", "wav")
_CHUNK: Final = 64 * 1024
_ENDLESS: Final = 0xFFFFFFFF


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"audio/mpeg": {}, "audio/wav": {}}}, **PROBLEMS},
)
async def stream(
    request: Request,
    genre: str | None = None,
    mood: str | None = None,
    tempo: str | None = None,
    key: str | None = None,
    prompt: str | None = None,
    seed: str | None = None,
    model: str | None = None,
    format: str = Query("mp3", description="mp3 or wav"),
    duration: str | None = Query(None, description="total length, seconds; endless when left out"),
) -> Response:
    """Music without an end, as MP3 or WAV, the next part made while this one plays."""
    asked = {
        "genre": genre, "mood": mood, "tempo": tempo, "key": key, "prompt": prompt,
        "seed": seed, "model": model, "format": format,
    }  # fmt: skip
    total_s = _total(duration)
    wanted = check_request({**_given(asked), "duration": _SEGMENT_S})
    if wanted.format not in _STREAM_KINDS:
        rule = "must be mp3 or wav in a stream"
        raise Problem.invalid([Fault("format", f"format={wanted.format}: {rule}")])
    service = service_of(request)
    await service.orders(wanted)
    parts = _parts(service, wanted, owner_of(request), total_s)
    first = await anext(parts)

    async def body() -> AsyncIterator[bytes]:
        yield first
        async for part in parts:
            for start in range(0, len(part), _CHUNK):
                yield part[start : start + _CHUNK]

    return StreamingResponse(
        body(), media_type=MEDIA_TYPES[wanted.format], headers={"Cache-Control": "no-store"}
    )


async def _parts(
    service: Service, wanted: GenerateRequest, owner: str, total_s: float | None
) -> AsyncIterator[bytes]:
    first = (await service.orders(wanted))[0].seed
    count = None if total_s is None else max(1, round(total_s / _SEGMENT_S))
    index = 0
    ahead = asyncio.create_task(_part(service, wanted, owner, first, is_first=True))
    try:
        while count is None or index < count:
            part = await ahead
            index += 1
            if count is None or index < count:
                seed = (first + index) % (MAX_SEED + 1)
                ahead = asyncio.create_task(_part(service, wanted, owner, seed))
            yield part
    finally:
        ahead.cancel()


async def _part(
    service: Service, wanted: GenerateRequest, owner: str, seed: int, *, is_first: bool = False
) -> bytes:
    request = wanted.model_copy(update={"seed": seed})
    job = await service.submit([request], owner, priority=1)
    try:
        await service.wait(job, service.config.job_timeout_s)
    except asyncio.CancelledError:
        await service.cancel(job)
        raise
    piece = next(iter(job.pieces.values()), None)
    if piece is None:
        problem = next(iter(job.record.problems.values()), {"detail": "it was cancelled"})
        raise Problem(503, "stream-broken", "The stream can't go on", problem["detail"])
    return await asyncio.to_thread(_sound, service, piece.id, wanted.format, header=is_first)


def _sound(service: Service, piece_id: str, kind: str, *, header: bool) -> bytes:
    path = service.pieces.ensure(PieceFile(piece_id, None, kind))
    if path is None:
        raise Problem(503, "stream-broken", "The stream can't go on", f"{piece_id} is gone")
    data = path.read_bytes()
    if kind == "mp3":
        return mp3_frames(data)
    return (endless_wav_header(data) if header else b"") + wav_chunk(data, b"data")


def mp3_frames(data: bytes) -> bytes:
    """The frames of an MP3 file without its tags and length header, so that files can be joined."""
    start = 0
    while data[start : start + 3] == b"ID3":
        size = 0
        for byte in data[start + 6 : start + 10]:
            size = size << 7 | byte & 0x7F
        start += 10 + size
    end = len(data) - 128 if data[-128:-125] == b"TAG" else len(data)
    head = data[start : start + 200]
    if b"Xing" in head or b"Info" in head:
        following = data.find(data[start : start + 2], start + 4)
        start = following if following > 0 else start
    return data[start:end]


def wav_chunk(data: bytes, wanted: bytes) -> bytes:
    """The content of the first chunk of that name in a WAV file; empty when there is none."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == wanted:
            return data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return b""


def endless_wav_header(data: bytes) -> bytes:
    """The header of a WAV file like ``data`` whose length nobody knows yet."""
    form = wav_chunk(data, b"fmt ")
    return (
        struct.pack("<4sI4s", b"RIFF", _ENDLESS, b"WAVE")
        + struct.pack("<4sI", b"fmt ", len(form))
        + form
        + struct.pack("<4sI", b"data", _ENDLESS)
    )


def _given(values: dict[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _total(duration: str | None) -> float | None:
    if not duration:
        return None
    try:
        total = float(duration)
    except ValueError:
        total = 0.0
    if not 15 <= total <= 24 * 3600:
        detail = f"duration={duration[:40]}: must be 15-86400 seconds, or left out for no end"
        raise Problem.invalid([Fault("duration", detail)])
    return total
