"""The one small protocol that every engine follows: a request in, audio out.

An engine is a plain object. It runs in a process of its own, so it may block, but it must call
`on_progress` about once a second and stop soon after `cancelled` turns true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from features.errors import ShiroaError

__all__ = ["Cancelled", "Engine", "EngineError", "Facts", "OnProgress", "Rendering", "Request"]

OnProgress = Callable[[float, str], None]
"""Called with the fraction done in [0, 1] and the stage in words."""


class EngineError(ShiroaError):
    """An engine could not answer: what was asked, why not, and what to do instead.

    Attributes:
        reason: short machine-readable word, such as ``unavailable`` or ``unsupported``.
        detail: one sentence for a person.
    """

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[EngineError], tuple[str, str]]:
        return (type(self), (self.reason, self.detail))


class Cancelled(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised by an engine that noticed `cancelled()` and stopped."""


@dataclass(frozen=True)
class Request:
    """What an engine is asked for. Values are already checked against the service's limits.

    Attributes:
        genre: one of `data_catalog.vocabulary.GENRES`.
        mood: one of `data_catalog.vocabulary.MOODS`, or None for the engine's choice.
        tempo_bpm: beats a minute, or None for the engine's choice.
        key: spelled "F# minor", or None for the engine's choice.
        duration_s: length in seconds.
        seed: the same seed gives the same audio.
        prompt: free text, for engines that read it.
        lyrics: text to sing, for engines with the skill ``lyrics``.
        language: of the lyrics, ``en`` or ``tr``; None to tell it from their letters.
        reference: audio file whose music to arrange anew, for engines with the skill ``transfer``.
        strength: how far from the reference, 0-1; 1 keeps nothing of its sound.
        stems: whether the parts are wanted beside the mix.
        parts: whom to hear, some of `serving.requests.PARTS`, for engines with the skill
            ``parts``; all when empty.
    """

    genre: str
    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    duration_s: float = 30.0
    seed: int = 0
    prompt: str | None = None
    lyrics: str | None = None
    language: str | None = None
    reference: Path | None = None
    strength: float = 1.0
    stems: bool = False
    parts: tuple[str, ...] = ()


@dataclass
class Rendering:
    """What an engine made.

    Attributes:
        audio: float32, shape (frames, channels), in [-1, 1].
        sample_rate: frames a second.
        stems: the parts by name, each shaped like `audio`; empty when none were asked for.
        truth: what the engine knows for certain about its music (tempo, key, sections, chords).
        extras: further files by the ending of their name: ``mid`` (score), ``txt`` (chord sheet),
            ``lrc`` (sung words with their times).
    """

    audio: npt.NDArray[np.float32]
    sample_rate: int
    stems: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What an engine says of itself once it is loaded.

    Attributes:
        skills: what it can do beside making music from words: ``lyrics``, ``transfer``,
            ``parts``, ``live``.
    """

    model_id: str
    licence: str
    commercial_use: bool
    max_duration_s: float
    training_data: dict[str, Any] | None = None
    skills: tuple[str, ...] = ()

    @classmethod
    def of(cls, engine: Engine) -> Facts:
        """The facts of a loaded engine; skills and training data are its optional attributes."""
        return cls(
            model_id=engine.model_id,
            licence=engine.licence,
            commercial_use=engine.commercial_use,
            max_duration_s=engine.max_duration_s,
            training_data=getattr(engine, "training_data", None),
            skills=tuple(getattr(engine, "skills", ())),
        )


@runtime_checkable
class Engine(Protocol):
    """Makes music for a request.

    Attributes:
        name: word by which requests choose it, such as ``composer``.
        model_id: exact weights and version; part of the cache key.
        licence: SPDX identifier that the engine's output inherits.
        commercial_use: whether that licence allows commercial use.
        max_duration_s: longest audio it makes, seconds.
    """

    name: str
    model_id: str
    licence: str
    commercial_use: bool
    max_duration_s: float

    def generate(
        self,
        request: Request,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Rendering:
        """Make the music; raise `EngineError` when it can't, `Cancelled` when told to stop."""
        ...
