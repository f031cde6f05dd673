"""The HTTP application, put together; and the command that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from serving.api import catalog, files, info, jams, recitals, routes, streams, uploads
from serving.api.answers import job_status
from serving.api.catalog import LabelRequest
from serving.api.guard import Guard
from serving.api.hot_path import SPECIAL_HEADERS, HotPath
from serving.api.jams import LiveRequest, composer_pool
from serving.api.logs import as_json_lines
from serving.config import ServiceConfig
from serving.piece.provenance import software
from serving.problems import Problem, problem_response
from serving.requests import BatchRequest, GenerateRequest
from serving.runtime.jam import Jam
from serving.runtime.live import Job
from serving.runtime.service import Service
from serving.runtime.webhooks import Webhooks

__all__ = ["create_app", "run"]

_DESCRIPTION = """A request in, music out: `POST /generate {"genre": "pop", "duration": 30}`.

Every answer says what was asked for and what was measured in the finished audio."""


def create_app(config: ServiceConfig | None = None, webhooks: Webhooks | None = None) -> FastAPI:
    """The application of one service. Engines start with it and end with it."""
    settings = config or ServiceConfig()
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        jam: Jam = app.state.jam
        composer = composer_pool(service)
        warming = (
            asyncio.create_task(jam.warm_up(composer.spec.options.get("soundfont")))
            if composer
            else None
        )
        yield
        if warming is not None:
            warming.cancel()
        await jam.close()
        await service.stop()

    app = FastAPI(
        title="Shiroa",
        description=_DESCRIPTION,
        version=software().partition(" ")[2] or "0",
        lifespan=lifespan,
        redoc_url=None,
    )
    app.state.service = service
    app.state.jam = Jam()
    app.state.webhooks = webhooks or Webhooks(settings)
    service.tell = partial(_tell, app)
    for module in (routes, files, uploads, streams, jams, recitals, info, catalog):
        app.include_router(module.router)
    app.mount("/studio", StaticFiles(directory=info.STUDIO), name="studio")
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_middleware(HotPath, service=service)
    app.add_middleware(Guard, config=settings, metrics=service.metrics, keyring=service.keyring)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=[*_CORS_SENT, *sorted(SPECIAL_HEADERS)],
            expose_headers=_CORS_READ,
        )
    _document_bodies(app)
    return app


_CORS_SENT: Final = ("authorization", "content-type", "if-none-match", "range", "x-api-key")
_CORS_READ: Final = (
    "accept-ranges", "content-length", "content-range", "etag", "location", "preference-applied",
    "retry-after", "shiroa-licence", "shiroa-session",
)  # fmt: skip


async def _tell(app: FastAPI, job: Job) -> None:
    """Call the webhook of an ended job."""
    webhook = job.record.webhook
    if webhook is not None and app.state.service.config.webhooks:
        status = job_status(app.state.service, job, webhook.base)
        await app.state.webhooks.send(webhook.url, status.model_dump_json().encode())


def run(config: ServiceConfig, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is being made."""
    import uvicorn

    if config.log_format == "json":
        as_json_lines()
    uvicorn.run(
        create_app(config),
        host=host,
        port=port,
        access_log=False,
        log_level="info",
        log_config=None if config.log_format == "json" else uvicorn.config.LOGGING_CONFIG,
        timeout_graceful_shutdown=round(config.drain_s),
    )


async def _answer_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return problem_response(request, error)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    allowed = (error.headers or {}).get("allow")
    hint = f"allowed here: {allowed}" if allowed else "/docs lists what there is"
    problem = Problem(
        error.status_code,
        "http",
        "The request can't be answered",
        f"{request.method} {request.url.path[:100]}: {error.detail}; {hint}",
        headers=error.headers,
    )
    return problem_response(request, problem)


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """The client left before its request had arrived: nobody reads this, and nothing is wrong."""
    return Response(status_code=400)


def _document_bodies(app: FastAPI) -> None:
    """Add the request models, which handlers parse by themselves, to the OpenAPI document."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        document = original()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (GenerateRequest, BatchRequest, LabelRequest, LiveRequest):
            schemas[model.__name__] = model.model_json_schema(
                ref_template="#/components/schemas/{model}"
            )
        return document

    app.openapi = openapi  # type: ignore[method-assign]
