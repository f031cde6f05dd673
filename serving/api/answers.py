"""Jobs and pieces as the JSON that clients read."""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.requests import Request

from serving.api.guard import sign
from serving.config import ServiceConfig
from serving.piece.orders import Order
from serving.piece.pieces import Piece, answer_of
from serving.runtime.keys import Keyring
from serving.runtime.live import Job
from serving.runtime.service import Service
from serving.schemas import Answer, JobStatus

__all__ = ["answer", "base_url", "job_status"]

_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?")
_LINKS: Final = (
    "audio_url", "stems_url", "midi_url", "lyrics_url", "chords_url", "loops_url", "provenance_url",
)  # fmt: skip
_GONE: Final = {
    "type": "urn:shiroa:problem:gone",
    "title": "The audio has been removed",
    "status": 410,
    "detail": "it left the cache; send the same request with the same seed to have it again",
}
_CANCELLED: Final = {
    "type": "urn:shiroa:problem:cancelled",
    "title": "The job was cancelled",
    "status": 410,
    "detail": "it was taken back before its music was there; send the request again",
}


def base_url(request: Request, config: ServiceConfig) -> str:
    """Where the client reaches this service: the configured address, else the one it used."""
    if config.public_url:
        return config.public_url
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else ""


def answer(piece: Piece, kind: str, base: str, keyring: Keyring, *, cached: bool) -> Answer:
    """One piece as an answer; where keys are required, its addresses are signed."""
    made = answer_of(piece, kind=kind, base_url=base, cached=cached)
    if not keyring.required:
        return made
    secret = keyring.secret

    def signed_url(url: str) -> str:
        return base + sign(url.removeprefix(base), secret)

    changes: dict[str, Any] = {
        name: signed_url(url) for name in _LINKS if (url := getattr(made, name)) is not None
    }
    for name in ("downloads", "stems"):
        links = getattr(made, name)
        changes[name] = links and {part: signed_url(url) for part, url in links.items()}
    return made.model_copy(update=changes)


def result_of(
    service: Service, job: Job, index: int, base: str, *, cached: bool
) -> Answer | dict[str, Any]:
    """What became of one request of a finished job: its answer with all variations, or why not."""
    orders: list[Order] = job.record.orders[index]
    kind = job.record.formats[index]
    answers = []
    for order in orders:
        if problem := job.record.problems.get(order.id):
            return problem
        piece = job.pieces.get(order.id)
        if piece is None:
            return _CANCELLED if job.record.state == "cancelled" else _GONE
        answers.append(answer(piece, kind, base, service.keyring, cached=cached))
    if len(answers) == 1:
        return answers[0]
    return answers[0].model_copy(update={"variations": answers})


def job_status(service: Service, job: Job, base: str) -> JobStatus:
    """Where a job stands, with its results once it has ended."""
    record = job.record
    running = any(work.host is not None for work in job.works.values())
    status = JobStatus(
        id=job.id,
        state="running" if running and not job.finished else record.state,
        stage=job.stage,
        percent=round(job.fraction * 100, 1),
        wait_s=None if job.finished else round(service.wait_s(job), 1),
        created_at=record.created_at,
        finished_at=record.finished_at,
    )
    if not job.finished or record.state == "cancelled":
        return status
    results = [
        result_of(service, job, index, base, cached=False) for index in range(len(record.orders))
    ]
    if record.batch:
        status.results = [
            r.model_dump(mode="json") if isinstance(r, Answer) else r for r in results
        ]
    elif isinstance(results[0], Answer):
        status.result = results[0]
    else:
        status.problem = results[0]
    return status
