"""What clients say in headers of a request for music, and how the OpenAPI document puts it."""

from __future__ import annotations

import math
import re
from typing import Final

from starlette.datastructures import Headers

from serving.problems import Fault, Problem

__all__ = [
    "IDEMPOTENCY_KEY",
    "PREFER",
    "WEBHOOK_URL",
    "idempotency_key",
    "preferred_wait_s",
    "prefers_async",
]

_LONGEST_KEY: Final = 200
PREFER: Final = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`respond-async` answers 202 at once, `wait=5` after 5 seconds at most",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "the same key and body again return the same job",
    "schema": {"type": "string", "maxLength": _LONGEST_KEY},
}
WEBHOOK_URL: Final = {
    "name": "Webhook-Url",
    "in": "header",
    "required": False,
    "description": "where the job's state is posted when it has ended, if the operator allows it",
    "schema": {"type": "string", "maxLength": 1000},
}


def prefers_async(headers: Headers) -> bool:
    """Whether the client wants 202 at once."""
    return "respond-async" in headers.get("prefer", "")


def preferred_wait_s(headers: Headers) -> float:
    """How long the client wants to wait at most (RFC 7240), seconds."""
    found = re.search(r"\bwait=(\d{1,6})\b", headers.get("prefer", ""))
    return float(found[1]) if found else math.inf


def idempotency_key(headers: Headers) -> str | None:
    """The key by which a request is sent again; `Problem` when it is too long to be kept."""
    key = headers.get("idempotency-key")
    if key and len(key) > _LONGEST_KEY:
        rule = f"must be at most {_LONGEST_KEY} characters long; a UUID is long enough"
        detail, params = f"Idempotency-Key={key[:40]}…: {rule}", {"max": _LONGEST_KEY}
        raise Problem.invalid([Fault("Idempotency-Key", detail, "too-long", params)])
    return key or None
