"""A local Prefect server, for as long as the deployments are served."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from urllib.error import URLError
from urllib.request import urlopen

from features.errors import ShiroaError
from flows.offline import one_server_starts
from flows.settings import Settings

_START_TIMEOUT_S = 120.0


def server_for_tasks(settings: Settings) -> AbstractContextManager[object]:
    """A Prefect server that tasks in other processes reach; each would start its own without one.

    Raises ``ShiroaError`` where those are on other machines, which reach no server of this one.
    """
    if settings.task_runner == "local" or "PREFECT_API_URL" in os.environ:
        return nullcontext()
    if settings.cluster_address:
        raise ShiroaError(
            f"SHIROA_CLUSTER_ADDRESS={settings.cluster_address}: its workers report to a Prefect"
            " server, and PREFECT_API_URL names none; run `prefect server start --host 0.0.0.0`"
            " and set PREFECT_API_URL=http://THIS_MACHINE:4200/api"
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return local_server(port)


@contextmanager
def local_server(port: int) -> Iterator[str]:
    """Address of the Prefect UI. Starts a server on ``port`` unless ``PREFECT_API_URL`` is set.

    Must be entered before Prefect is imported, which reads the address once. Raises
    ``ShiroaError`` when the server does not come up.
    """
    known = os.environ.get("PREFECT_API_URL")
    if known:
        yield known.removesuffix("/api")
        return
    url = f"http://127.0.0.1:{port}"
    if _healthy(url):
        os.environ["PREFECT_API_URL"] = f"{url}/api"
        yield url
        return
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
    os.environ["PREFECT_API_URL"] = os.environ["PREFECT_SERVER_UI_API_URL"] = f"{url}/api"
    server = None
    try:
        with one_server_starts():
            server = subprocess.Popen(
                [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            _wait_until_healthy(server, url)
        yield url
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=30)


def _healthy(url: str) -> bool:
    try:
        with urlopen(f"{url}/api/health", timeout=2) as answer:  # noqa: S310 - a loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not _healthy(url):
        if server.poll() is not None:
            reason = server.stderr.read().decode(errors="replace") if server.stderr else ""
            raise ShiroaError(f"the Prefect server stopped: {reason.strip()[-500:]}")
        if time.monotonic() > deadline:
            raise ShiroaError(f"the Prefect server did not answer at {url} within 120 s")
        time.sleep(0.5)
