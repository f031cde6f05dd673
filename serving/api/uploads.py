"""Uploads of reference audio over HTTP."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request

from features.audio.containers import sniff
from features.audio.reader import AudioError
from serving.api.routes import PROBLEMS, service_of
from serving.piece.measure_file import LONGEST_S, RULE
from serving.piece.references import reference_id_of
from serving.problems import Fault, Problem
from serving.runtime.engine_link import engine_environment
from serving.schemas import Measured, Reference

__all__ = ["router"]

router = APIRouter(tags=["music"])

_TIME_LIMIT_S: Final = 60.0
_MEASURE: Final = "serving.piece.measure_file"
_AT_ONCE = asyncio.Semaphore(2)


@router.post(
    "/references",
    status_code=201,
    response_model=Reference,
    responses=PROBLEMS,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload(request: Request) -> Reference:
    """Measure audio of up to 10 minutes, so that requests can follow it or arrange it anew.

    The upload is kept as long as it is used, and a day more.
    """
    references = service_of(request).references
    audio = await request.body()
    reference_id = reference_id_of(audio)
    known = await asyncio.to_thread(references.find, reference_id)
    if known is not None:
        return Reference(id=reference_id, measured=known.measured)
    workshop = await asyncio.to_thread(references.workshop)
    with tempfile.TemporaryDirectory(prefix=".upload-", dir=workshop) as folder:
        path = Path(folder) / "audio"
        await asyncio.to_thread(path.write_bytes, audio)
        if not await asyncio.to_thread(_looks_like_audio, path):
            raise _unusable("not_audio")
        async with _AT_ONCE:
            measured = await _measure(path)
        await asyncio.to_thread(references.keep, reference_id, measured, path)
    return Reference(id=reference_id, measured=measured)


def _looks_like_audio(path: Path) -> bool:
    """By its first bytes: most of what isn't audio costs no process."""
    try:
        return sniff(path) is not None
    except AudioError:
        return False


async def _measure(path: Path) -> Measured:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", _MEASURE, str(path),
        stdout=asyncio.subprocess.PIPE, env=engine_environment(),
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _TIME_LIMIT_S)
    except TimeoutError:
        out = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _understood(out)


def _understood(out: bytes) -> Measured:
    try:
        answer: dict[str, Any] = json.loads(out)
    except ValueError:
        answer = {"problem": "not_measured"}
    if "problem" in answer:
        raise _unusable(answer["problem"])
    return Measured.model_validate(answer)


def _unusable(reason: str) -> Problem:
    params = {"reason": reason, "max_s": LONGEST_S}
    return Problem.invalid(
        [Fault("reference", f"reference: {reason}: {RULE}", "unusable-audio", params)]
    )
