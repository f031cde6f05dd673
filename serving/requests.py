"""What a request may ask for: the types that clients send."""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from data_catalog.vocabulary import (
    DURATION_RANGE_S,
    GENRES,
    MOODS,
    TEMPO_RANGE_BPM,
    genre_of,
    mood_of,
)
from features.harmony.pitch import normalise_key

__all__ = [
    "AUDIO_FORMATS",
    "ID_PATTERN",
    "MAX_SEED",
    "PARTS",
    "AudioFormat",
    "BatchRequest",
    "GenerateRequest",
    "Part",
]

AudioFormat = Literal["wav", "wav24", "flac", "ogg", "opus", "mp3"]
Part = Literal["drums", "bass", "chords", "melody"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
AUDIO_FORMATS: Final[tuple[AudioFormat, ...]] = get_args(AudioFormat)
MAX_DURATION_S: Final = 600.0
LOUDNESS_RANGE_LUFS: Final = (-36.0, -6.0)
MAX_SEED: Final = 2**32 - 1
ID_PATTERN: Final = r"^[0-9a-f]{24}$"


def _genre(value: Any) -> Any:
    if isinstance(value, str) and (genre := genre_of(value)):
        return genre
    raise ValueError(f"must be one of {', '.join(GENRES)}")


def _mood(value: Any) -> Any:
    if isinstance(value, str) and (mood := mood_of(value)):
        return mood
    raise ValueError(f"must be one of {', '.join(MOODS)}")


def _key(value: Any) -> Any:
    if isinstance(value, str):
        return normalise_key(value)
    raise ValueError("must be a tonic and a mode")


def _parts(value: Any) -> Any:
    """A list of names, or one text with commas, in one order and each once."""
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",")]
    if not isinstance(value, list) or not value or not set(map(str, value)) <= set(PARTS):
        raise ValueError(f"must be some of {', '.join(PARTS)}")
    return [name for name in PARTS if name in value]


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _words_of(prompt: str) -> list[str]:
    words = re.findall(r"[^\W\d_]+(?:[-'][^\W\d_]+)*", prompt.casefold())
    return [" ".join(pair) for pair in itertools.pairwise(words)] + words


