"""Making music over HTTP: requests, jobs, progress."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse, Response, StreamingResponse

from serving.api.answers import base_url, job_status, result_of
from serving.api.guard import SESSION_COOKIE, SESSION_S, owner_of, session_token
from serving.api.headers import (
    IDEMPOTENCY_KEY,
    PREFER,
    WEBHOOK_URL,
    idempotency_key,
    preferred_wait_s,
    prefers_async,
)
from serving.api.hot_path import SPECIAL_HEADERS
from serving.problems import MEDIA_TYPE, Problem, faults_of
from serving.requests import BatchRequest, GenerateRequest
from serving.runtime.hot import BASE_PLACEHOLDER
from serving.runtime.jobs import Webhook
from serving.runtime.live import Job
from serving.runtime.service import Service
from serving.schemas import Answer, JobStatus, ProblemDocument

__all__ = ["body_of", "job_of", "router", "service_of"]

router = APIRouter(tags=["music"])

_PROBLEM: dict[str, Any] = {"content": {MEDIA_TYPE: {}}, "model": ProblemDocument}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {**_PROBLEM, "description": "no valid key"},
    413: {**_PROBLEM, "description": "the body is too large"},
    422: {**_PROBLEM, "description": "every fault of the request at once"},
    429: {**_PROBLEM, "description": "the queue is full; see Retry-After"},
    503: {**_PROBLEM, "description": "the engine is not available"},
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {**_PROBLEM, "description": "no such thing"}}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """OpenAPI's words for a JSON body that a handler parses by itself."""
    reference = f"#/components/schemas/{model.__name__}"
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": reference}}},
        }
    }


_PARAMETERS = [PREFER, IDEMPOTENCY_KEY, WEBHOOK_URL]


def service_of(request: Request) -> Service:
    """The service behind the app."""
    service: Service = request.app.state.service
    return service


def parse_generate(body: bytes) -> GenerateRequest:
    """The request in a JSON body; `Problem` with every fault."""
    try:
        return GenerateRequest.model_validate_json(body)
    except ValidationError as error:
        raise Problem.invalid(faults_of(error, GenerateRequest)) from None


def parse_batch(body: bytes) -> list[GenerateRequest]:
    """The requests in a batch; `Problem` with every fault of every one."""
    try:
        batch = BatchRequest.model_validate_json(body)
    except ValidationError as error:
        raise Problem.invalid(faults_of(error, BatchRequest)) from None
    requests, faults = [], []
    for index, item in enumerate(batch.requests):
        try:
            requests.append(GenerateRequest.model_validate(item))
        except ValidationError as error:
            faults += faults_of(error, GenerateRequest, prefix=f"requests/{index}")
    if faults:
        raise Problem.invalid(faults)
    return requests


@router.post(
    "/generate",
    response_model=Answer,
    responses={202: {"model": JobStatus, "description": "accepted as a job"}, **PROBLEMS},
    openapi_extra={
        **body_of(GenerateRequest),
        "parameters": [PREFER, IDEMPOTENCY_KEY, WEBHOOK_URL],
    },
)
async def generate(request: Request) -> Response:
    """Make music. Answers when it is there, or 202 with the job's address when that takes long."""
    service = service_of(request)
    body = await request.body()
    asynchronous = prefers_async(request.headers)
    wait_s = min(service.config.wait_s, preferred_wait_s(request.headers))
    base = base_url(request, service.config)
    simple = not asynchronous and SPECIAL_HEADERS.isdisjoint(request.headers.keys())
    wanted = parse_generate(body)
    job = await _submit(request, body, [wanted], batch=False)
    cached = job.finished
    if asynchronous or not await _finished(request, service, job, wait_s):
        return _accepted(request, job, asynchronous=asynchronous)
    result = result_of(service, job, 0, base, cached=cached)
    if not isinstance(result, Answer):
        return JSONResponse(result, status_code=result["status"], media_type=MEDIA_TYPE)
    if simple and wanted.seed is not None and result.variations is None:
        _keep_hot(service, job, body)
    return JSONResponse(result.model_dump(mode="json"))


