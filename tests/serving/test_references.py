"""Reference audio gives its tempo and key to requests that leave them open."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from fastapi.testclient import TestClient

from tests.serving.stand_ins import SAMPLE_RATE, clicks


def wav(y: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, y, SAMPLE_RATE, format="WAV")
    return buffer.getvalue()


def test_upload_is_measured_and_followed(client: TestClient) -> None:
    upload = client.post("/references", content=wav(clicks(77, 15, 1)))
    assert upload.status_code == 201
    reference = upload.json()
    assert reference["measured"]["tempo_bpm"] == pytest.approx(77, rel=0.02)
    body = {"genre": "pop", "duration": 15, "seed": 4, "reference": reference["id"]}
    asked = client.post("/generate", json=body).json()["asked"]
    assert asked["tempo_bpm"] == pytest.approx(77, rel=0.02)
    assert asked["key"] == reference["measured"]["key"]


def test_earlier_answer_is_a_reference_too(client: TestClient, piece: dict[str, Any]) -> None:
    body = {"genre": "pop", "duration": 15, "seed": 4, "reference": piece["id"], "tempo": 120}
    asked = client.post("/generate", json=body).json()["asked"]
    assert (asked["tempo_bpm"], asked["key"]) == (120, piece["measured"]["key"])


def test_upload_is_arranged_anew(client: TestClient) -> None:
    body = wav(clicks(77, 15.5, 1))
    reference = client.post("/references", content=body).json()["id"]
    wish = {"genre": "jazz", "seed": 4, "reference": reference, "strength": 0.5}
    answer = client.post("/generate", json=wish).json()
    assert answer["asked"]["duration_s"] == 15.5
    played, _ = sf.read(io.BytesIO(client.get(answer["audio_url"]).content))
    sent, _ = sf.read(io.BytesIO(body))
    assert np.abs(played - sent[: len(played)] / 2).max() < 1e-3
    longer = client.post("/generate", json={**wish, "duration": 30}).json()
    assert longer["detail"].endswith("must be at most 15.5 seconds, the length of the reference")


@pytest.mark.parametrize(
    "content", [b"", b"not audio at all", b"RIFF\x00\x00\x00\x00WAVEfmt ", b"ID3\4" + bytes(6)]
)
def test_upload_that_is_no_audio_is_refused(client: TestClient, content: bytes) -> None:
    response = client.post("/references", content=content)
    assert response.status_code == 422
    assert "must be playable audio" in response.json()["detail"]


def test_unknown_reference_is_a_fault(client: TestClient) -> None:
    response = client.post("/generate", json={"genre": "pop", "reference": "0" * 24})
    assert "upload the audio to POST /references first" in response.json()["detail"]