class GenerateRequest(BaseModel):
    """What to make. ``{"genre": "pop", "duration": 30}`` is enough; so is a prompt."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"genre": "pop", "duration": 30},
                {
                    "genre": "jazz",
                    "mood": "calm",
                    "tempo": 92,
                    "key": "F minor",
                    "duration": 20,
                    "seed": 7,
                },
                {"prompt": "dreamy lo-fi for a rainy evening", "stems": True, "format": "flac"},
                {"genre": "pop", "lyrics": "Morning over water\nThe light is coming home"},
            ]
        },
    )

    genre: Annotated[str, BeforeValidator(_genre)] = Field(
        default="pop",
        description="Genre; usual synonyms are understood. Read from the prompt when left out.",
        json_schema_extra={"enum": [*GENRES], "x-rule": f"must be one of {', '.join(GENRES)}"},
    )
    mood: Annotated[str | None, BeforeValidator(_mood)] = Field(
        default=None,
        description="Mood; the genre's own when left out.",
        json_schema_extra={"enum": [*MOODS], "x-rule": f"must be one of {', '.join(MOODS)}"},
    )
    tempo: Annotated[float | None, BeforeValidator(_number)] = Field(
        default=None,
        ge=TEMPO_RANGE_BPM[0],
        le=TEMPO_RANGE_BPM[1],
        allow_inf_nan=False,
        description="Tempo, beats a minute.",
        examples=[92],
        json_schema_extra={"x-rule": "must be 60-180 BPM"},
    )
    key: Annotated[str | None, BeforeValidator(_key)] = Field(
        default=None,
        max_length=40,
        description="Key in any usual spelling, such as `F# minor` or `Gbm`.",
        examples=["F minor"],
        json_schema_extra={
            "x-rule": "must be a tonic and a mode, such as F# minor or Bb major",
            "x-code": "not-a-key",
        },
    )
    prompt: str | None = Field(
        default=None,
        max_length=1000,
        description="What it should be like, in words.",
        json_schema_extra={"x-rule": "must be text of at most 1000 characters"},
    )
    lyrics: str | None = Field(
        default=None,
        max_length=4000,
        description="Words to sing, a line each, in sections such as `[chorus]`; for engines that "
        "have the skill `lyrics`.",
        examples=["[verse]\nMorning over water\nThe light is coming home"],
        json_schema_extra={"x-rule": "must be text of at most 4000 characters"},
    )
    language: Literal["en", "tr"] | None = Field(
        default=None,
        description="Language of the lyrics; told from their letters when left out.",
        json_schema_extra={"x-rule": "must be en or tr"},
    )
    duration: Annotated[float, BeforeValidator(_number)] = Field(
        default=30.0,
        ge=DURATION_RANGE_S[0],
        le=MAX_DURATION_S,
        allow_inf_nan=False,
        description="Length, seconds: 15-120, or more where the engine makes longer music.",
        json_schema_extra={"x-rule": f"must be {DURATION_RANGE_S[0]:g}-{MAX_DURATION_S:g} seconds"},
    )
    seed: Annotated[int | None, BeforeValidator(_number)] = Field(
        default=None,
        ge=0,
        le=MAX_SEED,
        description="The same seed gives the same music; a new one is drawn when left out.",
        json_schema_extra={"x-rule": f"must be a whole number from 0 to {MAX_SEED}"},
    )
    model: str | None = Field(
        default=None,
        max_length=100,
        description="Engine, as `GET /models` lists them; the default one when left out.",
        json_schema_extra={
            "x-rule": "must be the name of a model that GET /models lists",
            "x-code": "unknown-model",
        },
    )
    format: AudioFormat = Field(
        default="wav",
        description="Format of the file that `audio_url` names; `wav24` is WAV of 24 bits.",
        json_schema_extra={"x-rule": f"must be one of {', '.join(AUDIO_FORMATS)}"},
    )
    stems: bool = Field(
        default=False,
        description="Whether to give the parts beside the mix.",
        json_schema_extra={"x-rule": "must be true or false"},
    )
    parts: Annotated[list[Part] | None, BeforeValidator(_parts)] = Field(
        default=None,
        description="Whom to hear, such as `drums` alone for a beat; everybody when left out. For "
        "engines that have the skill `parts`.",
        examples=[["drums", "bass"]],
        json_schema_extra={"x-rule": f"must be some of {', '.join(PARTS)}"},
    )
    variations: Annotated[int, BeforeValidator(_number)] = Field(
        default=1,
        ge=1,
        le=8,
        description="How many versions to make, each with the next seed.",
        json_schema_extra={"x-rule": "must be a whole number from 1 to 8"},
    )
    reference: str | None = Field(
        default=None,
        pattern=ID_PATTERN,
        description="Id of an upload or an earlier answer whose tempo and key to take over, or, "
        "with `strength`, whose music to arrange anew.",
        json_schema_extra={
            "x-rule": "must be an id that POST /references or /generate gave",
            "x-code": "unknown-reference",
        },
    )
    strength: Annotated[float | None, BeforeValidator(_number)] = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Style transfer: arrange the reference's own beats, chords and tune in the "
        "genre. 1 is the new band alone, less keeps some of the recording under it. For engines "
        "that have the skill `transfer`.",
        json_schema_extra={"x-rule": "must be 0-1"},
    )
    loudness: Annotated[float | None, BeforeValidator(_number)] = Field(
        default=None,
        ge=LOUDNESS_RANGE_LUFS[0],
        le=LOUDNESS_RANGE_LUFS[1],
        allow_inf_nan=False,
        description="Loudness to bring the finished audio to, LUFS, as far as a true peak of "
        "-1 dBTP allows; the engine's own when left out.",
        examples=[-16],
        json_schema_extra={"x-rule": "must be -36 to -6 LUFS"},
    )
    strict: bool = Field(
        default=False,
        description="Draw more candidates until tempo and key measure as asked; keep the best.",
        json_schema_extra={"x-rule": "must be true or false"},
    )

    @model_validator(mode="before")
    @classmethod
    def _read_prompt(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError('the body must be a JSON object, such as {"genre": "pop"}')
        if data.get("genre") is None:
            prompt = data.get("prompt")
            words = _words_of(prompt) if isinstance(prompt, str) else []
            genre = next((found for word in words if (found := genre_of(word))), None)
            mood = next((found for word in words if (found := mood_of(word))), None)
            data = {"mood": mood, **data, "genre": genre or ("pop" if prompt else None)}
        return {name: data[name] for name in data if data[name] is not None or name == "genre"}


_ANY_OBJECT: Final = {"type": "object", "additionalProperties": True}


class BatchRequest(BaseModel):
    """Many requests in one job."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests: list[Annotated[Any, WithJsonSchema(_ANY_OBJECT)]] = Field(
        min_length=1,
        max_length=100,
        description="1 to 100 bodies of POST /generate.",
        json_schema_extra={"x-rule": "must be a list of 1 to 100 requests"},
    )
