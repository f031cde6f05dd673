"""The embedded composer: a seeded score first, its sound second, and the truth about both."""

from .arrange import compose
from .brief import Brief, BriefError
from .midi import midi_bytes, write_midi
from .mix import Performance, render
from .score import Chord, Note, Part, Score, Section

COMPOSER_VERSION = "1"

__all__ = [
    "COMPOSER_VERSION",
    "Brief", "BriefError", "Chord", "Note", "Part", "Performance", "Score", "Section", "compose",
    "midi_bytes", "render", "write_midi",
]  # fmt: skip
