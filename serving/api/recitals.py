"""The music of a job while it is being made."""

from __future__ import annotations

import secrets
from dataclasses import asdict

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from serving.api.answers import base_url, result_of
from serving.api.jams import LIVE_FORMATS, not_live, stream_headers
from serving.api.routes import NOT_FOUND, PROBLEMS, job_of, service_of
from serving.piece.mp3 import Mp3Stream
from serving.piece.orders import engine_request
from serving.piece.pieces import MEDIA_TYPES
from serving.piece.wav import WavStream
from serving.problems import Problem
from serving.runtime.jam import SAMPLE_RATE, Jam
from serving.schemas import Answer, ProblemDocument

__all__ = ["router"]

router = APIRouter(tags=["music"])

_SKILL = "live"


@router.get(
    "/jobs/{job_id}/audio",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"audio/mpeg": {}, "audio/wav": {}}},
        303: {"description": "it is finished: here is its file"},
        409: {"model": ProblemDocument, "description": "not to be heard before it is finished"},
        **NOT_FOUND,
        **PROBLEMS,
    },
)
async def recite(
    job_id: str,
    request: Request,
    format: str = Query("mp3", description="mp3 or wav"),
) -> Response:
    """Hear a job's first piece from its first beat on, before its file is there.

    It is the same music without the mastering. Once the job is done, the answer leads to the file.
    """
    if format not in LIVE_FORMATS:
        raise Problem.invalid([not_live(format)])
    service = service_of(request)
    job = await job_of(request, job_id)
    if job.finished:
        result = result_of(service, job, 0, base_url(request, service.config), cached=True)
        if not isinstance(result, Answer):
            raise Problem(409, "ended", "There is no music to hear", result["detail"])
        return RedirectResponse(result.audio_url, 303)
    order = job.record.orders[0][0]
    pool = service.pools[order.engine]
    facts = pool.hosts[0].facts
    if facts is None or _SKILL not in facts.skills or order.request.strength is not None:
        raise Problem(
            409,
            "not-yet",
            "Its music can't be heard before it is finished",
            f"job {job_id}: wait for its end at /jobs/{job_id}/events",
        )
    jam: Jam = request.app.state.jam
    name = secrets.token_hex(12)
    listener = await jam.recite(
        name,
        asdict(engine_request(order, service.references)),
        pool.spec.options.get("soundfont"),
    )
    frames = round(order.request.duration * SAMPLE_RATE)
    encoder = (Mp3Stream if format == "mp3" else WavStream)(SAMPLE_RATE, 2, frames)
    return StreamingResponse(
        jam.sound(name, encoder),
        media_type=MEDIA_TYPES[format],
        headers=stream_headers(listener),
    )
