"""What the composer wrote, in seconds, for a front end to draw under a waveform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from serving.composer import Score, Section, Syllable

__all__ = ["lanes"]

_DIGITS = 6


def lanes(score: Score, beats_s: np.ndarray | None = None) -> dict[str, Any]:
    """Beats, sections, chords and sung lines of a score, times in seconds.

    ``beats_s`` (beats,) are the times of the beats where they follow a recording, the first a
    downbeat that may lie before it; without them beats are even.
    """
    beat_s = score.seconds_per_beat
    told: dict[str, Any] = {
        "tempo_bpm": score.tempo_bpm,
        "key": score.key,
        "mood": score.mood,
        "beats_per_bar": score.beats_per_bar,
        "beat_s": round(beat_s, _DIGITS),
        "sections": [_section(score, section, beats_s) for section in score.sections],
        "chords": [
            {
                "symbol": chord.symbol,
                "start_s": round(chord.start * beat_s, _DIGITS),
                "end_s": round((chord.start + chord.length) * beat_s, _DIGITS),
            }
            for chord in score.chords
        ],
        "parts": [part.name for part in score.parts],
    }
    if beats_s is not None:
        told["beats_s"] = [round(float(time), 4) for time in beats_s]
    if score.syllables:
        told["lyrics"] = _lyrics(score)
    return told


def _section(score: Score, section: Section, beats_s: np.ndarray | None) -> dict[str, Any]:
    first = section.bar * score.beats_per_bar
    last = first + section.bars * score.beats_per_bar
    if beats_s is None:
        start, end = first * score.seconds_per_beat, last * score.seconds_per_beat
    else:
        start, end = (
            max(0.0, float(beats_s[min(beat, len(beats_s) - 1)])) for beat in (first, last)
        )
    return {
        "name": section.name,
        "start_s": round(start, _DIGITS),
        "end_s": round(end, _DIGITS),
        "energy": section.energy,
    }


def _lyrics(score: Score) -> list[list[dict[str, Any]]]:
    """The syllables of each sung line: text (a space follows the end of a word) and times."""
    from serving.composer import sung_lines

    def told(syllable: Syllable) -> dict[str, Any]:
        start, end = syllable.start, syllable.start + syllable.length
        return {
            "text": syllable.text + (" " if syllable.ends_word else ""),
            "start_s": round(start * score.seconds_per_beat, 3),
            "end_s": round(end * score.seconds_per_beat, 3),
        }

    return [[told(syllable) for syllable in line] for line in sung_lines(score)]
