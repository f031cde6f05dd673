"""Live music: heard at once, turned while it plays, from the soundfont that is set."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.api.app import create_app
from serving.config import COMPOSER_FACTORY, EngineSpec, SoundfontSpec
from serving.engines.composer import ComposerEngine
from serving.piece.provenance import describe
from serving.runtime.jam import Jam
from serving.runtime.jam_process import Sessions
from tests.serving.composer.tiny_soundfont import write_soundfont
from tests.serving.conftest import on_loopback, service_config

SESSION = "0123456789abcdef01234567"
DIALS: dict[str, Any] = {
    "genre": "jazz", "mood": "calm", "tempo": 100.0, "key": "D minor", "energy": 0.8, "muted": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_soundfont(tmp_path_factory.mktemp("font") / "tiny.sf2", copyright_="CC-BY-4.0")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, font: Path) -> Iterator[str]:
    engines = {"composer": EngineSpec(factory=COMPOSER_FACTORY, warm_up=False)}
    home = tmp_path_factory.mktemp("jam")
    config = service_config(
        home, engines=engines, default_engine="composer", soundfont=SoundfontSpec(path=font)
    )
    with on_loopback(create_app(config)) as found:
        yield found


def test_dials_are_followed_from_the_next_bar_on(address: str) -> None:
    asked = {"session": SESSION, "genre": "lo-fi", "tempo": "180", "seed": "1", "format": "wav"}
    url = f"{address}/live"
    with httpx.stream("GET", url, params=asked, timeout=60) as stream:
        sound = stream.iter_bytes()
        assert next(sound)[:4] == b"RIFF"
        assert stream.headers["shiroa-licence"] == "CC-BY-4.0"
        provenance = httpx.get(f"{url}/{SESSION}").json()["provenance"]
        assert provenance["sounds"]["name"] == "Tiny"
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


def started(sessions: Sessions, soundfont: dict[str, Any] | None) -> dict[str, Any]:
    message = {"do": "start", "id": "a", "dials": DIALS, "seed": 1, "sample_rate": 22_050}
    told, _ = sessions.answer({**message, "soundfont": soundfont})
    return told


def test_what_is_heard_comes_from_where_the_finished_piece_does(font: Path) -> None:
    told = started(Sessions(), {"path": str(font)})["provenance"]
    finished = describe(ComposerEngine(22_050, {"path": str(font)}), 1).model_dump(mode="json")
    assert told == {**finished, "created_at": told["created_at"]}


def test_a_soundfont_that_is_not_there_is_said_and_taken_once_it_is(tmp_path: Path) -> None:
    sessions, path = Sessions(), tmp_path / "late.sf2"
    told = started(sessions, {"path": str(path)})
    assert told["reason"] == "unavailable"
    assert "late.sf2" in told["problem"]
    write_soundfont(path)
    assert "provenance" in started(sessions, {"path": str(path)})


def test_who_leaves_in_the_middle_of_a_bar_leaves_the_others_their_music() -> None:
    async def play() -> None:
        jam = Jam()
        await jam.start("stays", DIALS, 1, None)
        for _ in range(3):
            leaves = asyncio.create_task(jam.start("leaves", DIALS, 2, None))
            for _ in range(3):  # as often as a server does it
                await asyncio.sleep(0)
                leaves.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaves
        await jam.turn("stays", {**DIALS, "genre": "folk"})
        told, sound = await jam._ask("next", "stays")
        assert (told["bar"], len(sound) > 0) == (0, True)
        await jam.close()

    asyncio.run(play())
