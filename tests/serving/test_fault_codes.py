"""Faults as programs read them: a code, and the figures of its rule."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.fault_codes import CODES
from serving.requests import PARTS
from tests.serving.studio.test_words import SERVING, texts_given

FAULTS: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"tempo": 30}, "out-of-range", {"value": "30", "min": 60, "max": 180}),
    ({"tempo": "fast"}, "out-of-range", {"value": "fast", "min": 60, "max": 180}),
    ({"duration": 700}, "out-of-range", {"value": "700", "min": 15, "max": 600}),
    ({"strength": 2}, "out-of-range", {"value": "2", "min": 0, "max": 1}),
    ({"seed": "lucky"}, "not-whole", {"value": "lucky", "min": 0, "max": 2**32 - 1}),
    ({"parts": ["kazoo"]}, "not-one-of", {"value": '["kazoo"]', "allowed": list(PARTS)}),
    ({"language": "de"}, "not-one-of", {"value": "de", "allowed": ["en", "tr"]}),
    ({"stems": "perhaps"}, "not-boolean", {"value": "perhaps"}),
    ({"key": "H"}, "not-a-key", {"value": "H"}),
    ({"lyrics": "la" * 3000}, "too-long", {"max": 4000}),
    ({"reference": "mine"}, "unknown-reference", {"value": "mine"}),
    ({"reference": "0" * 24}, "unknown-reference", {"value": "0" * 24}),
    ({"model": "bandstand"}, "unknown-model", {"value": "bandstand"}),
    ({"tempi": 3}, "unknown-field", {"value": "tempi"}),
    ({"model": "plain", "lyrics": "La"}, "unskilled", {"engine": "plain", "skill": "lyrics"}),
    ({"strength": 1}, "needs-reference", {}),
]


@pytest.mark.parametrize(("body", "code", "params"), FAULTS)
def test_fault_has_a_code_with_its_figures(
    client: TestClient, body: dict[str, Any], code: str, params: dict[str, Any]
) -> None:
    faults = client.post("/generate", json={"genre": "pop", **body}).json()["errors"]
    assert [(fault["code"], fault["params"]) for fault in faults] == [(code, params)]
    assert CODES[code] == set(params)


def test_fault_of_a_batch_names_the_request(client: TestClient) -> None:
    body = {"requests": [{"genre": "pop"}, {"genre": "pop", "tempo": 1}]}
    (fault,) = client.post("/generate/batch", json=body).json()["errors"]
    assert (fault["field"], fault["code"]) == ("requests/1/tempo", "out-of-range")


def test_upload_that_is_no_audio_says_why(client: TestClient) -> None:
    (fault,) = client.post("/references", content=b"not audio at all").json()["errors"]
    assert fault["code"] == "unusable-audio"
    assert fault["params"] == {"reason": "not_audio", "max_s": 600}


def test_what_is_not_there_is_told_apart(client: TestClient) -> None:
    assert client.get(f"/jobs/{'0' * 24}").json()["code"] == "no-job"
    assert client.get(f"/audio/{'0' * 24}.wav").json()["code"] == "no-audio"


def test_every_code_that_is_given_stands_in_the_list() -> None:
    assert set(texts_given("Fault", 2, SERVING)) <= set(CODES)
