"""The embedded composer: a seeded score first, its sound second, and the truth about both."""

from .arrange import compose
from .brief import Brief, BriefError
from .midi import midi_bytes, write_midi
from .mix import Performance, render
from .recital import recital
from .score import Chord, Note, Part, Score, Section, Syllable
from .sheet import chord_sheet
from .song import compose_song, lrc, sung_lines
from .stream import Block, Dials, LiveMusic

COMPOSER_VERSION = "6"

__all__ = [
    "COMPOSER_VERSION",
    "Block",
    "Brief",
    "BriefError",
    "Chord",
    "Dials",
    "LiveMusic",
    "Note",
    "Part",
    "Performance",
    "Score",
    "Section",
    "Syllable",
    "chord_sheet",
    "compose",
    "compose_song",
    "lrc",
    "midi_bytes",
    "recital",
    "render",
    "sung_lines",
    "write_midi",
]
