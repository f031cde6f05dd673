"""The embedded composer: a seeded score first, its sound second, and the truth about both."""

from .brief import Brief, BriefError
from .midi import midi_bytes, write_midi
from .mixing.mix import Performance, render
from .score import Chord, Note, Part, Score, Section, Syllable
from .sheet import chord_sheet
from .singing.song import compose_song, lrc, sung_lines
from .streaming.recital import recital
from .streaming.stream import Block, Dials, LiveMusic
from .version import COMPOSER_VERSION
from .writing.arrange import compose

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
