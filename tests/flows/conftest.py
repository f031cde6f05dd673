"""One quiet Prefect server for all tests of the flows, and an environment left as it was."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_catalog.home import Home
from flows import offline


@pytest.fixture(autouse=True)
def unchanged_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    offline.configure(Home(tmp_path_factory.mktemp("prefect-home")))
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SHIROA_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")
