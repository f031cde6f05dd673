"""A job's music while it is being made."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import soundfile
from fastapi.testclient import TestClient


@pytest.fixture
def job(client: TestClient) -> Iterator[dict[str, Any]]:
    """A job that takes its time."""
    body = {"genre": "folk", "duration": 15, "seed": 8, "prompt": "dawdle"}
    begun = client.post("/generate", json=body, headers={"Prefer": "respond-async"}).json()
    yield begun
    client.delete(f"/jobs/{begun['id']}")


def test_it_is_heard_from_its_first_beat_to_its_end(
    client: TestClient, job: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.runtime.jam._AHEAD_S", 60.0)
    answer = client.get(f"/jobs/{job['id']}/audio", params={"format": "wav"})
    sound, rate = soundfile.read(io.BytesIO(answer.content))
    assert len(sound) == 15 * rate
    assert abs(sound[:rate]).max() > 0.01


def test_a_finished_one_leads_to_its_file(client: TestClient) -> None:
    body = {"genre": "folk", "duration": 15, "seed": 9, "format": "mp3"}
    done = client.post("/generate", json=body, headers={"Prefer": "respond-async"}).json()
    while client.get(f"/jobs/{done['id']}").json()["state"] != "done":
        pass
    answer = client.get(f"/jobs/{done['id']}/audio", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(".mp3")


def test_an_engine_that_can_not_says_so(client: TestClient) -> None:
    body = {"genre": "folk", "duration": 120, "seed": 8, "model": "plain"}
    begun = client.post("/generate", json=body, headers={"Prefer": "respond-async"}).json()
    answer = client.get(f"/jobs/{begun['id']}/audio", follow_redirects=False)
    assert answer.status_code == 409
    assert begun["id"] in answer.json()["detail"]
    client.delete(f"/jobs/{begun['id']}")