@router.post(
    "/generate/batch",
    status_code=202,
    response_model=JobStatus,
    responses=PROBLEMS,
    openapi_extra={**body_of(BatchRequest), "parameters": [IDEMPOTENCY_KEY, WEBHOOK_URL]},
)
async def generate_batch(request: Request) -> Response:
    """Make up to 100 pieces in one job."""
    body = await request.body()
    job = await _submit(request, body, parse_batch(body), batch=True)
    return _accepted(request, job, asynchronous=True)


@router.post("/session", status_code=204, responses={401: PROBLEMS[401]})
async def open_session(request: Request) -> Response:
    """Open the pages for this browser for a month, by a cookie that scripts can't read."""
    response = Response(status_code=204)
    response.set_cookie(
        SESSION_COOKIE,
        session_token(service_of(request).keyring.secret, owner_of(request).removeprefix("key:")),
        max_age=SESSION_S,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )
    return response


@router.get(
    "/jobs/{job_id}",
    response_model=JobStatus,
    responses=NOT_FOUND,
)
async def read_job(job_id: str, request: Request) -> Response:
    """Where a job stands; its result once it has ended."""
    job = await job_of(request, job_id)
    return _status(request, job)


@router.delete(
    "/jobs/{job_id}",
    response_model=JobStatus,
    responses=NOT_FOUND,
)
async def cancel_job(job_id: str, request: Request) -> Response:
    """Take a job back. One that has ended stays as it is."""
    job = await job_of(request, job_id)
    await service_of(request).cancel(job)
    return _status(request, job)


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **NOT_FOUND},
)
async def job_events(job_id: str, request: Request) -> Response:
    """Progress as server-sent events, then one event named as the job ended."""
    job = await job_of(request, job_id)
    service = service_of(request)
    base = base_url(request, service.config)

    async def events() -> AsyncIterator[str]:
        async for current in service.watch(job):
            status = job_status(service, current, base)
            name = status.state if current.finished else "progress"
            yield f"event: {name}\ndata: {status.model_dump_json()}\n\n"

    return StreamingResponse(
        events(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _finished(request: Request, service: Service, job: Job, wait_s: float) -> bool:
    """Wait for the job as long as the client does; whether it ended in time.

    A job whose client has left is taken back, so that the engine works for those who wait.
    """
    waiting = asyncio.create_task(service.wait(job, wait_s))
    leaving = asyncio.create_task(_left(request))
    await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not waiting.done():
        waiting.cancel()
        await service.cancel(job)
        return True
    return waiting.result()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _keep_hot(service: Service, job: Job, body: bytes) -> None:
    if service.keyring.required:
        return  # signed addresses expire
    result = result_of(service, job, 0, BASE_PLACEHOLDER, cached=True)
    if isinstance(result, Answer):
        service.hot.keep(body, result.id, result.model_dump_json().encode())


async def _submit(
    request: Request, body: bytes, wanted: list[GenerateRequest], *, batch: bool
) -> Job:
    key = idempotency_key(request.headers)
    service = service_of(request)
    webhook = None
    if url := request.headers.get("webhook-url"):
        await request.app.state.webhooks.check(url)
        webhook = Webhook(url, base_url(request, service.config))
    return await service.submit(
        wanted,
        owner_of(request),
        batch=batch,
        idempotency_key=key,
        request_digest=await asyncio.to_thread(_digest, body) if key else "",
        webhook=webhook,
    )


def _digest(body: bytes) -> str:
    canonical = json.dumps(json.loads(body), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


async def job_of(request: Request, job_id: str) -> Job:
    """The job of that id; `Problem` when nobody knows it."""
    job = await service_of(request).job(job_id)
    if job is None:
        raise Problem.not_found(
            "no-job", f"job {job_id[:60]}: unknown, or too old to be remembered"
        )
    return job


def _status(request: Request, job: Job) -> JSONResponse:
    service = service_of(request)
    status = job_status(service, job, base_url(request, service.config))
    headers = {"Cache-Control": "no-store"}
    if not job.finished:
        headers["Retry-After"] = str(max(1, round(status.wait_s or 1)))
    return JSONResponse(status.model_dump(mode="json"), headers=headers)


def _accepted(request: Request, job: Job, *, asynchronous: bool) -> JSONResponse:
    response = _status(request, job)
    response.status_code = 202
    response.headers["Location"] = f"/jobs/{job.id}"
    if asynchronous and "prefer" in request.headers:
        response.headers["Preference-Applied"] = "respond-async"
    return response
