"""Live music: heard at once, turned while it plays."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from serving.api.app import create_app
from tests.serving.conftest import on_loopback, service_config

SESSION = "0123456789abcdef01234567"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = create_app(service_config(tmp_path_factory.mktemp("jam")))
    with on_loopback(app) as found:
        yield found


def test_dials_are_followed_from_the_next_bar_on(address: str) -> None:
    asked = {"session": SESSION, "genre": "lo-fi", "tempo": "180", "seed": "1", "format": "wav"}
    url = f"{address}/live"
    with httpx.stream("GET", url, params=asked, timeout=60) as stream:
        sound = stream.iter_bytes()
        assert next(sound)[:4] == b"RIFF"
        assert httpx.get(url, params=asked).status_code == 422  # the name is taken
        refused = httpx.post(f"{url}/{SESSION}", json={"tempo": 500, "genre": "zydeco"})
        assert {fault["field"] for fault in refused.json()["errors"]} == {"tempo", "genre"}
        turned = httpx.post(f"{url}/{SESSION}", content=json.dumps({"genre": "folk"}))
        assert turned.json()["dials"]["genre"] == "folk"
        assert turned.json()["dials"]["tempo"] == 180
        while httpx.get(f"{url}/{SESSION}").json()["now"]["genre"] != "folk":
            next(sound)
    deadline = time.monotonic() + 20
    while httpx.get(f"{url}/{SESSION}").status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    "query", [{"energy": "7"}, {"format": "ogg"}, {"session": "../x"}, {"tempo": "1"}]
)
def test_impossible_dials_are_refused(address: str, query: dict[str, str]) -> None:
    assert httpx.get(f"{address}/live", params=query).status_code == 422
