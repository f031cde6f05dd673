"""What the service costs and withstands, on the loopback, beside a bare FastAPI app.

python -m benchmarks.serving rate --seconds 10
python -m benchmarks.serving health --seconds 20
python -m benchmarks.serving overload --clients 500 --seconds 120
python -m benchmarks.serving kills --count 30
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

BODY = {"genre": "lo-fi", "duration": 15, "seed": 1}


class Connection:
    """One keep-alive HTTP/1.1 connection, as cheap as Python allows."""

    def __init__(self, port: int):
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send one request and read its answer."""
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
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
        self.start()

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        arguments = [self.kind, str(self.port), str(self.home), json.dumps(self.changes)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.serving", "serve", *arguments]
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if asyncio.run(Connection(self.port).ask("GET", "/health/ready")).status == 200:
                    return
            except (OSError, asyncio.IncompleteReadError):
                pass
            time.sleep(0.1)
        raise TimeoutError(f"{self.kind} did not become ready")

    def engine_pids(self) -> list[int]:
        """Process ids of its engines."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def resident_mb(self) -> float:
        """Memory that it takes, MiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        self.process.terminate()
        self.process.wait(timeout=60)


def serve(kind: str, port: int, home: Path, changes: dict[str, Any]) -> None:
    """Run one of the two servers in this process."""
    if kind == "bare":
        import uvicorn

        uvicorn.run(bare_app(home), port=port, log_level="warning", access_log=False)
        return
    from serving.app import run
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


async def rate(port: int, path: str, seconds: float, clients: int = 16) -> dict[str, float]:
    """Requests a second and latency of the same cached request."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        connection = Connection(port)
        while time.perf_counter() < end:
            started = time.perf_counter()
            reply = await connection.ask("POST", path, BODY, Content_Type="application/json")
            times.append(time.perf_counter() - started)
            if reply.status != 200:
                raise RuntimeError(f"{path}: HTTP {reply.status}: {reply.body[:200]!r}")

    await asyncio.gather(*(client() for _ in range(clients)))
    times.sort()
    return {
        "rps": len(times) / seconds,
        "p50_ms": 1000 * times[len(times) // 2],
        "p99_ms": 1000 * times[int(len(times) * 0.99)],
    }


def run_rate(seconds: float) -> None:
    """Cached answers beside a bare app."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shiroa, bare = Server("shiroa", home), Server("bare", home)
        try:
            first = asyncio.run(Connection(shiroa.port).ask("POST", "/generate", BODY))
            print(f"first answer: HTTP {first.status}, {len(first.body)} bytes")
            asyncio.run(rate(shiroa.port, "/generate", 1))
            rows = {
                "bare FastAPI, fixed file": asyncio.run(rate(bare.port, "/generate", seconds)),
                "bare FastAPI, fixed JSON": asyncio.run(rate(bare.port, "/json", seconds)),
                "Shiroa, cached": asyncio.run(rate(shiroa.port, "/generate", seconds)),
            }
            single = asyncio.run(rate(shiroa.port, "/generate", seconds / 2, clients=1))
            rows["Shiroa, cached, one client"] = single
        finally:
            shiroa.stop()
            bare.stop()
    base = rows["bare FastAPI, fixed file"]["rps"]
    for name, row in rows.items():
        figures = ", ".join(f"{key} {value:.2f}" for key, value in row.items())
        print(f"{name}: {figures}, {row['rps'] / base:.0%} of bare")


async def _health_times(port: int, seconds: float) -> list[float]:
    connection, end, times = Connection(port), time.perf_counter() + seconds, []
    while time.perf_counter() < end:
        started = time.perf_counter()
        await connection.ask("GET", "/health")
        times.append(time.perf_counter() - started)
        await asyncio.sleep(0.02)
    return sorted(times)


async def _keep_busy(port: int, pieces: int) -> None:
    connection = Connection(port)
    for _ in range(pieces):
        body = {"genre": "rock", "duration": 60}
        await connection.ask("POST", "/generate", body, Prefer="respond-async")


def run_health(seconds: float) -> None:
    """Latency of /health while the engine is idle, and while it is busy."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server("shiroa", Path(folder))
        try:
            idle = asyncio.run(_health_times(server.port, seconds / 2))
            asyncio.run(_keep_busy(server.port, 40))
            busy = asyncio.run(_health_times(server.port, seconds))
        finally:
            server.stop()
    for name, times in (("idle", idle), ("engine busy", busy)):
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        print(f"/health, {name}: p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, n {len(times)}")


async def _overload(port: int, clients: int, seconds: float, statuses: Counter[int]) -> None:
    end = time.monotonic() + seconds

    async def client(number: int) -> None:
        connection, rng = Connection(port), random.Random(number)
        while time.monotonic() < end:
            body = {"genre": "ambient", "duration": 15, "seed": rng.randrange(2**31)}
            reply = await connection.ask("POST", "/generate", body, Prefer="respond-async")
            statuses[reply.status] += 1
            await asyncio.sleep(float(reply.headers.get("retry-after", "0.2")) * rng.random())

    await asyncio.gather(*(client(number) for number in range(clients)))


def run_overload(clients: int, seconds: float) -> None:
    """Many more clients than can be served."""
    statuses: Counter[int] = Counter()
    memory = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server("shiroa", Path(folder))
        try:
            for step in range(5):
                asyncio.run(_overload(server.port, clients, seconds / 5, statuses))
                memory.append(server.resident_mb())
                print(f"part {step + 1}: {dict(statuses)}, {memory[-1]:.0f} MB")
        finally:
            server.kill()
    bad = {status: n for status, n in statuses.items() if status not in (200, 202, 429)}
    print(f"{clients} clients, {seconds:g} s: {dict(statuses)}, errors other than 429: {bad or 0}")
    print(f"memory of the server after each fifth: {[round(m) for m in memory]} MB")


def run_kills(count: int) -> None:
    """Kill server or engine again and again; count what became of accepted jobs."""
    rng = random.Random(0)
    accepted: list[str] = []
    kills: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        server = Server("shiroa", Path(folder), attempts=100)
        for seed in range(count):
            for extra in range(3):
                body = {"genre": "folk", "duration": 15, "seed": seed * 10 + extra}
                ask = Connection(server.port).ask("POST", "/generate", body, Prefer="respond-async")
                reply = asyncio.run(ask)
                if reply.status == 202:
                    accepted.append(reply.json()["id"])
            time.sleep(rng.uniform(0.0, 1.0))
            engines = server.engine_pids()
            if rng.random() < 0.5 and engines:
                os.kill(rng.choice(engines), signal.SIGKILL)
                kills["engine"] += 1
            else:
                server.kill()
                kills["server"] += 1
                server.start()
        states = asyncio.run(_ends(server.port, accepted))
        server.stop()
    print(f"kills {dict(kills)}; accepted {len(accepted)}; ended as {dict(states)}")


async def _ends(port: int, jobs: list[str]) -> Counter[str]:
    connection, states = Connection(port), Counter[str]()
    for job in jobs:
        while True:
            reply = await connection.ask("GET", f"/jobs/{job}")
            state = reply.json().get("state", f"HTTP {reply.status}")
            if state not in ("queued", "running"):
                states[state] += 1
                break
            await asyncio.sleep(0.2)
    return states


def main() -> None:
    """Run the command that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, seconds in (("rate", 10.0), ("health", 20.0)):
        commands.add_parser(name).add_argument("--seconds", type=float, default=seconds)
    overload = commands.add_parser("overload")
    overload.add_argument("--clients", type=int, default=500)
    overload.add_argument("--seconds", type=float, default=120.0)
    commands.add_parser("kills").add_argument("--count", type=int, default=30)
    one = commands.add_parser("serve")
    for name in ("kind", "port", "home", "changes"):
        one.add_argument(name)
    given = parser.parse_args()
    if given.command == "serve":
        serve(given.kind, int(given.port), Path(given.home), json.loads(given.changes))
    elif given.command == "rate":
        run_rate(given.seconds)
    elif given.command == "health":
        run_health(given.seconds)
    elif given.command == "overload":
        run_overload(given.clients, given.seconds)
    else:
        run_kills(given.count)


if __name__ == "__main__":
    main()
