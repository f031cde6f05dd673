"""The catalog over HTTP: listen to tracks, correct their labels, read the report."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from data_catalog.home import Home
from features.errors import ShiroaError
from serving.api.info import STUDIO
from serving.api.routes import NOT_FOUND, PROBLEMS, body_of, service_of
from serving.problems import Fault, Problem, faults_of

__all__ = ["router"]

router = APIRouter(tags=["catalog"])

_TRACK_ID: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_AUDIO_TYPES: Final = {
    ".flac": "audio/flac", ".wav": "audio/wav", ".ogg": "audio/ogg", ".opus": "audio/ogg",
    ".mp3": "audio/mpeg",
}  # fmt: skip
_COLUMNS: Final = (
    "track_id, title, artist, duration_s, tempo_bpm, tempo_confidence, key, key_confidence, "
    "genre, genre_confidence, genre_origin, mood, mood_confidence, mood_origin, licence, "
    "commercial_use, source, quality, duplicate_of, split"
)
_REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


class LabelRequest(BaseModel):
    """What a person heard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Literal["genre", "mood", "tempo_bpm", "key"] = Field(
        json_schema_extra={"x-rule": "must be one of genre, mood, tempo_bpm, key"}
    )
    value: str = Field(
        max_length=60,
        description="the label; empty when no word fits",
        json_schema_extra={"x-rule": "must be text of at most 60 characters"},
    )
    by: str = Field(
        default="person",
        max_length=60,
        json_schema_extra={"x-rule": "must be a name of at most 60 characters"},
    )


@router.get("/catalog", response_class=FileResponse, include_in_schema=False)
async def page() -> Response:
    """The page on which tracks are heard and corrected."""
    return FileResponse(STUDIO / "catalog.html", headers={"Cache-Control": "no-cache"})


@router.get("/catalog/tracks", responses=NOT_FOUND)
async def tracks(
    request: Request,
    order: Literal["review", "all"] = "review",
    search: Annotated[str, Query(max_length=100)] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Tracks: what a person should hear first, conflicts before doubts, or all by artist.

    In the order `review`, `genre_why` and `mood_why` tell what to listen for, beside what the
    source and the model say, and tracks that a person has labelled are left out.
    """
    listed = _to_review if order == "review" else _by_artist
    given = {"search": search, "limit": limit, "offset": offset}
    rows = await _asked(listed, _home(request), given)
    total = rows[0]["total"] if rows else 0
    for row in rows:
        del row["total"]
    return {"total": total, "offset": offset, "tracks": rows}


@router.get("/catalog/tracks/{track_id}/audio", response_class=FileResponse, responses=NOT_FOUND)
async def track_audio(track_id: str, request: Request) -> Response:
    """The file of a track of the catalog, for listening."""
    path = await _path_of(_home(request), track_id)
    media_type = _AUDIO_TYPES.get(path.suffix.lower()) if path else None
    if path is None or media_type is None or not path.is_file():
        raise Problem.not_found(
            "no-track", f"track {track_id[:70]}: unknown, or its file is not here any more"
        )
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "private"})


@router.post(
    "/catalog/tracks/{track_id}/labels",
    status_code=201,
    responses={**NOT_FOUND, **PROBLEMS},
    openapi_extra=body_of(LabelRequest),
)
async def label(track_id: str, request: Request) -> Response:
    """Correct a label: a person's word wins over every source and model."""
    from data_catalog.labels import LabelError, TrackNotFoundError, set_label

    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Problem.invalid(
            [Fault("content-type", "content-type: must be application/json", "not-json", {})]
        )
    home = _home(request)
    try:
        wanted = LabelRequest.model_validate_json(await request.body())
    except ValidationError as error:
        raise Problem.invalid(faults_of(error, LabelRequest)) from None
    if not _TRACK_ID.fullmatch(track_id):
        raise Problem.not_found("no-track", f"track {track_id[:70]}: unknown")
    try:
        await asyncio.to_thread(
            set_label, home, track_id, wanted.field, wanted.value, wanted.by or "person"
        )
    except TrackNotFoundError as error:
        raise Problem.not_found("no-track", str(error)) from None
    except LabelError as error:
        raise Problem.invalid([Fault("value", str(error), "invalid", {})]) from None
    return JSONResponse(wanted.model_dump(), status_code=201)


@router.get("/catalog/report", response_class=HTMLResponse, responses=NOT_FOUND)
async def report(request: Request) -> Response:
    """The report of the catalog as it is now, as one page."""
    home = _home(request)
    try:
        text = await asyncio.to_thread(_report_html, home.root, home.catalog.stat().st_mtime_ns)
    except ShiroaError as error:
        raise Problem.not_found("no-report", str(error)) from None
    headers = {"Content-Security-Policy": _REPORT_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(text, headers=headers)


@lru_cache(maxsize=1)
def _report_html(root: Path, stamp: int) -> str:
    """The report; made again once the catalog, whose time of change is `stamp`, has changed."""
    from data_catalog.report.report import report_html

    return report_html(Home(root))


def _home(request: Request) -> Home:
    home = service_of(request).home
    if home is None or not home.catalog.exists():
        raise Problem.not_found(
            "no-catalog", "there is no catalog yet: fill it with `shiroa ingest FOLDER`"
        )
    return home


def _to_review(home: Home, given: dict[str, Any]) -> list[dict[str, Any]]:
    from data_catalog.review import tracks_to_review

    return tracks_to_review(home, **given)


def _by_artist(home: Home, given: dict[str, Any]) -> list[dict[str, Any]]:
    return _rows(
        home,
        "with listed as (from catalog where $search = '' or "  # noqa: S608 - own words
        "contains(lower(concat_ws(' ', title, artist, genre, mood, source)), lower($search))) "
        f"select {_COLUMNS}, (select count(*) from listed) as total from listed "
        "order by artist, title, track_id limit $limit offset $offset",
        given,
    )


def _rows(home: Home, sql: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    from data_catalog.queries.questions import ask

    rows: list[dict[str, Any]] = ask(home, sql, given).to_pylist()
    return rows


async def _asked(answer: Callable[..., list[dict[str, Any]]], *given: Any) -> list[dict[str, Any]]:
    try:
        return await asyncio.to_thread(answer, *given)
    except ShiroaError as error:
        raise Problem.not_found("no-catalog", f"the catalog can't answer yet: {error}") from None


async def _path_of(home: Home, track_id: str) -> Path | None:
    if not _TRACK_ID.fullmatch(track_id):
        return None
    sql = "select path from catalog where track_id = $track_id"
    rows = await _asked(_rows, home, sql, {"track_id": track_id})
    return Path(rows[0]["path"]) if rows and rows[0]["path"] else None
