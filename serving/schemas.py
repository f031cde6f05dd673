"""What an answer says: the types that clients receive."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.fault_codes import CODES
from serving.requests import ID_PATTERN, Part

__all__ = [
    "Adherence",
    "Answer",
    "Asked",
    "FaultDocument",
    "JobStatus",
    "Measured",
    "ProblemDocument",
    "Provenance",
    "Reference",
]


class Asked(BaseModel):
    """What was asked for, in the service's spelling; null where the choice was left open."""

    genre: str
    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    duration_s: float
    prompt: str | None = None
    lyrics: str | None = None
    parts: list[Part] | None = None
    reference: str | None = None
    strength: float | None = None
    loudness_lufs: float | None = None


class Measured(BaseModel):
    """What was measured in the finished audio; null where there is no answer."""

    tempo_bpm: float | None = Field(description="tempo, beats a minute")
    tempo_confidence: float | None = None
    key: str | None = Field(description='key, spelled "F# minor"')
    key_confidence: float | None = None
    duration_s: float = Field(description="length, seconds")
    loudness_lufs: float | None = Field(description="integrated loudness, LUFS")
    true_peak_dbtp: float | None = None
    method: dict[str, str] = Field(default_factory=dict, description="how tempo and key were read")


class Adherence(BaseModel):
    """Whether the audio measures as asked; null where nothing was asked."""

    tempo: bool | None = Field(description="within 4% of the tempo asked for, octaves not folded")
    key: bool | None = Field(description="exactly the key asked for")
    duration: bool = Field(description="within half a second of the length asked for")
    loudness: bool | None = Field(default=None, description="within 0.5 LU of what was asked for")


class Provenance(BaseModel):
    """Where the audio comes from, and under which terms."""

    ai_generated: Literal[True] = True
    digital_source_type: str = Field(description="IPTC digital source type")
    engine: str
    model: str
    licence: str = Field(description="licence of the audio (SPDX)")
    licence_url: str | None = None
    commercial_use: bool
    training_data: dict[str, Any] | None = Field(
        default=None,
        description="snapshot it was trained on, with its licences; null: none",
    )
    sounds: dict[str, str] | None = Field(
        default=None, description="recorded sounds it was played with, and their licence"
    )
    attribution: str
    seed: int
    created_at: str
    software: str


class Answer(BaseModel):
    """One finished piece."""

    id: str = Field(pattern=ID_PATTERN)
    audio_url: str
    asked: Asked
    measured: Measured
    adherence: Adherence
    seed: int
    model: str
    cached: bool
    provenance: Provenance
    provenance_url: str
    downloads: dict[str, str] = Field(description="the same audio in each format")
    stems: dict[str, str] | None = Field(default=None, description="the parts by name")
    stems_url: str | None = Field(default=None, description="all parts in one archive")
    midi_url: str | None = None
    lyrics_url: str | None = Field(default=None, description="the sung words with times, LRC")
    chords_url: str | None = Field(default=None, description="chord sheet, text")
    loops_url: str | None = Field(default=None, description="each section's parts as loops, zip")
    score: dict[str, Any] = Field(default_factory=dict, description="what the engine wrote")
    corrections: list[str] = Field(default_factory=list, description="what was done to get it")
    generation_s: float = Field(description="time that making it took, seconds")
    variations: list[Answer] | None = None


class Reference(BaseModel):
    """What an upload measures. Its id may be given as `reference` in a request."""

    id: str = Field(pattern=ID_PATTERN)
    measured: Measured


class JobStatus(BaseModel):
    """Where a job stands."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    stage: str
    percent: float = Field(ge=0, le=100)
    wait_s: float | None = Field(default=None, description="estimated time to the end, seconds")
    created_at: str
    finished_at: str | None = None
    result: Answer | None = None
    results: list[dict[str, Any]] | None = Field(default=None, description="per request of a batch")
    problem: dict[str, Any] | None = None


class FaultDocument(BaseModel):
    """One thing wrong with a request."""

    field: str = Field(description="where it is, such as tempo or requests/2/key")
    pointer: str
    detail: str = Field(description="what was sent, the rule and the next step")
    code: str = Field(
        description="the rule for programs: what is new here may be told by its detail",
        json_schema_extra={"examples": list(CODES)},
    )
    params: dict[str, Any] = Field(description="the figures of the rule, such as min and max")


class ProblemDocument(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: str | None = Field(
        default=None, description="what of its type it is, such as no-job, where there are several"
    )
    errors: list[FaultDocument] | None = None
