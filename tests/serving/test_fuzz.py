"""Whatever is sent, the answer is one that the OpenAPI document names, never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.api.app import create_app
from serving.requests import GenerateRequest
from tests.serving.conftest import engine, service_config

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
SENSIBLE = {
    "genre": st.sampled_from(["pop", "Lo Fi", "jazz"]),
    "tempo": st.floats(50, 190),
    "key": st.sampled_from(["C", "f#m", "Bb major"]),
    "duration": st.floats(10, 130),
    "seed": st.integers(-1, 2**32),
    "variations": st.integers(0, 9),
}
BODIES = st.fixed_dictionaries(
    {}, optional={name: SENSIBLE.get(name, JUNK) | JUNK for name in GenerateRequest.model_fields}
)
FUZZ = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service whose queue is soon full, so that fuzzing makes little music."""
    config = service_config(
        tmp_path_factory.mktemp("fuzz"),
        engines={"moody": engine("MoodyEngine")},
        default_engine="moody",
        queue_size=1,
    )
    with TestClient(create_app(config)) as client:
        body = {"genre": "pop", "prompt": "dawdle"}
        for _ in range(3):
            client.post("/generate", json=body, headers={"Prefer": "respond-async"})
        yield client


@FUZZ
@given(body=BODIES | JUNK)
def test_generate_never_fails(busy: TestClient, body: Any) -> None:
    response = busy.post("/generate", content=json.dumps(body), headers={"Prefer": "respond-async"})
    assert response.status_code in (202, 422, 429)


@FUZZ
@given(body=st.binary(max_size=60))
def test_bytes_never_fail(busy: TestClient, body: bytes) -> None:
    for path in ("/generate", "/generate/batch"):
        assert busy.post(path, content=body).status_code == 422


MULTIPART = b'--x\r\nContent-Disposition: form-data; filename="../../a.wav"\r\n\r\nRIFF\r\n--x--'
STARTS = st.sampled_from([b"", b"RIFF", b"fLa", b"ID", MULTIPART])
"""None is audio by its first bytes: what is costs a process, and `test_references` has those."""
TYPES = st.sampled_from(["", "audio/wav", "multipart/form-data; boundary=x", "text/html", "a\x7fb"])


@FUZZ
@given(start=STARTS, rest=st.binary(max_size=60), kind=TYPES)
def test_uploads_never_fail(busy: TestClient, start: bytes, rest: bytes, kind: str) -> None:
    response = busy.post("/references", content=start + rest, headers={"Content-Type": kind})
    assert response.status_code == 422
    assert "must be playable audio" in response.json()["detail"]


@FUZZ
@given(query=st.dictionaries(st.sampled_from(["genre", "tempo", "seed", "format", "mood"]), JUNK))
def test_queries_of_live_music_never_fail(busy: TestClient, query: dict[str, Any]) -> None:
    query = {name: str(value) for name, value in query.items()} | {"key": "H flat"}
    assert busy.get("/live", params=query).status_code == 422


@FUZZ
@given(name=st.text(st.characters(codec="utf-8"), max_size=40))
def test_names_in_addresses_never_fail(busy: TestClient, name: str) -> None:
    for path in ("/audio/{}", "/jobs/{}", "/audio/{}/provenance", "/catalog/tracks/{}/audio"):
        url = path.format(quote(name, safe=""))
        assert busy.get(url).status_code in (200, 307, 404, 405, 422)


@FUZZ
@given(query=st.dictionaries(st.sampled_from(["genre", "tempo", "seed", "duration"]), st.text()))
def test_queries_of_streams_never_fail(busy: TestClient, query: dict[str, str]) -> None:
    query = {**query, "tempo": query.get("tempo", "") + "x"}
    assert busy.get("/stream", params=query).status_code == 422
