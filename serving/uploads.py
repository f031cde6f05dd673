"""Uploads of reference audio over HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from serving.hosts import engine_environment
from serving.problems import Fault, Problem
from serving.references import read_reference, write_reference
from serving.routes import PROBLEMS, service_of
from serving.schemas import ID_PATTERN, Measured

__all__ = ["Reference", "router"]

router = APIRouter(tags=["music"])

_TIME_LIMIT_S: Final = 60.0
_MEASURE: Final = "serving.measure_file"
_AT_ONCE = asyncio.Semaphore(2)


class Reference(BaseModel):
    """What an upload measures. Its id may be given as `reference` in a request."""

    id: str = Field(pattern=ID_PATTERN)
    measured: Measured


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
    """Measure audio of up to 10 minutes, so that requests can follow its tempo and key."""
    root = service_of(request).root
    audio = await request.body()
    reference_id = hashlib.sha256(audio).hexdigest()[:24]
    known = read_reference(root, reference_id)
    if known is not None:
        return Reference(id=reference_id, measured=known)
    async with _AT_ONCE:
        measured = await _measure(audio)
    await asyncio.to_thread(write_reference, root, reference_id, measured)
    return Reference(id=reference_id, measured=measured)


async def _measure(audio: bytes) -> Measured:
    with tempfile.TemporaryDirectory(prefix="shiroa-reference-") as folder:
        path = Path(folder) / "reference"
        await asyncio.to_thread(path.write_bytes, audio)
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
        answer = {"problem": "it could not be measured; try another file"}
    if "problem" in answer:
        raise Problem.invalid([Fault("reference", f"reference: {answer['problem']}")])
    return Measured.model_validate(answer)
