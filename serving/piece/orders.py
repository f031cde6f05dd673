"""One piece to make, fully decided, and the name that its content gives it."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Final

from pydantic import BaseModel, ConfigDict

from serving.engines.base import EngineError, Request
from serving.piece.references import References
from serving.requests import MAX_SEED, GenerateRequest
from serving.schemas import Asked

__all__ = ["Order", "asked_of", "engine_request", "orders_of", "piece_id"]

PIECE_VERSION: Final = 2
"""Raised when the same request would give other bytes."""

_SHAPES_AUDIO: Final = (
    "genre",
    "mood",
    "tempo",
    "key",
    "prompt",
    "lyrics",
    "language",
    "duration",
    "seed",
    "stems",
    "parts",
    "reference",
    "strength",
    "loudness",
    "strict",
)


class Order(BaseModel):
    """One piece: a request for exactly one version, with engine, seed and id fixed."""

    model_config = ConfigDict(frozen=True)

    id: str
    engine: str
    model_id: str
    seed: int
    request: GenerateRequest


def piece_id(request: GenerateRequest, seed: int, model_id: str) -> str:
    """24 hexadecimal digits that stand for everything that shapes the audio.

    The file's format does not: each is made from one lossless master.
    """
    shape = request.model_dump(include=set(_SHAPES_AUDIO))
    content = {**shape, "seed": seed, "model_id": model_id, "version": PIECE_VERSION}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def orders_of(request: GenerateRequest, engine: str, model_id: str) -> list[Order]:
    """The pieces of a request: one for each variation, with seeds that follow each other."""
    first = secrets.randbelow(MAX_SEED + 1) if request.seed is None else request.seed
    seeds = [(first + step) % (MAX_SEED + 1) for step in range(request.variations)]
    return [
        Order(
            id=piece_id(request, seed, model_id),
            engine=engine,
            model_id=model_id,
            seed=seed,
            request=request.model_copy(update={"seed": seed, "variations": 1}),
        )
        for seed in seeds
    ]


def asked_of(request: GenerateRequest) -> Asked:
    """What was asked, under the names that measurements have."""
    return Asked(
        genre=request.genre,
        mood=request.mood,
        tempo_bpm=request.tempo,
        key=request.key,
        duration_s=request.duration,
        prompt=request.prompt,
        lyrics=request.lyrics,
        parts=request.parts,
        reference=request.reference,
        strength=request.strength,
        loudness_lufs=request.loudness,
    )


def engine_request(order: Order, references: References) -> Request:
    """The order as an engine reads it; `EngineError` when the audio to arrange is gone."""
    request = order.request
    found = None
    if request.reference is not None and request.strength is not None:
        found = references.find(request.reference)
        if found is None:
            detail = f"reference={request.reference}: is no longer here; upload it again"
            raise EngineError("unsupported", detail)
    return Request(
        genre=request.genre,
        mood=request.mood,
        tempo_bpm=request.tempo,
        key=request.key,
        duration_s=request.duration,
        seed=order.seed,
        prompt=request.prompt,
        lyrics=request.lyrics,
        language=request.language,
        reference=found.audio if found else None,
        strength=1.0 if request.strength is None else request.strength,
        stems=request.stems,
        parts=tuple(request.parts or ()),
    )
