"""What the service is, what it offers and how it does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from data_catalog.home import Home
from data_catalog.vocabulary import DURATION_RANGE_S, GENRES, MOODS, TEMPO_RANGE_BPM
from features.harmony.pitch import KEYS
from serving.api.routes import service_of
from serving.engines.registry import registry_stamp
from serving.piece.provenance import software
from serving.requests import AUDIO_FORMATS, PARTS
from serving.runtime.pools import Pool

__all__ = ["STUDIO", "router"]

router = APIRouter(tags=["service"])

STUDIO: Final = Path(__file__).parents[1] / "studio"


@router.get("/genres")
async def genres() -> dict[str, Any]:
    """The words that a request may use."""
    return {
        "genres": list(GENRES),
        "moods": [
            {"name": mood.name, "valence": mood.valence, "arousal": mood.arousal}
            for mood in MOODS.values()
        ],
        "keys": list(KEYS),
        "tempo_bpm": list(TEMPO_RANGE_BPM),
        "duration_s": list(DURATION_RANGE_S),
        "parts": list(PARTS),
        "formats": list(AUDIO_FORMATS),
    }


@router.get("/models", responses={200: {"content": {"text/html": {}}}})
async def models(request: Request) -> Any:
    """The engines that a request may choose, with their licences; a page for browsers."""
    if "text/html" in request.headers.get("accept", "") and (STUDIO / "models.html").is_file():
        return FileResponse(STUDIO / "models.html", headers={"Vary": "Accept"})
    service = service_of(request)
    return JSONResponse(
        {
            "default": service.config.default_engine,
            "models": [_engine(name, pool) for name, pool in service.pools.items()],
            "registry": await asyncio.to_thread(_registry, service.home),
        },
        headers={"Vary": "Accept"},
    )


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Alive; and whether it is ready for music."""
    service = service_of(request)
    return {
        "live": True,
        "ready": service.ready,
        "draining": service.draining,
        "software": software(),
        "waiting": sum(len(pool.queue) for pool in service.roster.engines),
        "engines": {name: pool.state for name, pool in service.pools.items()},
    }


@router.get("/health/ready", responses={503: {"description": "not ready"}})
async def ready(request: Request) -> Response:
    """200 when the default engine is loaded and jobs are accepted, else 503."""
    service = service_of(request)
    is_ready = service.ready
    return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Figures in Prometheus' text format."""
    service = service_of(request)
    gauges = service.metrics
    gauges.cache_bytes.set(service.cache.used_bytes)
    for pool in service.roster.engines:
        gauges.queue.labels(pool.name).set(len(pool.queue))
        gauges.busy.labels(pool.name).set(pool.busy)
        gauges.restarts.labels(pool.name).set(pool.restarts)
    return Response(gauges.text(), media_type="text/plain; version=0.0.4")


@router.get("/", response_class=FileResponse, include_in_schema=False)
async def studio() -> Response:
    """The studio."""
    return FileResponse(STUDIO / "index.html", headers={"Cache-Control": "no-cache"})


def _registry(home: Home | None) -> list[dict[str, Any]]:
    if home is None or registry_stamp(home) is None:
        return []
    from data_catalog.models import list_models

    return [
        {
            "model_id": record.model_id,
            "kind": record.kind,
            "status": record.status,
            "snapshot": record.snapshot,
            "base": record.base,
            "licence": record.licence,
            "commercial_use": record.commercial_use,
            "metrics": record.metrics,
            "created_at": record.created_at.isoformat(timespec="seconds"),
            "flag": record.flag,
        }
        for record in list_models(home)
    ]


def _engine(name: str, pool: Pool) -> dict[str, Any]:
    facts = pool.hosts[0].facts
    described: dict[str, Any] = {"name": name, "state": pool.state}
    if pool.problem:
        described["problem"] = pool.problem
    if facts is None:
        return described | {"training_data": pool.spec.training_data}
    return described | {
        "model_id": facts.model_id,
        "licence": facts.licence,
        "commercial_use": facts.commercial_use,
        "max_duration_s": facts.max_duration_s,
        "training_data": facts.training_data,
        "skills": list(facts.skills),
    }
