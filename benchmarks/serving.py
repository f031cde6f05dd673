"""What the service costs and withstands, on the loopback, beside other ways to serve.

python -m benchmarks.serving rate --seconds 10
python -m benchmarks.serving litserve --pieces 12     needs: pip install litserve
python -m benchmarks.serving health --seconds 20
python -m benchmarks.serving overload --clients 500 --seconds 120
python -m benchmarks.serving kills --count 30
python -m benchmarks.serving fuzz --cases 10000       needs: pip install schemathesis
python -m benchmarks.serving same --pieces 10
python -m benchmarks.serving batch --pieces 8

Without a command, each that needs nothing more runs shortly.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.contract import run_fuzz, run_same
from benchmarks.loopback import Connection, Server

BODY = {"genre": "lo-fi", "duration": 15, "seed": 1}


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
            await asyncio.sleep(2 * rng.random())  # impatient: Retry-After asks for more

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


def run_kills(count: int, seed: int = 0) -> None:
    """Kill server or engine again and again; count what became of accepted jobs."""
    rng = random.Random(seed)
    accepted: list[str] = []
    kills: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        server = Server("shiroa", Path(folder), attempts=100)
        for number in range(count):
            for extra in range(3):
                body = {"genre": "folk", "duration": 15, "seed": number * 10 + extra}
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
            told = reply.json()
            state = told.get("state", f"HTTP {reply.status}")
            if state not in ("queued", "running"):
                states[state] += 1
                if state != "done":
                    print(f"{job}: {told.get('problem') or told.get('detail') or told}")
                break
            await asyncio.sleep(0.2)
    return states


async def _fresh(port: int, pieces: int, clients: int = 4) -> float:
    """Seconds for that many new pieces of 15 s, asked for by a few clients at once."""
    seeds = iter(range(100, 100 + pieces))

    async def client() -> None:
        connection = Connection(port)
        for seed in seeds:
            body = {**BODY, "seed": seed}
            reply = await connection.ask("POST", "/generate", body, Content_Type="application/json")
            if reply.status != 200:
                raise RuntimeError(f"HTTP {reply.status}: {reply.body[:200]!r}")

    await _warm(port)
    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return time.perf_counter() - started


async def _warm(port: int) -> None:
    """The first piece compiles what later ones use."""
    await Connection(port).ask("POST", "/generate", BODY, Content_Type="application/json")


def run_litserve(pieces: int) -> None:
    """The same engine behind LitServe and behind this service, one process each, new pieces."""
    for kind in ("litserve", "shiroa", "litserve", "shiroa"):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(kind, Path(folder), wait_s=300.0)
            try:
                seconds = asyncio.run(_fresh(server.port, pieces))
            finally:
                server.kill()
        print(f"{kind}: {pieces} new pieces of 15 s in {seconds:.1f} s")


def run_batch(pieces: int, seconds: float = 15.0) -> None:
    """New pieces by a tiny MusicGen, in one job: one at a time, and four at once."""
    from training.musicgen.tiny import build_tiny

    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "musicgen-tiny"
        build_tiny(base, decoder_steps=0)
        engine = {
            "factory": "serving.engines.musicgen:MusicgenEngine",
            "options": {"base": str(base)},
        }
        for batch in (1, 4, 1, 4):
            home = Path(tempfile.mkdtemp(dir=folder))
            engines = {"tiny": {**engine, "batch": batch}}
            server = Server("shiroa", home, engines=engines, default_engine="tiny")
            try:
                took = asyncio.run(_one_job(server.port, pieces, seconds))
            finally:
                server.kill()
            print(f"{batch} at once: {pieces} pieces of {seconds:g} s in {took:.1f} s")


async def _one_job(port: int, pieces: int, seconds: float) -> float:
    connection = Connection(port)
    for count, seed in ((1, 0), (pieces, 1)):
        started = time.perf_counter()
        requests = [{"genre": "jazz", "duration": seconds, "seed": seed + n} for n in range(count)]
        job = (await connection.ask("POST", "/generate/batch", {"requests": requests})).json()
        states = await _ends(port, [job["id"]])
        if states != Counter({"done": 1}):
            raise RuntimeError(f"ended as {dict(states)}")
    return time.perf_counter() - started


def main() -> None:
    """Run the command that was asked for, or the short ones."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command")
    for name, seconds in (("rate", 10.0), ("health", 20.0)):
        commands.add_parser(name).add_argument("--seconds", type=float, default=seconds)
    overload = commands.add_parser("overload")
    overload.add_argument("--clients", type=int, default=500)
    overload.add_argument("--seconds", type=float, default=120.0)
    for name, option, number in (("kills", "--count", 30), ("fuzz", "--cases", 10_000)):
        parts = commands.add_parser(name)
        parts.add_argument(option, type=int, default=number)
        parts.add_argument("--seed", type=int, default=0, help="another gives other cases")
    for name, pieces in (("litserve", 12), ("same", 10), ("batch", 8)):
        commands.add_parser(name).add_argument("--pieces", type=int, default=pieces)
    given = vars(parser.parse_args())
    command = given.pop("command")
    if command is None:
        run_rate(2)
        run_health(5)
        run_overload(100, 10)
        run_kills(3)
        run_same(3)
        return
    runs: dict[str, Callable[..., None]] = {
        "rate": run_rate, "health": run_health, "overload": run_overload, "kills": run_kills,
        "fuzz": run_fuzz, "litserve": run_litserve, "same": run_same, "batch": run_batch,
    }  # fmt: skip
    runs[command](**given)


if __name__ == "__main__":
    main()
