"""Which chords: a loop for each kind of section, cadences where sections end.

Every loop starts on the tonic, and a dominant leads into a new section and into the last chord:
that is what makes the key plain, to listeners and to estimators. The dominant takes half a bar
between sections, so that a short piece doesn't dwell on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.harmony.pitch import parse_key

from ..exact import Dice
from ..moods import MOOD_SHAPES
from ..score import Chord
from ..styles.base import Style
from .form import BEATS_PER_BAR, Plan
from .theory import Harmony, harmony

_COLOURS = {"lush": "soft", "soft": "soft"}


@dataclass(frozen=True)
class Progression:
    """The chords of the whole piece, as harmonies with start and length in beats.

    ``home``: pitch class of the key, where the last chord is not its tonic.
    """

    spans: tuple[tuple[float, float, Harmony], ...]
    home: int | None = None

    def at(self, beat: float) -> Harmony:
        """The harmony that sounds at a beat."""
        found = self.spans[0][2]
        for start, _, chord in self.spans:
            if start > beat + 1e-6:
                break
            found = chord
        return found

    @property
    def tonic(self) -> int:
        """Pitch class of the key: what is composed ends on it."""
        return self.spans[-1][2].root if self.home is None else self.home

    def chords(self) -> tuple[Chord, ...]:
        """As the score keeps them."""
        return tuple(
            Chord(start, length, h.symbol, h.numeral, h.root, h.tones)
            for start, length, h in self.spans
        )


def extension_for(style: Style, mood: str) -> str:
    """How far chords go beyond triads: the style's way, coloured by the mood."""
    if style.extension in ("seventh", "ninth"):
        return style.extension
    colour = _COLOURS.get(MOOD_SHAPES[mood].colour)
    return colour or ("triad" if style.extension == "open" else style.extension)


def loops_for(style: Style, mood: str, mode: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The style's loops and the mood's loops in a mode."""
    shape = MOOD_SHAPES[mood]
    if mode == "major":
        return style.major_loops, shape.major_loops
    return style.minor_loops, shape.minor_loops


def progress(style: Style, mood: str, key: str, plan: Plan, dice: Dice) -> Progression:
    """Chords for every bar of the plan and the last tonic."""
    mode = parse_key(key)[1]
    extension = extension_for(style, mood)
    chosen: dict[str, list[str]] = {}
    spans: list[tuple[float, float, Harmony]] = []
    for index, section in enumerate(plan.sections):
        loop = chosen.setdefault(section.name, _loop(style, mood, mode, dice))
        last = index == len(plan.sections) - 1
        for bar in range(section.bars):
            token = loop[bar % len(loop)]
            if bar == section.bars - 1 and section.bars > 1:
                token = _cadence(token, style, mode, last)
            start = float((section.bar + bar) * BEATS_PER_BAR)
            spans += _bar(token, start, key, extension)
    spans = [span for span in spans if span[0] < plan.ending_beat]
    tonic = "I" if mode == "major" else "i"
    spans.append((plan.ending_beat, float(BEATS_PER_BAR), harmony(tonic, key, _plain(extension))))
    return Progression(tuple(spans))


def _plain(extension: str) -> str:
    return "triad" if extension in ("ninth", "seventh") else extension


def _loop(style: Style, mood: str, mode: str, dice: Dice) -> list[str]:
    own, coloured = loops_for(style, mood, mode)
    return dice.pick(own if dice.chance(style.loop_weight) else coloured).split()


def _cadence(token: str, style: Style, mode: str, last: bool) -> str:
    if last and style.extension in ("seventh", "ninth"):
        return "ii,V7" if mode == "major" else "iio,V7"
    if last:
        return "IV,V" if mode == "major" else "iv,V"
    dominant = "V7" if style.extension == "seventh" else "V"
    return token if token.startswith("V") else f"{token.partition(',')[0]},{dominant}"


def _bar(token: str, start: float, key: str, extension: str) -> list[tuple[float, float, Harmony]]:
    numerals = token.split(",")
    length = BEATS_PER_BAR / len(numerals)
    return [
        (start + i * length, length, harmony(n, key, extension)) for i, n in enumerate(numerals)
    ]
