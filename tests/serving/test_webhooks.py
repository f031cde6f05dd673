"""Webhooks: off by default, never into private networks, and delivered when allowed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from serving.app import create_app
from serving.config import ServiceConfig
from serving.problems import Problem
from serving.webhooks import Webhooks
from tests.serving.conftest import service_config

Received = list[tuple[str | None, bytes]]


@pytest.fixture
def receiver() -> Iterator[tuple[str, Received]]:
    """A server on this machine, and what it was sent: signature and body."""
    received: Received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.headers["Shiroa-Signature"], body))
            self.send_response(302 if self.path == "/elsewhere" else 204)
            self.send_header("Location", "/")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", received
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://127.0.0.1:8000/generate",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://0x7f000001/",
        "file:///etc/passwd",
        "http://user:secret@example.com/",
        "http://",
        "http://no-such-host.invalid/",
    ],
)
def test_addresses_inside_are_refused(url: str) -> None:
    with pytest.raises(Problem, match=r"Webhook-Url=.*must"):
        asyncio.run(Webhooks(ServiceConfig(webhooks=True)).check(url))


def test_webhooks_are_off_by_default() -> None:
    with pytest.raises(Problem, match="switched off"):
        asyncio.run(Webhooks(ServiceConfig()).check("https://example.com"))


def test_job_is_told_to_the_clients_server(tmp_path: Path, receiver: tuple[str, Received]) -> None:
    url, received = receiver
    config = service_config(tmp_path, webhooks=True, webhook_secret=SecretStr("hush"))
    app = create_app(config, Webhooks(config, allowed=lambda address: True))
    with TestClient(app) as client:
        body = {"genre": "pop", "duration": 15, "seed": 1}
        headers = {"Webhook-Url": url, "Prefer": "respond-async"}
        job = client.post("/generate", json=body, headers=headers).json()
        client.get(f"/jobs/{job['id']}/events")
        while not received:
            client.get("/health")
    signature, told = received[0]
    status = json.loads(told)
    assert (status["id"], status["state"]) == (job["id"], "done")
    assert status["result"]["audio_url"].startswith("http://testserver/audio/")
    assert signature is not None
    stamp, digest = (part.partition("=")[2] for part in signature.split(","))
    expected = hmac.new(b"hush", f"{stamp}.".encode() + told, hashlib.sha256).hexdigest()
    assert digest == expected


def test_redirects_are_not_followed(
    receiver: tuple[str, Received], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, received = receiver
    monkeypatch.setattr("serving.webhooks._PAUSES_S", (0.0,))
    webhooks = Webhooks(ServiceConfig(webhooks=True), allowed=lambda address: True)
    assert asyncio.run(webhooks.send(f"{url}/elsewhere", b"{}")) is False
    assert len(received) == 1
