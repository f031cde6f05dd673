"""The default engine: the seeded composer and synthesizer, which needs no weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from features.errors import ShiroaError
from serving.config import SoundfontSpec
from serving.engines.base import Cancelled, EngineError, OnProgress, Rendering, Request
from serving.engines.lanes import lanes

if TYPE_CHECKING:
    from serving.composer import Score
    from serving.composer.sound.soundfont import Soundfont

__all__ = ["ComposerEngine"]

UNKNOWN_LICENCE: Final = "LicenseRef-unknown"
"""The licence of music that was played with sounds of which nobody knows the licence."""


class ComposerEngine:
    """`serving.composer` behind the engine protocol. Its music is dedicated to the public domain.

    It also sings lyrics, and arranges the music of a recording anew.

    Args:
        sample_rate: frames a second of its audio.
        soundfont: the fields of a `serving.config.SoundfontSpec`. What it plays then inherits its
            licence; one of unknown licence allows no commercial use.
    """

    name = "composer"
    licence = "CC0-1.0"
    commercial_use = True
    sounds: dict[str, str] | None = None
    max_duration_s = 600.0
    trained = False
    skills = ("live", "lyrics", "parts", "transfer")

    def __init__(self, sample_rate: int = 44_100, soundfont: dict[str, Any] | None = None):
        from serving import composer

        self.sample_rate = sample_rate
        self.model_id = f"composer-{composer.COMPOSER_VERSION}"
        self.soundfont: Soundfont | None = None
        if soundfont is not None:
            self._open(SoundfontSpec.model_validate(soundfont))

    def _open(self, spec: SoundfontSpec) -> None:
        from serving.composer.sound.soundfont import SoundfontError, open_soundfont

        try:
            font = open_soundfont(
                spec.path.expanduser(), self.sample_rate, spec.players, spec.licence
            )
        except SoundfontError as error:
            raise EngineError("unavailable", str(error)) from error
        self.soundfont, known = font, font.sounds.licence
        self.licence = known.spdx if known else UNKNOWN_LICENCE
        self.commercial_use = bool(known and known.commercial_use and known.derivatives)
        self.sounds = {
            "name": font.sounds.name,
            "licence": self.licence,
            "sha256": font.sounds.sha256,
            "players": spec.players,
        }
        digest = hashlib.sha256(f"{font.sounds.sha256} {spec.players}".encode()).hexdigest()
        self.model_id = f"{self.model_id}-{digest[:8]}"

    def generate(
        self,
        request: Request,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Rendering:
        """Compose a score for the request, then play it."""
        try:
            if request.reference is not None:
                return self._rearranged(request, on_progress, cancelled)
            return self._composed(request, on_progress, cancelled)
        except EngineError:
            raise
        except ShiroaError as error:
            raise EngineError("unsupported", str(error)) from error

    def _composed(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        from serving.composer import render

        on_progress(0.02, "composing")
        score = score_of(request)
        _stop_if(cancelled)
        on_progress(0.15, "playing")

        def on_part(done: float) -> None:
            _stop_if(cancelled)
            on_progress(0.15 + 0.65 * done, "playing")

        performance = render(
            score,
            sample_rate=self.sample_rate,
            stems=request.stems,
            soundfont=self.soundfont,
            on_part=on_part,
        )
        _stop_if(cancelled)
        return Rendering(
            audio=performance.mix,
            sample_rate=performance.sample_rate,
            stems=performance.stems,
            truth=lanes(score),
            extras=_papers(score, score),
        )

    def _rearranged(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        from features.audio.reader import Limits, decode
        from serving.composer.transfer.metrical import FEELS
        from serving.composer.transfer.restyle import on_paper, restyle
        from serving.composer.transfer.transcribe import LONGEST_S

        assert request.reference is not None  # noqa: S101 - the caller looked
        on_progress(0.02, "listening")
        heard = decode(request.reference, Limits(max_duration_s=LONGEST_S))
        y = heard.samples[: round(request.duration_s * heard.sample_rate)]
        _stop_if(cancelled)
        on_progress(0.1, "listening")

        def on_part(done: float) -> None:
            _stop_if(cancelled)
            on_progress(0.3 + 0.5 * done, "playing" if done else "arranging")

        made = restyle(
            y,
            heard.sample_rate,
            request.genre,
            mood=request.mood,
            strength=request.strength,
            seed=request.seed,
            sample_rate=self.sample_rate,
            soundfont=self.soundfont,
            on_step=partial(_stop_if, cancelled),
            on_part=on_part,
        )
        _stop_if(cancelled)
        return Rendering(
            audio=made.performance.mix,
            sample_rate=made.performance.sample_rate,
            stems=made.performance.stems if request.stems else {},
            truth={
                **lanes(made.score, made.grid.beats_s),
                "recording": {
                    "tempo_bpm": made.heard.tempo_bpm,
                    "beats_per_bar": made.heard.beats_per_bar,
                    "feel": FEELS[made.grid.step],
                },
            },
            extras=_papers(made.score, on_paper(made.score, made.grid)),
        )


def score_of(request: Request) -> Score:
    """Compose what a request asks for: its song where it has lyrics, its parts alone where it names
    some. Raises ``ShiroaError`` for what can't be composed."""
    from serving.composer import Brief, compose, compose_song

    brief = Brief(
        genre=request.genre,
        mood=request.mood,
        tempo_bpm=request.tempo_bpm,
        key=request.key,
        duration_s=request.duration_s,
        seed=request.seed,
    )
    if request.lyrics:
        score = compose_song(brief, request.lyrics, request.language)
    else:
        score = compose(brief)
    return score.only(request.parts) if request.parts else score


def _papers(score: Score, written: Score) -> dict[str, bytes]:
    """MIDI of what is played, chord sheet of what is written, and the sung words if any."""
    from serving.composer import chord_sheet, lrc, midi_bytes

    papers = {"mid": midi_bytes(score), "txt": chord_sheet(written).encode()}
    return papers | ({"lrc": lrc(score).encode()} if score.syllables else {})


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled
