"""Music as it is made: one endless answer, piece after piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from features.audio.reader import Audio, decode
from serving.api.guard import owner_of
from serving.api.routes import PROBLEMS, service_of
from serving.piece.generate import check_request
from serving.piece.mp3 import Mp3Stream
from serving.piece.pieces import MEDIA_TYPES, PieceFile
from serving.piece.wav import WavStream
from serving.problems import Fault, Problem
from serving.requests import MAX_SEED, GenerateRequest
from serving.runtime.service import Service

__all__ = ["router"]

router = APIRouter(tags=["music"])

_SEGMENT_S: Final = 20.0
_STREAM_KINDS: Final = ("mp3", "wav")
_TOTAL_RANGE_S: Final = (15, 24 * 3600)
_CHUNK: Final = 64 * 1024


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
        params = {"value": wanted.format, "allowed": _STREAM_KINDS}
        detail = f"format={wanted.format}: {rule}"
        raise Problem.invalid([Fault("format", detail, "not-one-of", params)])
    service = service_of(request)
    await service.orders(wanted)
    parts = _parts(service, wanted, owner_of(request), total_s)
    first = await anext(parts)
    encoder = _encoder(wanted.format, first, total_s)

    async def body() -> AsyncIterator[bytes]:
        yield await asyncio.to_thread(encoder.write, first.samples)
        async for part in parts:
            sound = await asyncio.to_thread(encoder.write, part.samples)
            for start in range(0, len(sound), _CHUNK):
                yield sound[start : start + _CHUNK]
        yield await asyncio.to_thread(encoder.close)

    return StreamingResponse(
        body(), media_type=MEDIA_TYPES[wanted.format], headers={"Cache-Control": "no-store"}
    )


async def _parts(
    service: Service, wanted: GenerateRequest, owner: str, total_s: float | None
) -> AsyncIterator[Audio]:
    first = (await service.orders(wanted))[0].seed
    count = None if total_s is None else _count(total_s)
    index = 0
    ahead = asyncio.create_task(_part(service, wanted, owner, first))
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


async def _part(service: Service, wanted: GenerateRequest, owner: str, seed: int) -> Audio:
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
    return await asyncio.to_thread(_sound, service, piece.id)


def _sound(service: Service, piece_id: str) -> Audio:
    path = service.pieces.ensure(PieceFile(piece_id, None, "flac"))
    if path is None:
        raise Problem(503, "stream-broken", "The stream can't go on", f"{piece_id} is gone")
    return decode(path)


def _encoder(kind: str, first: Audio, total_s: float | None) -> Mp3Stream | WavStream:
    """What turns audio like ``first`` into a stream; it knows the length where there is an end."""
    frames = None if total_s is None else _count(total_s) * len(first.samples)
    make = Mp3Stream if kind == "mp3" else WavStream
    return make(first.sample_rate, first.samples.shape[1], frames)


def _count(total_s: float) -> int:
    return max(1, round(total_s / _SEGMENT_S))


def _given(values: dict[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _total(duration: str | None) -> float | None:
    if not duration:
        return None
    try:
        total = float(duration)
    except ValueError:
        total = 0.0
    least, most = _TOTAL_RANGE_S
    if not least <= total <= most:
        detail = f"duration={duration[:40]}: must be {least}-{most} seconds, or left out for no end"
        params = {"value": duration[:40], "min": least, "max": most}
        raise Problem.invalid([Fault("duration", detail, "out-of-range", params)])
    return total
