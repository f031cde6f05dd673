"""A local web server that replays a service's documented answers, with faults where asked."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Fault:
    """One bad answer: a status, or a body that breaks off after ``cut`` bytes."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Replay:
    """What is served: bodies by path (with its query where one is given), and what was asked."""

    url: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def file(self, path: str, body: bytes) -> None:
        self.bodies[path] = body

    def json(self, path: str, document: Any) -> None:
        self.bodies[path] = json.dumps(document).encode()
        self.types[path] = "application/json"

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def serving() -> Iterator[Replay]:
    """A running server; its answers are set on the value that it gives."""
    replay = Replay()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            path = unquote(self.path)
            replay.asked.append((path, self.headers.get("Range")))
            known = path if path in replay.bodies else path.partition("?")[0]
            faults = replay.faults.get(known)
            fault = faults.pop(0) if faults else None
            if fault and fault.cut is None:
                self._send(fault.status, b"", dict(fault.headers))
            elif known not in replay.bodies:
                self._send(404, b"", {})
            else:
                self._serve(known, fault)

        do_HEAD = do_GET  # noqa: N815

        def _serve(self, path: str, fault: Fault | None) -> None:
            body, kind = replay.bodies[path], replay.types.get(path)
            etag = f'"{replay.etags.get(path) or hashlib.md5(body).hexdigest()}"'
            headers = {"ETag": etag, "Accept-Ranges": "bytes"}
            headers["Last-Modified"] = "Thu, 01 Jan 2026 00:00:00 GMT"
            if kind:
                headers["Content-Type"] = kind
            wanted = self.headers.get("Range")
            fresh = self.headers.get("If-Range", etag) == etag
            if self.headers.get("If-Match", etag) != etag:
                self._send(412, b"", {})
            elif wanted and fresh:
                first, _, last = wanted.removeprefix("bytes=").partition("-")
                start, end = int(first), min(int(last or len(body) - 1), len(body) - 1)
                headers["Content-Range"] = f"bytes {start}-{end}/{len(body)}"
                self._send(206, body[start : end + 1], headers, fault)
            else:
                self._send(200, body, headers, fault)

        def _send(
            self, status: int, body: bytes, headers: Mapping[str, str], fault: Fault | None = None
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            if fault and fault.cut is not None:
                self.wfile.write(body[: fault.cut])
                self.close_connection = True
            else:
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    replay.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
