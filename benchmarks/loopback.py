"""Servers and connections on the loopback, for the benchmarks of the service."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


class Connection:
    """One keep-alive HTTP/1.1 connection, as cheap as Python allows."""

    def __init__(self, port: int):
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send one request and read its answer; again when the idle connection was closed."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + content
        idle = self.streams is not None
        try:
            return await self._exchange(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.streams = None
            if not idle:
                raise
        return await self._exchange(request)

    async def _exchange(self, request: bytes) -> Reply:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        found = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        answer = await reader.readexactly(int(found.get("content-length", "0")))
        return Reply(int(head[0].split()[1]), found, answer)


class Reply:
    """Status, headers and body."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server in a process of its own."""

    def __init__(self, kind: str, home: Path, **changes: Any):
        self.kind, self.home, self.changes = kind, home, changes
        self.port = free_port()
        self.ready_path = "/health" if kind == "litserve" else "/health/ready"
        self.start()

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        arguments = [self.kind, str(self.port), str(self.home), json.dumps(self.changes)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.loopback", *arguments], start_new_session=True
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if asyncio.run(Connection(self.port).ask("GET", self.ready_path)).status == 200:
                    return
            except (OSError, asyncio.IncompleteReadError):
                pass
            time.sleep(0.1)
        raise TimeoutError(f"{self.kind} did not become ready")

    def engine_pids(self) -> list[int]:
        """Process ids of its engines."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [
            int(pid) for pid in children.split() if _runs(pid, b"serving.runtime.engine_process")
        ]

    def resident_mb(self) -> float:
        """Memory that it takes, MiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def kill(self) -> None:
        """End it as a crash would; LitServe's workers wouldn't notice."""
        end = os.killpg if self.kind == "litserve" else os.kill
        end(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        self.process.terminate()
        self.process.wait(timeout=60)


def _runs(pid: str, module: bytes) -> bool:
    try:
        return module in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def serve(kind: str, port: int, home: Path, changes: dict[str, Any]) -> None:
    """Run one of the servers in this process."""
    if kind == "bare":
        import uvicorn

        uvicorn.run(bare_app(home), port=port, log_level="warning", access_log=False)
        return
    if kind == "litserve":
        from benchmarks.litserve_app import serve_by_litserve

        serve_by_litserve(port, home)
        return
    from serving.api.app import run
    from serving.config import ServiceConfig

    run(ServiceConfig(home=home, **changes), port=port)


def bare_app(home: Path) -> Any:
    """What a user would write: one route that returns a fixed answer, another a fixed file."""
    from fastapi import FastAPI
    from fastapi.responses import FileResponse

    app = FastAPI()
    file = home / "fixed.bin"
    file.write_bytes(bytes(2500))

    @app.get("/health/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/generate")
    async def generate(body: dict[str, Any]) -> FileResponse:
        return FileResponse(file)

    @app.post("/json")
    async def fixed_json(body: dict[str, Any]) -> dict[str, Any]:
        return {"audio_url": "http://localhost/audio/fixed.wav", "asked": body}

    return app


if __name__ == "__main__" and len(sys.argv) > 1:
    given_kind, given_port, given_home, given_changes = sys.argv[1:]
    serve(given_kind, int(given_port), Path(given_home), json.loads(given_changes))
