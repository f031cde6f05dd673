"""Errors as RFC 9457 problem documents, with every fault of a request at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from features.errors import ShiroaError
from serving.fault_codes import code_of, property_of

__all__ = ["MEDIA_TYPE", "Fault", "Problem", "faults_of", "problem_response"]

MEDIA_TYPE: Final = "application/problem+json"
_SHOWN_CHARS: Final = 60
_SHOWN_PATH_CHARS: Final = 200


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request.

    Args:
        field: where it is, such as ``tempo`` or ``requests/2/key``.
        detail: the sentence that says what to do.
        code: the same for programs, one of ``fault_codes.CODES``.
        params: what belongs to that code.
    """

    field: str
    detail: str
    code: str
    params: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The fault as a member of ``errors``."""
        return {
            "field": self.field,
            "pointer": f"#/{self.field}",
            "detail": self.detail,
            "code": self.code,
            "params": dict(self.params),
        }


class Problem(ShiroaError):  # noqa: N818 - RFC 9457's word
    """An answer other than success.

    Args:
        status: HTTP status.
        kind: slug of the problem's type, such as ``invalid-request``.
        title: what kind of problem it is, the same each time.
        detail: what happened here, and what to do.
        faults: each fault of the request.
        headers: further response headers.
        extra: further members of the document.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ):
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def document(self, instance: str | None = None) -> dict[str, Any]:
        """The problem as a JSON object."""
        body: dict[str, Any] = {
            "type": f"urn:shiroa:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if instance:
            body["instance"] = instance
        if self.faults:
            body["errors"] = [fault.document() for fault in self.faults]
        return body | self.extra

    @classmethod
    def invalid(cls, faults: Iterable[Fault]) -> Problem:
        """422 with all faults of a request in one sentence and one by one."""
        found = tuple(faults)
        return cls(
            422,
            "invalid-request",
            "The request asks for something that can't be made",
            "; ".join(fault.detail for fault in found),
            faults=found,
        )

    @classmethod
    def not_found(cls, code: str, detail: str) -> Problem:
        """404; ``code`` says what isn't there, such as ``no-job``."""
        title = "There is no such thing here"
        return cls(404, "not-found", title, detail, extra={"code": code})


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """The HTTP response of a problem."""
    return JSONResponse(
        problem.document(quote(request.scope["path"][:_SHOWN_PATH_CHARS])),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def _unknown(model: type[BaseModel], field: str) -> str:
    close = difflib.get_close_matches(field, model.model_fields, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(model.model_fields)}"
    return f"{_shown(field)}: unknown field; {hint}"


def faults_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[Fault]:
    """Each fault that Pydantic found, as value, rule and next step.

    A field's rule is the ``x-rule`` of its JSON schema: ``tempo=30: must be 60-180 BPM``.
    """
    faults: list[Fault] = []
    for item in error.errors(include_url=False):
        location = [str(part) for part in item["loc"]]
        field = location[0] if location else ""
        stated = property_of(model, field)
        if item["type"] == "extra_forbidden":
            detail = _unknown(model, field)
        elif rule := stated.get("x-rule"):
            detail = f"{field}={_shown(item['input'])}: {rule}"
        else:
            message = item["msg"].removeprefix("Value error, ")
            hint = '; send a JSON object, such as {"genre": "pop"}'
            message += hint if item["type"] == "json_invalid" else ""
            detail = f"{field}: {message}" if field else message
        detail = f"{prefix}: {detail}" if prefix else detail
        name = "/".join(part for part in (prefix, *location) if part)
        value = field if item["type"] == "extra_forbidden" else item["input"]
        faults.append(Fault(name or "body", detail, *code_of(item, stated, _shown(value))))
    unique = {(fault.field, fault.detail): fault for fault in faults}
    return list(unique.values())
