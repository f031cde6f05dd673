"""Prefect without telemetry, promotions or noise, with its state inside the home.

Prefect reads its settings when it is imported, so :func:`configure` must run before. A variable
that the user has set is left alone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from data_catalog.home import Home

_LEASES_ON_DISK = "prefect.server.concurrency.lease_storage.filesystem"

_RUNS = ("prefect.flow_runs", "prefect.task_runs")

_SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": _LEASES_ON_DISK,
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}


def configure(home: Home, log_level: str = "WARNING") -> None:
    """Set what Prefect needs to run offline and to keep its database in ``home``."""
    for name, value in {**_SETTINGS, "PREFECT_LOGGING_LEVEL": log_level}.items():
        os.environ.setdefault(name, value)
    if "PREFECT_HOME" not in os.environ:
        own = home.root / "prefect"
        own.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_HOME"] = str(own)


def errors_in_one_line() -> None:
    """Keep the tracebacks of failed runs from the terminal, where the error itself comes last.

    The logs of the run have them, in the Prefect UI.
    """
    import prefect.main  # noqa: F401 - sets the handlers up
    from prefect.logging.handlers import PrefectConsoleHandler

    for handler in logging.getLogger().handlers:
        if isinstance(handler, PrefectConsoleHandler):
            handler.addFilter(_is_no_failed_run)


def _is_no_failed_run(record: logging.LogRecord) -> bool:
    return record.levelno < logging.ERROR or not record.name.startswith(_RUNS)


def start_own_server() -> None:
    """Start the server that Prefect gives a process which ``PREFECT_API_URL`` names none.

    A flow starts it too, but two first flows on one home would both make its database and one of
    the servers would stop over that.
    """
    if "PREFECT_API_URL" in os.environ:
        return
    with one_server_starts():
        from prefect.client.orchestration import get_client

        with get_client(sync_client=True):
            pass


@contextmanager
def one_server_starts() -> Iterator[None]:
    """Only one server of a home starts at a time, for the first makes or migrates the database."""
    with FileLock(Path(os.environ["PREFECT_HOME"]) / "start.lock"):
        yield
