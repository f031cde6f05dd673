"""The HTTP interface as its clients see it."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import MutableMapping
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from fastapi.testclient import TestClient

from features.levels.loudness import measure_loudness
from tests.serving.conftest import PRICE_PER_CPU_HOUR


def test_smallest_request_gets_an_audio_url(client: TestClient) -> None:
    response = client.post("/generate", json={"genre": "pop", "duration": 15})
    assert response.status_code == 200
    assert client.get(response.json()["audio_url"]).status_code == 200


def test_answer_says_what_was_asked_and_what_was_measured(piece: dict[str, Any]) -> None:
    assert piece["asked"]["tempo_bpm"] == 92
    assert piece["asked"]["key"] == "F minor"
    measured = piece["measured"]
    assert measured["tempo_bpm"] == pytest.approx(92, rel=0.04)
    assert measured["key"] == "A minor"  # what the stand-in plays, whatever it was asked
    assert measured["duration_s"] == pytest.approx(15, abs=0.01)
    assert -40 < measured["loudness_lufs"] < -5
    told = {"tempo": True, "key": False, "duration": True, "loudness": None}
    assert piece["adherence"] == told


def test_same_seed_is_answered_from_the_cache(client: TestClient, piece: dict[str, Any]) -> None:
    body = {"genre": "Jazz", "tempo": 92.0, "key": "F minor", "duration": 15, "seed": 5}
    again = client.post("/generate", json={**body, "stems": True}).json()
    assert (again["id"], again["cached"]) == (piece["id"], True)


def test_new_request_without_a_seed_is_new_music(client: TestClient) -> None:
    body = {"genre": "pop", "duration": 15}
    ids = {client.post("/generate", json=body).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_every_fault_is_reported_at_once(client: TestClient) -> None:
    body = {"genre": "zydeco", "tempo": 30, "duration": 5, "tempi": 3}
    response = client.post("/generate", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert {fault["field"] for fault in problem["errors"]} == {
        "genre",
        "tempo",
        "duration",
        "tempi",
    }
    assert "tempo=30: must be 60-180 BPM" in problem["detail"]
    assert "did you mean tempo?" in problem["detail"]


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"genre":', b'{"genre": NaN}', b"\xff", b"null"])
def test_body_that_is_no_request_is_a_problem(client: TestClient, body: bytes) -> None:
    assert client.post("/generate", content=body).status_code == 422


def test_engine_that_refuses_says_why(client: TestClient) -> None:
    response = client.post("/generate", json={"genre": "pop", "prompt": "refuse"})
    assert response.status_code == 422
    assert "choose another model" in response.json()["detail"]


def test_fault_of_an_engine_is_a_problem_document(client: TestClient) -> None:
    response = client.post("/generate", json={"genre": "pop", "prompt": "break"})
    assert response.status_code == 500
    assert "ZeroDivisionError" in response.json()["detail"]


def test_engine_that_cannot_load_is_unavailable(client: TestClient) -> None:
    response = client.post("/generate", json={"genre": "pop", "model": "absent"})
    assert response.status_code == 503


def test_model_of_a_client_is_only_a_name(client: TestClient) -> None:
    response = client.post("/generate", json={"genre": "pop", "model": "../../etc/passwd"})
    assert response.status_code == 422
    assert "must be one of moody, absent, plain" in response.json()["detail"]


def test_asynchronous_request_becomes_a_job_with_progress(client: TestClient) -> None:
    response = client.post(
        "/generate", json={"genre": "folk", "duration": 15}, headers={"Prefer": "respond-async"}
    )
    assert response.status_code == 202
    location = response.headers["location"]
    events = client.get(f"{location}/events").text
    assert "event: progress" in events
    last = json.loads(events.strip().split("data: ")[-1])
    assert last["state"] == "done"
    assert last["result"]["audio_url"] == client.get(location).json()["result"]["audio_url"]


def test_cancelled_job_frees_its_engine(client: TestClient) -> None:
    def ask() -> str:
        body = {"genre": "pop", "duration": 15, "prompt": "dawdle"}
        job = client.post("/generate", json=body, headers={"Prefer": "respond-async"})
        return str(job.headers["location"])

    first, second = ask(), ask()
    for location in (first, second):
        assert client.delete(location).json()["state"] == "cancelled"
        assert client.get(location).json()["state"] == "cancelled"


def test_idempotency_key_returns_the_same_job(client: TestClient) -> None:
    headers = {"Idempotency-Key": "k1", "Prefer": "respond-async"}
    body = {"genre": "rock", "duration": 15}
    first = client.post("/generate", json=body, headers=headers).json()
    assert client.post("/generate", json=body, headers=headers).json()["id"] == first["id"]
    other = client.post("/generate", json={"genre": "folk"}, headers=headers)
    assert other.status_code == 422
    long = client.post("/generate", json=body, headers={"Idempotency-Key": "k" * 201})
    assert "at most 200 characters" in long.json()["detail"]


def test_client_waits_no_longer_than_it_prefers(client: TestClient) -> None:
    body = {"genre": "rock", "duration": 15, "prompt": "dawdle"}
    response = client.post("/generate", json=body, headers={"Prefer": "wait=0"})
    assert response.status_code == 202
    location = response.headers["location"]
    client.delete(location)
    assert client.get(f"{location}/audio").json()["title"] == "There is no music to hear"


def test_batch_gives_one_result_for_each_request(client: TestClient) -> None:
    requests = [{"genre": "pop", "duration": 15, "seed": seed} for seed in (1, 2, 1)]
    job = client.post("/generate/batch", json={"requests": requests})
    assert job.status_code == 202
    client.get(f"{job.headers['location']}/events")
    results = client.get(job.headers["location"]).json()["results"]
    assert [result["seed"] for result in results] == [1, 2, 1]
    assert results[0]["id"] == results[2]["id"]


def test_batch_names_the_faulty_request(client: TestClient) -> None:
    requests = [{"genre": "pop"}, {"genre": "pop", "tempo": 1}, 5]
    told = client.post("/generate/batch", json={"requests": requests}).json()
    assert [fault["field"] for fault in told["errors"]] == ["requests/1/tempo", "requests/2"]
    assert told["detail"].startswith("requests/1: tempo=1: must be")
    assert "requests/2: the body must be a JSON object" in told["detail"]


def test_variations_follow_the_seed(client: TestClient) -> None:
    body = {"genre": "pop", "duration": 15, "seed": 40, "variations": 2}
    answer = client.post("/generate", json=body).json()
    assert [one["seed"] for one in answer["variations"]] == [40, 41]


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("wav", "PCM_16"),
        ("wav24", "PCM_24"),
        ("flac", "PCM_24"),
        ("ogg", "VORBIS"),
        ("opus", "OPUS"),
        ("mp3", "MPEG_LAYER_III"),
    ],
)
def test_audio_comes_in_every_format(
    client: TestClient, piece: dict[str, Any], kind: str, subtype: str
) -> None:
    response = client.get(piece["downloads"][kind])
    found = sf.info(io.BytesIO(response.content))
    assert found.subtype == subtype
    assert found.duration == pytest.approx(15, abs=0.1)


def test_loudness_is_brought_to_what_was_asked(client: TestClient, piece: dict[str, Any]) -> None:
    body = {"genre": "pop", "tempo": 92, "duration": 15, "seed": 5, "stems": True, "loudness": -30}
    answer = client.post("/generate", json=body).json()
    assert answer["measured"]["loudness_lufs"] == pytest.approx(-30, abs=0.1)
    assert answer["adherence"]["loudness"] is True
    y, _ = sf.read(io.BytesIO(client.get(answer["audio_url"]).content))
    stem, _ = sf.read(io.BytesIO(client.get(answer["stems"]["clicks"]).content))
    assert measure_loudness(y, 22_050).integrated_lufs == pytest.approx(-30, abs=0.1)
    assert np.abs(y - stem).max() < 1e-4
    loudest = client.post("/generate", json={**body, "loudness": -6}).json()
    assert loudest["measured"]["true_peak_dbtp"] <= -0.99
    assert "more would pass -1 dBTP" in loudest["corrections"][0]


def test_lyrics_are_sung_and_come_back_with_their_times(client: TestClient) -> None:
    body = {"genre": "pop", "duration": 15, "seed": 5, "stems": True, "lyrics": "La la"}
    answer = client.post("/generate", json=body).json()
    assert client.get(answer["lyrics_url"]).text == "[00:00.00]La la\n"
    assert answer["score"]["lyrics"][0][0]["text"] == "La "
    loops = zipfile.ZipFile(io.BytesIO(client.get(answer["loops_url"]).content))
    assert {"chords.txt", "lyrics.lrc", "score.json", "score.mid"} <= set(loops.namelist())
    assert sf.info(io.BytesIO(loops.read("02 chorus/clicks 100bpm.wav"))).frames == 5 * 22_050


def test_engine_without_a_skill_says_so(client: TestClient) -> None:
    body = {"genre": "pop", "model": "plain", "lyrics": "La", "strength": 1, "tempo": 90,
            "parts": ["drums"]}  # fmt: skip
    response = client.post("/generate", json=body)
    assert [fault["field"] for fault in response.json()["errors"]] == [
        "lyrics",
        "parts",
        "strength",
        "strength",
        "parts",
        "tempo",
        "lyrics",
    ]
    assert "plain does not sing" in response.json()["detail"]


def test_audio_answers_ranges_and_conditions(client: TestClient, piece: dict[str, Any]) -> None:
    url = piece["audio_url"]
    part = client.get(url, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    whole = client.get(url)
    assert "immutable" in whole.headers["cache-control"]
    unchanged = client.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert client.head("/live").status_code == 405


@pytest.mark.parametrize("asked", ["bars=0-3", "bytes", "bytes=a-b", "bytes=3"])
def test_a_range_of_another_kind_is_ignored(
    client: TestClient, piece: dict[str, Any], asked: str
) -> None:
    whole = client.get(piece["audio_url"], headers={"Range": asked})
    assert (whole.status_code, whole.content[:4]) == (200, b"RIFF")


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fservice.sqlite3",
        "%2e%2e/service.sqlite3",
        "service.sqlite3",
        "a" * 24 + ".wav",
        "A" * 24 + ".wav",
        "x" * 3000,
        "%00",
    ],
)
def test_audio_names_reach_no_other_file(client: TestClient, name: str) -> None:
    assert client.get(f"/audio/{name}").status_code == 404


def test_stems_midi_and_provenance_are_linked(client: TestClient, piece: dict[str, Any]) -> None:
    assert set(piece["stems"]) == {"clicks"}
    assert client.get(piece["stems"]["clicks"]).headers["content-type"] == "audio/flac"
    assert client.get(piece["midi_url"]).content == b"MThd"
    archive = zipfile.ZipFile(io.BytesIO(client.get(piece["stems_url"]).content))
    assert {name.split(".", 1)[1] for name in archive.namelist()} == {
        "clicks.flac",
        "json",
        "mid",
        "txt",
    }
    origin = client.get(piece["provenance_url"]).json()
    assert origin == piece["provenance"]
    assert origin["ai_generated"] is True


@pytest.mark.parametrize(("kind", "media_type"), [("wav", "audio/wav"), ("mp3", "audio/mpeg")])
def test_stream_is_music_of_the_length_asked_for(
    client: TestClient, kind: str, media_type: str
) -> None:
    asked: dict[str, str | int] = {"genre": "pop", "duration": 40, "seed": 1, "format": kind}
    response = client.get("/stream", params=asked)
    assert response.headers["content-type"] == media_type
    y, sr = sf.read(io.BytesIO(response.content))
    assert len(y) == 40 * sr
    assert np.abs(y[20 * sr - 500 : 20 * sr + 500]).mean() > 0.01  # no gap where parts join


def test_stream_reports_faults(client: TestClient) -> None:
    response = client.get("/stream", params={"genre": "pop", "tempo": "fast", "format": "mp3"})
    assert response.status_code == 422
    assert response.json()["detail"] == "tempo=fast: must be 60-180 BPM"


def test_health_models_and_genres(client: TestClient) -> None:
    assert client.get("/health").json()["live"] is True
    models = client.get("/models").json()
    assert models["default"] == "moody"
    assert {"pop", "lo-fi"} <= set(client.get("/genres").json()["genres"])


def test_metrics_count_pieces(client: TestClient, piece: dict[str, Any]) -> None:
    text = client.get("/metrics").text
    assert 'shiroa_pieces_total{engine="moody"}' in text
    assert 'shiroa_generation_seconds_bucket{engine="moody"' in text
    cpu_s, cost = (
        float(re.search(rf'shiroa_{name}_total{{engine="moody"}} (\S+)', text)[1])  # type: ignore[index]
        for name in ("engine_cpu_seconds", "cost_money")
    )
    assert cost == pytest.approx(cpu_s / 3600 * PRICE_PER_CPU_HOUR)


def test_answers_carry_security_headers(client: TestClient) -> None:
    headers = client.get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]


def test_large_bodies_are_refused(client: TestClient) -> None:
    response = client.post("/generate", content=b" " * 70_000)
    assert response.status_code == 413


def test_a_client_that_leaves_half_way_is_no_error(client: TestClient) -> None:
    sent = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/generate", "headers": [], "query_string": b"",
    }  # fmt: skip

    async def ask() -> None:
        await client.app(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 400
