"""Webhooks: off by default, never into private networks, and delivered when allowed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from serving.api.app import create_app
from serving.config import ServiceConfig
from serving.problems import Problem
from serving.runtime.jobs import JobStore
from serving.runtime.webhooks import Webhooks
from tests.serving.conftest import service_config

BODY = {"genre": "pop", "duration": 15, "seed": 1}
LOOPBACK = "127.0.0.1"
Received = list[tuple[str | None, bytes]]


@contextmanager
def receiving(
    tls: ssl.SSLContext | None = None, refusals: int = 0
) -> Iterator[tuple[int, Received]]:
    """A server on this machine, and what it was sent: its port; signatures and bodies.

    It answers the first ``refusals`` requests with 503, and others well.
    """
    received: Received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.headers["Shiroa-Signature"], body))
            busy = len(received) <= refusals
            self.send_response(503 if busy else 302 if self.path == "/elsewhere" else 204)
            self.send_header("Location", "/")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = HTTPServer((LOOPBACK, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port, received
    server.shutdown()
    server.server_close()


class Names:
    """Looks names up in a list: one answer after the other, the last one for ever."""

    def __init__(self, *answers: list[str]):
        self.answers = [*answers]

    async def __call__(self, name: str, port: int) -> list[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try twice at once."""
    monkeypatch.setattr("serving.runtime.webhooks._PAUSES_S", (0.0, 0.0))


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


def test_the_clients_server_is_told_and_again_after_a_restart_when_it_was_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.runtime.webhooks._PAUSES_S", (0.0, 60.0))
    config = service_config(tmp_path, webhooks=True, webhook_secret=SecretStr("hush"))
    told: Received
    with receiving(refusals=1) as (port, told):
        for attempt in (1, 2):
            app = create_app(config, Webhooks(config, allowed=lambda address: True))
            with TestClient(app) as client:
                if attempt == 1:
                    headers = {"Webhook-Url": f"http://localhost:{port}", "Prefer": "respond-async"}
                    job = client.post("/generate", json=BODY, headers=headers).json()["id"]
                while len(told) < attempt:
                    client.get("/health")
    for signature, body in told:
        status = json.loads(body)
        assert (status["id"], status["state"]) == (job, "done")
        assert status["result"]["audio_url"].startswith("http://testserver/audio/")
        assert signature is not None
        stamp, digest = (part.partition("=")[2] for part in signature.split(","))
        expected = hmac.new(b"hush", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        assert digest == expected
    store = JobStore(tmp_path / "service.sqlite3")
    assert asyncio.run(store.run(store.untold)) == []
    store.close()


def test_redirects_are_not_followed() -> None:
    webhooks = Webhooks(ServiceConfig(webhooks=True), allowed=lambda address: True)
    with receiving() as (port, received):
        assert asyncio.run(webhooks.send(f"http://localhost:{port}/elsewhere", b"{}")) is False
        assert len(received) == 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of hook.example, signed by itself, in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    key, path = folder / "key.pem", folder / "certificate.pem"
    told = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hook"
    names = ["-addext", "subjectAltName=DNS:hook.example"]
    files = ["-keyout", str(key), "-out", str(path)]
    subprocess.run(["openssl", *told.split(), *names, *files], check=True, capture_output=True)
    path.write_text(path.read_text() + key.read_text())
    return path


@pytest.mark.parametrize(
    ("name", "is_trusted", "sent"),
    [
        ("hook.example", True, True),
        ("other.example", True, False),
        ("hook.example", False, False),
    ],
)
def test_https_is_called_by_number_and_checked_by_name(
    certificate: Path, name: str, is_trusted: bool, sent: bool
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    config = ServiceConfig(webhooks=True, webhook_ca=certificate if is_trusted else None)
    webhooks = Webhooks(config, lambda address: True, Names([LOOPBACK]))
    with receiving(tls) as (port, received):
        assert asyncio.run(webhooks.send(f"https://{name}:{port}/ended", b"{}")) is sent
    assert len(received) == sent


def test_a_name_that_moves_inside_is_not_called() -> None:
    """Public when the job is accepted; the loopback, or both, when it ends."""
    names = Names(["93.184.216.34"], [LOOPBACK], ["93.184.216.34", LOOPBACK])
    webhooks = Webhooks(ServiceConfig(webhooks=True), resolve=names)
    with receiving() as (port, received):
        asyncio.run(webhooks.check(f"http://hook.example:{port}/"))
        assert not asyncio.run(webhooks.send(f"http://hook.example:{port}/", b"{}"))
    assert not received
    assert len(names.answers) == 1
