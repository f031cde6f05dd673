"""A typed Python client of the HTTP interface.

>>> from serving.client import Client  # doctest: +SKIP
>>> with Client("http://localhost:8000") as shiroa:  # doctest: +SKIP
...     answer = shiroa.generate(genre="jazz", tempo=92, key="F minor", duration=20)
...     shiroa.download(answer, Path("jazz.wav"))
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypedDict
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from typing_extensions import Unpack

from features.errors import ShiroaError
from serving.requests import AudioFormat, GenerateRequest, Part
from serving.schemas import Answer, JobStatus, Reference

__all__ = ["Client", "Refused", "Wishes"]

_RECONNECTS = 30
_RECONNECT_S = 1.0

OnStatus = Callable[[JobStatus], None]


class Wishes(TypedDict, total=False):
    """What may be asked for: the fields of `GenerateRequest`."""

    genre: str
    mood: str
    tempo: float
    key: str
    prompt: str
    lyrics: str
    language: Literal["en", "tr"]
    duration: float
    seed: int
    model: str
    format: AudioFormat
    stems: bool
    parts: list[Part]
    variations: int
    reference: str
    strength: float
    loudness: float
    strict: bool


class Refused(ShiroaError):  # noqa: N818 - it is the service's answer
    """The service answered with a problem document.

    Attributes:
        status: HTTP status.
        problem: the document, RFC 9457.
    """

    def __init__(self, status: int, problem: dict[str, Any]):
        super().__init__(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        self.status = status
        self.problem = problem


class Client:
    """Asks a Shiroa service for music. Needs nothing but Python and Pydantic.

    Args:
        url: where the service is, such as ``http://localhost:8000``.
        key: the API key, where the service asks for one.
        timeout_s: longest wait for one answer, seconds.
    """

    def __init__(self, url: str, key: str | None = None, timeout_s: float = 120.0):
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"url={url!r}: must start with http:// or https://")
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout_s = timeout_s

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is kept open between requests."""

    def generate(self, on_status: OnStatus | None = None, **wishes: Unpack[Wishes]) -> Answer:
        """Make music and wait for it. Raises `Refused` with every fault of the request."""
        job = self.submit(**wishes)
        status = job
        for status in self.follow(job.id):
            if on_status is not None:
                on_status(status)
        if status.result is None:
            raise Refused(int((status.problem or {}).get("status", 500)), status.problem or {})
        return status.result

    def submit(self, idempotency_key: str | None = None, **wishes: Unpack[Wishes]) -> JobStatus:
        """Have music made; the job's state tells when it is there."""
        body = GenerateRequest.model_validate(wishes).model_dump(exclude_unset=True)
        headers = {"Prefer": "respond-async"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        return JobStatus.model_validate(self._json("POST", "/generate", body, headers))

    def submit_batch(self, wishes: Sequence[Wishes]) -> JobStatus:
        """Have up to 100 pieces made in one job, whose ``results`` are in the order asked for."""
        checked = [GenerateRequest.model_validate(wish) for wish in wishes]
        body = {"requests": [request.model_dump(exclude_unset=True) for request in checked]}
        return JobStatus.model_validate(self._json("POST", "/generate/batch", body))

    def job(self, job_id: str) -> JobStatus:
        """Where a job stands."""
        return JobStatus.model_validate(self._json("GET", f"/jobs/{job_id}"))

    def cancel(self, job_id: str) -> JobStatus:
        """Take a job back."""
        return JobStatus.model_validate(self._json("DELETE", f"/jobs/{job_id}"))

    def follow(self, job_id: str) -> Iterator[JobStatus]:
        """The job's state after each change; the last one has its result or problem.

        Asks again when the connection breaks: jobs outlive a restart of the service.
        """
        status: JobStatus | None = None
        for attempt in range(_RECONNECTS + 1):
            try:
                with self._open("GET", f"/jobs/{job_id}/events", None, {}) as response:
                    for line in response:
                        if line.startswith(b"data: "):
                            status = JobStatus.model_validate_json(line[6:])
                            yield status
            except (OSError, HTTPException):
                if attempt == _RECONNECTS:
                    raise
            if status is not None and status.finished_at is not None:
                return
            time.sleep(_RECONNECT_S)

    def download(self, answer: Answer, path: Path) -> Path:
        """Write the audio of an answer in the format that the ending of ``path`` names."""
        kind = path.suffix.lstrip(".").lower()
        if kind not in answer.downloads:
            raise ValueError(f"path={path}: must end in .{', .'.join(answer.downloads)}")
        return self.save(answer.downloads[kind], path)

    def save(self, url: str, path: Path) -> Path:
        """Write what an address of an answer holds: a stem, MIDI, words, chords, loops."""
        with self._open("GET", url, None, {}) as response:
            path.write_bytes(response.read())
        return path

    def upload(self, path: Path) -> Reference:
        """Send audio whose ``id`` requests may then give as their ``reference``."""
        sent = {"Content-Type": "application/octet-stream"}
        with self._open("POST", "/references", path.read_bytes(), sent) as response:
            return Reference.model_validate_json(response.read())

    def models(self) -> list[dict[str, Any]]:
        """The engines that can be asked."""
        found: list[dict[str, Any]] = self._json("GET", "/models")["models"]
        return found

    def _json(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        with self._open(method, path, body, headers or {}) as response:
            return json.load(response)

    def _open(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        url = path if path.startswith(("http://", "https://")) else self._url + path
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Accept": "application/json"}
        request = Request(url, data, {**sent, **self._headers, **headers}, method=method)  # noqa: S310 - http(s) only, see __init__
        try:
            return urlopen(request, timeout=self._timeout_s)  # noqa: S310
        except HTTPError as error:
            raise Refused(error.code, _problem(error.read())) from None


def _problem(body: bytes) -> dict[str, Any]:
    try:
        problem: dict[str, Any] = json.loads(body)
    except ValueError:
        return {"detail": body[:200].decode(errors="replace")}
    return problem
