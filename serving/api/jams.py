"""Live music over HTTP: listen, and turn its dials while it plays."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse, StreamingResponse

from serving.api.routes import NOT_FOUND, PROBLEMS, body_of, service_of
from serving.config import COMPOSER_FACTORY
from serving.piece.generate import check_request
from serving.piece.mp3 import Mp3Stream
from serving.piece.pieces import MEDIA_TYPES
from serving.piece.wav import WavStream
from serving.problems import Fault, Problem, faults_of
from serving.requests import ID_PATTERN
from serving.runtime.jam import SAMPLE_RATE, Jam, Listener
from serving.runtime.pools import Pool
from serving.runtime.service import Service

__all__ = ["LIVE_FORMATS", "LiveRequest", "composer_pool", "not_live", "router", "stream_headers"]

router = APIRouter(tags=["music"])

LIVE_FORMATS: Final = ("mp3", "wav")
_MUSIC = ("genre", "mood", "tempo", "key")


def _parts(value: Any) -> Any:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class LiveRequest(BaseModel):
    """The dials of live music; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    genre: str | None = Field(default=None, description="as in POST /generate")
    mood: str | None = Field(default=None, description="as in POST /generate")
    tempo: float | str | None = Field(default=None, description="as in POST /generate")
    key: str | None = Field(default=None, description="as in POST /generate")
    energy: float = Field(
        default=0.8,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="how loud it is, and who plays",
        json_schema_extra={"x-rule": "must be 0-1"},
    )
    muted: Annotated[list[str], BeforeValidator(_parts)] = Field(
        default=[],
        max_length=32,
        description="names of the parts that keep silent",
        json_schema_extra={"x-rule": "must be a list of at most 32 names"},
    )


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"audio/mpeg": {}, "audio/wav": {}}}, **PROBLEMS},
)
async def listen(
    request: Request,
    session: str | None = Query(None, description="24 hexadecimal digits by which to turn dials"),
    genre: str | None = None,
    mood: str | None = None,
    tempo: str | None = None,
    key: str | None = None,
    energy: str = "0.8",
    muted: str = "",
    seed: str | None = None,
    format: str = Query("mp3", description="mp3 or wav"),
) -> StreamingResponse:
    """Endless music, made bar by bar: change it by POST /live/{session} while it plays."""
    given = {"genre": genre, "mood": mood, "tempo": tempo, "key": key}
    told = {name: value for name, value in given.items() if value}
    faults = []
    if session is not None and not re.fullmatch(ID_PATTERN, session, re.ASCII):
        detail = f"session={session[:40]}: must be 24 hexadecimal digits"
        faults.append(Fault("session", detail, "not-an-id", {"value": session[:40]}))
    if format not in LIVE_FORMATS:
        faults.append(not_live(format))
    dials, number = _checked({**told, "energy": energy, "muted": muted}, seed, faults)
    name = session or secrets.token_hex(12)
    jam = _jam(request)
    composer = composer_pool(service_of(request))
    soundfont = composer.spec.options.get("soundfont") if composer else None
    listener = await jam.start(name, dials, number, soundfont)
    encoder = (Mp3Stream if format == "mp3" else WavStream)(SAMPLE_RATE, 2)
    return StreamingResponse(
        jam.sound(name, encoder),
        media_type=MEDIA_TYPES[format],
        headers={"Shiroa-Session": name, **stream_headers(listener)},
    )


@router.post(
    "/live/{session}",
    responses={**PROBLEMS, **NOT_FOUND},
    openapi_extra=body_of(LiveRequest),
)
async def turn(session: str, request: Request) -> JSONResponse:
    """Turn dials: what changes is heard from the next bar on."""
    jam = _jam(request)
    listener = jam.listeners.get(session)
    if listener is None:
        raise Problem.not_found("no-session", f"live {session[:60]}: nobody listens to it")
    try:
        wanted = LiveRequest.model_validate_json(await request.body())
    except ValidationError as error:
        raise Problem.invalid(faults_of(error, LiveRequest)) from None
    changes = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    await jam.turn(session, _checked({**listener.dials, **changes})[0])
    return _told(jam, session)


@router.get("/live/{session}", responses=NOT_FOUND)
async def state(session: str, request: Request) -> JSONResponse:
    """The dials, what the latest bar plays (section, chords, tempo, key, parts), and provenance."""
    jam = _jam(request)
    if session not in jam.listeners:
        raise Problem.not_found("no-session", f"live {session[:60]}: nobody listens to it")
    return _told(jam, session)


def composer_pool(service: Service) -> Pool | None:
    """The composer that the service offers first, whose soundfont live music plays too."""
    return next((p for p in service.pools.values() if p.spec.factory == COMPOSER_FACTORY), None)


def not_live(format: str) -> Fault:
    """What is wrong with a format in which no music can be sent while it is made."""
    params = {"value": format[:40], "allowed": LIVE_FORMATS}
    return Fault("format", f"format={format[:40]}: must be mp3 or wav", "not-one-of", params)


def stream_headers(listener: Listener) -> dict[str, str]:
    """Of music that is sent while it is made: kept by nobody, under the licence that it has."""
    return {
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "Shiroa-Licence": listener.provenance["licence"],
    }


def _told(jam: Jam, session: str) -> JSONResponse:
    listener = jam.listeners[session]
    body = {name: getattr(listener, name) for name in ("dials", "seed", "now", "provenance")}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _jam(request: Request) -> Jam:
    jam: Jam = request.app.state.jam
    return jam


def _checked(
    dials: dict[str, Any], seed: str | None = None, faults: Iterable[Fault] = ()
) -> tuple[dict[str, Any], int | None]:
    """Every dial in the service's spelling, and the seed; `Problem` with all faults."""
    found = [*faults]
    try:
        own = LiveRequest.model_validate(dials)
    except ValidationError as error:
        own = LiveRequest()
        found += faults_of(error, LiveRequest)
    music = {name: dials[name] for name in _MUSIC if dials.get(name) is not None}
    try:
        request = check_request({**(music or {"genre": "pop"}), **({"seed": seed} if seed else {})})
    except Problem as problem:
        raise Problem.invalid([*found, *problem.faults]) from None
    if found:
        raise Problem.invalid(found)
    told = {name: getattr(request, name) for name in _MUSIC}
    return {**told, "energy": own.energy, "muted": own.muted}, request.seed
