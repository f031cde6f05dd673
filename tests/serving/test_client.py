"""The Python client, and docs/studio.md run against a real service."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import soundfile as sf

from serving.api.app import create_app
from serving.client import Client, Refused
from serving.schemas import JobStatus
from tests.serving.conftest import engine, on_loopback, service_config

GUIDE = Path(__file__).parents[2] / "docs" / "studio.md"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    engines = {"moody": engine("MoodyEngine")}
    home = tmp_path_factory.mktemp("client")
    app = create_app(service_config(home, engines=engines, default_engine="moody"))
    with on_loopback(app) as found:
        yield found


def test_client_makes_follows_and_downloads(address: str, tmp_path: Path) -> None:
    seen: list[JobStatus] = []
    with Client(address) as shiroa:
        answer = shiroa.generate(seen.append, genre="pop", tempo=100, duration=15, seed=1)
        path = shiroa.download(answer, tmp_path / "pop.flac")
    assert answer.measured.tempo_bpm == pytest.approx(100, rel=0.02)
    assert seen[-1].state == "done"
    assert sf.info(path).duration == pytest.approx(15, abs=0.01)


def test_client_raises_what_the_service_says(address: str) -> None:
    with pytest.raises(Refused, match="choose another model") as refused:
        Client(address).generate(genre="pop", duration=15, prompt="refuse")
    assert refused.value.status == 422


def test_client_cancels(address: str) -> None:
    shiroa = Client(address)
    job = shiroa.submit(genre="pop", duration=15, prompt="dawdle")
    assert shiroa.cancel(job.id).state == "cancelled"


def test_client_has_a_batch_made(address: str) -> None:
    shiroa = Client(address)
    job = shiroa.submit_batch([{"genre": "pop", "duration": 15, "seed": seed} for seed in (1, 3)])
    *_, last = shiroa.follow(job.id)
    assert last.results is not None
    assert [result["seed"] for result in last.results] == [1, 3]


def test_client_asks_again_when_the_connection_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.client._RECONNECT_S", 0.0)
    states = iter(("running", "done"))

    class Breaks(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state = next(states)
            ended = "2026-01-01T00:00:00+00:00" if state == "done" else None
            told = JobStatus(
                id="a" * 24, state=state, stage=state, percent=0, created_at="", finished_at=ended
            )
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(f"event: {state}\ndata: {told.model_dump_json()}\n\n".encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Breaks) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        told = Client(f"http://127.0.0.1:{server.server_port}").follow("a" * 24)
        assert [status.state for status in told] == ["running", "done"]
        server.shutdown()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)


def test_guide_curl_works(address: str) -> None:
    command = blocks("bash")[0].replace("localhost:8000", address.removeprefix("http://"))
    answer = json.loads(subprocess.run(command, shell=True, capture_output=True, check=True).stdout)
    assert answer["measured"]["tempo_bpm"] == pytest.approx(92, rel=0.04)


def test_guide_python_works(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(blocks("python")[0].replace("http://localhost:8000", address), {})
    assert sf.info("folk.mp3").duration == pytest.approx(15, abs=0.2)


def test_guide_problem_is_what_the_service_says(address: str) -> None:
    shown = json.loads(blocks("json")[0])
    with pytest.raises(Refused) as refused:
        Client(address)._json("POST", "/generate", {"genre": "pop", "tempo": 30, "key": "H"})
    assert refused.value.problem["detail"] == shown["detail"]
    assert shown["errors"][0] in refused.value.problem["errors"]
