"""What the service is, what it offers and how it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from data_catalog.vocabulary import DURATION_RANGE_S, GENRES, MOODS, TEMPO_RANGE_BPM
from features.pitch import KEYS
from serving.provenance import software
from serving.routes import service_of
from serving.schemas import AUDIO_FORMATS
from serving.service import Service

__all__ = ["STUDIO", "router"]

router = APIRouter(tags=["service"])

STUDIO: Final = Path(__file__).parent / "studio"


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
            "models": [_engine(service, name) for name in service.hosts],
        },
        headers={"Vary": "Accept"},
    )


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Alive; and whether it is ready for music."""
    service = service_of(request)
    return {
        "live": True,
        "ready": service.ready and not service.draining,
        "draining": service.draining,
        "software": software(),
        "waiting": sum(len(queue) for queue in service.queues.values()),
        "engines": {name: _state(service, name) for name in service.hosts},
    }


@router.get("/health/ready", responses={503: {"description": "not ready"}})
async def ready(request: Request) -> Response:
    """200 when the default engine is loaded and jobs are accepted, else 503."""
    service = service_of(request)
    is_ready = service.ready and not service.draining
    return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Figures in Prometheus' text format."""
    service = service_of(request)
    gauges = service.metrics
    gauges.cache_bytes.set(service.cache.used_bytes)
    for name, hosts in service.hosts.items():
        busy = sum(w.host is not None for w in service.works.values() if w.order.engine == name)
        gauges.queue.labels(name).set(len(service.queues[name]))
        gauges.busy.labels(name).set(busy)
        gauges.restarts.labels(name).set(sum(max(host.restarts, 0) for host in hosts))
    return Response(gauges.text(), media_type="text/plain; version=0.0.4")


@router.get("/", response_class=FileResponse, include_in_schema=False)
async def studio() -> Response:
    """The studio."""
    return FileResponse(STUDIO / "index.html", headers={"Cache-Control": "no-cache"})


def _state(service: Service, name: str) -> str:
    hosts = service.hosts[name]
    if any(host.pid is not None and host.facts for host in hosts):
        return "ready"
    return "loading" if any(host.pid is not None for host in hosts) else "idle"


def _engine(service: Service, name: str) -> dict[str, Any]:
    facts = service.hosts[name][0].facts
    described = {"name": name, "state": _state(service, name)}
    if facts is None:
        return described
    return described | {
        "model_id": facts.model_id,
        "licence": facts.licence,
        "commercial_use": facts.commercial_use,
        "max_duration_s": facts.max_duration_s,
        "training_data": facts.training_data,
    }
