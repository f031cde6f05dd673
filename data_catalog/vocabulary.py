"""The words that Shiroa sorts music by: genres, moods, keys, tempo limits, and their synonyms.

Every other list of genres or moods in the project derives from this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from features.harmony.pitch import KEYS

__all__ = [
    "DURATION_RANGE_S",
    "GENRES",
    "KEYS",
    "LABEL_FIELDS",
    "MOODS",
    "TEMPO_RANGE_BPM",
    "Mood",
    "genre_of",
    "mood_of",
]

GENRES: Final = (
    "pop",
    "rock",
    "electronic",
    "hip-hop",
    "jazz",
    "classical",
    "folk",
    "ambient",
    "lo-fi",
    "cinematic",
)


@dataclass(frozen=True)
class Mood:
    """A mood and its place on Russell's circumplex (1980): valence and arousal in [-1, 1]."""

    name: str
    valence: float
    arousal: float


MOODS: Final = {
    mood.name: mood
    for mood in (
        Mood("happy", 0.8, 0.5),
        Mood("energetic", 0.5, 0.9),
        Mood("epic", 0.3, 0.7),
        Mood("calm", 0.5, -0.7),
        Mood("dreamy", 0.3, -0.4),
        Mood("sad", -0.7, -0.5),
        Mood("dark", -0.6, 0.1),
        Mood("tense", -0.5, 0.7),
    )
}

TEMPO_RANGE_BPM: Final = (60.0, 180.0)
"""Tempi that a request may ask for."""

DURATION_RANGE_S: Final = (15.0, 120.0)
"""Lengths that a request may ask for; an engine may allow more."""

LABEL_FIELDS: Final = ("genre", "mood", "tempo_bpm", "key")
"""What a person may correct."""

_GENRE_SYNONYMS: Final = {
    "pop": ("pop rock", "synthpop", "synth pop", "indie pop", "dance pop", "electropop", "j-pop"),
    "rock": (
        "metal", "heavy metal", "hard rock", "alternative", "alternative rock", "indie rock",
        "punk", "punk rock", "progressive rock", "grunge", "classic rock", "death metal",
        "thrash metal", "metalcore", "indie",
    ),
    "electronic": (
        "electronica", "techno", "house", "trance", "edm", "dance", "drum and bass", "dnb",
        "dubstep", "idm", "chiptune", "chip music", "8-bit", "breakbeat", "electro", "industrial",
    ),
    "hip-hop": ("hip hop", "hiphop", "rap", "trap", "boom bap"),
    "jazz": ("swing", "bebop", "smooth jazz", "blues", "big band", "jazz fusion"),
    "classical": ("orchestra", "baroque", "chamber music", "opera", "romantic", "piano solo"),
    "folk": ("acoustic", "singer-songwriter", "country", "celtic", "bluegrass", "world"),
    "ambient": ("drone", "new age", "chillout", "dark ambient", "space music"),
    "lo-fi": ("lofi", "lo fi", "lofi hip hop", "chillhop", "lo-fi hip hop", "lo-fi beats"),
    "cinematic": (
        "soundtrack", "film score", "score", "orchestral", "trailer", "game", "video game music",
    ),
}  # fmt: skip

_MOOD_SYNONYMS: Final = {
    "happy": ("joyful", "cheerful", "uplifting", "upbeat", "fun", "positive", "bright"),
    "energetic": ("powerful", "fast", "driving", "intense", "aggressive", "party", "groovy"),
    "epic": ("heroic", "dramatic", "triumphant", "majestic", "inspiring"),
    "calm": ("relaxing", "relaxed", "peaceful", "mellow", "soft", "soothing", "meditative"),
    "dreamy": ("ethereal", "atmospheric", "floating", "nostalgic", "romantic"),
    "sad": ("melancholic", "melancholy", "melancholia", "emotional", "sorrowful", "gloomy"),
    "dark": ("ominous", "sinister", "scary", "horror", "mysterious"),
    "tense": ("suspense", "suspenseful", "anxious", "nervous", "action"),
}


def _folded(text: str) -> str:
    return re.sub(r"[\s_\-/&+]+", " ", text.strip().casefold())


def _lookup(synonyms: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {
        _folded(word): name for name, words in synonyms.items() for word in (name, *words)
    }  # fmt: skip


_GENRE_BY_WORD: Final = _lookup(_GENRE_SYNONYMS)
_MOOD_BY_WORD: Final = _lookup(_MOOD_SYNONYMS)


def genre_of(tag: str) -> str | None:
    """The genre that a free tag means, or None when the table does not know the word.

    >>> genre_of("Lo Fi"), genre_of("Heavy_Metal"), genre_of("zydeco")
    ('lo-fi', 'rock', None)
    """
    return _GENRE_BY_WORD.get(_folded(tag))


def mood_of(tag: str) -> str | None:
    """The mood that a free tag means, or None when the table does not know the word.

    >>> mood_of("Melancholic"), mood_of("beige")
    ('sad', None)
    """
    return _MOOD_BY_WORD.get(_folded(tag))
