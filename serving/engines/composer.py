"""The default engine: the seeded composer and synthesizer, which needs no weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from serving.engines.base import Cancelled, EngineError, OnProgress, Rendering, Request

__all__ = ["ComposerEngine"]


class ComposerEngine:
    """`serving.composer` behind the engine protocol. Its music is dedicated to the public domain.

    Args:
        sample_rate: frames a second of its audio.
    """

    name = "composer"
    licence = "CC0-1.0"
    commercial_use = True
    max_duration_s = 300.0
    trained = False

    def __init__(self, sample_rate: int = 44_100):
        from serving import composer

        self.sample_rate = sample_rate
        self.model_id = f"composer-{getattr(composer, 'COMPOSER_VERSION', '1')}"

    def generate(
        self,
        request: Request,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Rendering:
        """Compose a score for the request, then play it."""
        from serving.composer import compose, midi_bytes, render

        on_progress(0.02, "composing")
        score = compose(_brief(request))
        if cancelled():
            raise Cancelled
        on_progress(0.15, "playing")
        performance = render(score, sample_rate=self.sample_rate, stems=request.stems)
        if cancelled():
            raise Cancelled
        return Rendering(
            audio=performance.mix,
            sample_rate=performance.sample_rate,
            stems=dict(performance.stems) if request.stems else {},
            truth=lanes(score),
            extras={"mid": midi_bytes(score)},
        )


def lanes(score: Any) -> dict[str, Any]:
    """What was written, in seconds, for a front end to draw: beats, sections, chords."""
    beat_s = score.seconds_per_beat
    bar_s = beat_s * score.beats_per_bar
    return {
        "tempo_bpm": score.tempo_bpm,
        "key": score.key,
        "mood": score.mood,
        "beats_per_bar": score.beats_per_bar,
        "beat_s": round(beat_s, 6),
        "sections": [
            {
                "name": section.name,
                "start_s": round(section.bar * bar_s, 3),
                "end_s": round((section.bar + section.bars) * bar_s, 3),
                "energy": section.energy,
            }
            for section in score.sections
        ],
        "chords": [
            {
                "symbol": chord.symbol,
                "start_s": round(chord.start * beat_s, 3),
                "end_s": round((chord.start + chord.length) * beat_s, 3),
            }
            for chord in score.chords
        ],
        "parts": [part.name for part in score.parts],
    }


def _brief(request: Request) -> Any:
    from serving.composer import Brief

    if request.lyrics:
        raise EngineError(
            "unsupported",
            "lyrics: the composer does not sing; leave lyrics out or choose another model",
        )
    return Brief(
        genre=request.genre,
        mood=request.mood,
        tempo_bpm=request.tempo_bpm,
        key=request.key,
        duration_s=request.duration_s,
        seed=request.seed,
    )
