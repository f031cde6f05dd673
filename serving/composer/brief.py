"""What is asked of the composer, checked and completed."""

from __future__ import annotations

from dataclasses import dataclass

from data_catalog.vocabulary import GENRES, MOODS, TEMPO_RANGE_BPM
from features.errors import ShiroaError
from features.harmony.pitch import TONICS, key_name, normalise_key

from .exact import Dice
from .moods import MOOD_SHAPES
from .styles import style_of

DURATION_LIMITS_S = (1.0, 600.0)


class BriefError(ShiroaError, ValueError):
    """A brief that can't be composed; the message lists every fault."""


@dataclass(frozen=True)
class Brief:
    """A wish. What is None is chosen by the style, the mood and the seed.

    ``tempo_bpm`` is 60-180, ``key`` reads "F# minor" (other usual spellings are understood),
    ``duration_s`` is 1-600.
    """

    genre: str = "pop"
    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    duration_s: float = 30.0
    seed: int = 0


@dataclass(frozen=True)
class Wish:
    """A brief with nothing left open."""

    genre: str
    mood: str
    tempo_bpm: float
    key: str
    duration_s: float
    seed: int


def _faults(brief: Brief) -> list[str]:
    faults = []
    if brief.genre not in GENRES:
        faults.append(f"genre={brief.genre!r}: must be one of {', '.join(GENRES)}")
    if brief.mood is not None and brief.mood not in MOODS:
        faults.append(f"mood={brief.mood!r}: must be one of {', '.join(MOODS)}")
    low, high = TEMPO_RANGE_BPM
    if brief.tempo_bpm is not None and not low <= brief.tempo_bpm <= high:
        faults.append(f"tempo_bpm={brief.tempo_bpm:g}: must be {low:g}-{high:g} BPM")
    shortest, longest = DURATION_LIMITS_S
    if not shortest <= brief.duration_s <= longest:
        faults.append(f"duration_s={brief.duration_s:g}: must be {shortest:g}-{longest:g} s")
    if brief.seed < 0:
        faults.append(f"seed={brief.seed}: must be 0 or more")
    if brief.key is not None:
        try:
            normalise_key(brief.key)
        except ValueError as error:
            faults.append(str(error))
    return faults


def complete(brief: Brief) -> Wish:
    """The brief with nothing left open; raises ``BriefError`` with all faults at once."""
    faults = _faults(brief)
    if faults:
        raise BriefError("; ".join(faults))
    dice = Dice(brief.seed, "brief", brief.genre)
    style = style_of(brief.genre)
    mood = brief.mood or dice.pick(style.moods)
    shape = MOOD_SHAPES[mood]
    low, high = style.tempo_bpm
    place = min(1.0, max(0.0, 0.5 + 0.4 * shape.tempo + 0.25 * dice.uniform(-1, 1)))
    tempo = brief.tempo_bpm if brief.tempo_bpm is not None else round(low + (high - low) * place)
    mode = "major" if dice.chance(shape.major * 0.7 + style.major * 0.3) else "minor"
    key = normalise_key(brief.key) if brief.key else key_name(dice.integer(len(TONICS)), mode)

    return Wish(brief.genre, mood, float(tempo), key, brief.duration_s, brief.seed)
