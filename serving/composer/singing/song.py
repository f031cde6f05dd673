"""Lyrics to music: a score whose voice sings them, syllable by syllable.

Lines become phrases of two or four bars. Syllables take places on a grid of eighths so that the
stressed ones fall on beats, which is how settings of English and Turkish verse mostly go (Lerdahl
and Jackendoff's metrical well-formedness, 1983); a dynamic programme finds the places that move
least from even spacing. The tune follows the chords: stressed syllables take chord tones.
"""

from __future__ import annotations

from dataclasses import replace

from ..brief import Brief, BriefError
from ..exact import Dice
from ..score import Note, Part, Score, Syllable, on_grid
from ..styles.base import Player, Style
from ..writing.arrange import compose
from ..writing.form import BEATS_PER_BAR
from ..writing.theory import nearest, scale
from .lyrics import Line, Sung, read_lyrics

VOICE = Player("voice", "voice", "voice", low=57, high=74, level=-7, reverb=-14, delay=-22,
               lowcut=110, program=53)  # fmt: skip
MOST_CHARACTERS = 4000
_WORDS_ROOM_S = 1.5
_DB_FOR_SECOND = 2.0
_SLOTS_PER_BAR = 8
_SLOT = BEATS_PER_BAR / _SLOTS_PER_BAR
_SILENT_SECTIONS = ("intro", "outro", "build", "rise", "fall", "coda", "aftermath", "break")


def voice_in(style: Style) -> Player:
    """The singer in a style: the longer its room rings, the less of the voice goes there."""
    beyond = max(0.0, style.production.reverb_s - _WORDS_ROOM_S)
    return replace(VOICE, reverb=VOICE.reverb - _DB_FOR_SECOND * beyond)


def compose_song(brief: Brief, text: str, language: str | None = None) -> Score:
    """Compose a score that sings ``text``: lines, with sections such as ``[chorus]``.

    ``language`` is ``en`` or ``tr``, or found from the letters. Raises ``BriefError`` when there is
    nothing to sing, or more than the length has room for.
    """
    if len(text) > MOST_CHARACTERS:
        raise BriefError(f"lyrics: {len(text)} characters; must be at most {MOST_CHARACTERS}")
    if language not in (None, "en", "tr"):
        raise BriefError(f"language={language!r}: must be en or tr")
    lines = read_lyrics(text, language)
    if not lines:
        raise BriefError("lyrics: no line has a word to sing; write at least one")
    score = compose(brief)
    bars = _bars_for(score, lines)
    dice = Dice(score.seed, "voice")
    syllables: list[Syllable] = []
    for (start, length), line in zip(bars, lines, strict=True):
        syllables += _set_line(score, line.syllables, start, length, dice)
    notes = tuple(Note(s.start, s.length, s.pitch, 0.85) for s in syllables)
    voice = Part("voice", "voice", "voice", VOICE.program, notes)
    parts = tuple(_made_room(part, syllables) for part in score.parts)
    return replace(score, parts=(*parts, voice), syllables=tuple(syllables))


def sung_lines(score: Score) -> list[list[Syllable]]:
    """The syllables of each line of the lyrics, in the order in which they are sung."""
    lines: list[list[Syllable]] = [[]]
    for syllable in score.syllables:
        lines[-1].append(syllable)
        if syllable.ends_line:
            lines.append([])
    return [line for line in lines if line]


def lrc(score: Score) -> str:
    """The sung words with their times, as an enhanced LRC file."""
    beat_s = score.seconds_per_beat
    rows = []
    for line in sung_lines(score):
        words = [f"<{_stamp(s.start * beat_s)}>{s.text}{' ' if s.ends_word else ''}" for s in line]
        rows.append(f"[{_stamp(line[0].start * beat_s)}]{''.join(words).rstrip()}")
    return "\n".join(rows) + "\n"


def _stamp(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes):02d}:{rest:05.2f}"


def _bars_for(score: Score, lines: list[Line]) -> list[tuple[int, int]]:
    """First bar and number of bars of each line."""
    total = round(score.ending_beat) // BEATS_PER_BAR
    sung = [s for s in score.sections if s.name not in _SILENT_SECTIONS] or list(score.sections)
    free = [b for s in sung for b in range(s.bar, s.bar + s.bars) if b < total]
    per_line = [2 if len(line.syllables) <= 2 * _SLOTS_PER_BAR - 5 else 4 for line in lines]
    places, at = [], 0
    for line, needed in zip(lines, per_line, strict=True):
        if len(line.syllables) > needed * _SLOTS_PER_BAR - 3:
            raise BriefError(
                f"lyrics: the line {line.text[:40]!r} has too many syllables: break it"
            )
        while at < len(free) and any(free[at] + k not in free for k in range(needed)):
            at += 1
        if at >= len(free):
            bar_s = BEATS_PER_BAR * score.seconds_per_beat
            wanted = (sum(per_line) + total - len(free) + 2) * bar_s
            raise BriefError(
                f"lyrics: {len(lines)} lines don't fit into {score.duration_s:g} s at "
                f"{score.tempo_bpm:g} BPM; ask for about {wanted:.0f} s, or fewer lines"
            )
        places.append((free[at], needed))
        at = next((i for i, b in enumerate(free) if b >= free[at] + needed), len(free))
    return places


def _set_line(
    score: Score, sung: tuple[Sung, ...], bar: int, bars: int, dice: Dice
) -> list[Syllable]:
    slots = _slots(sung, bars * _SLOTS_PER_BAR - 2)
    first = float(bar * BEATS_PER_BAR)
    ladder = [p for p in range(VOICE.low, VOICE.high + 1) if p % 12 in scale(score.key)]
    place = len(ladder) // 2
    made = []
    for index, (syllable, slot) in enumerate(zip(sung, slots, strict=True)):
        start = first + slot * _SLOT
        following = slots[index + 1] if index + 1 < len(slots) else slot + 3
        length = min((following - slot) * _SLOT, 2.0) * 0.96
        rising = 1 if index < len(sung) * 0.6 else -1
        place = max(0, min(len(ladder) - 1, place + dice.pick((0, 1, 1, 2, -1)) * rising))
        pitch = ladder[place]
        if syllable.stressed or index == len(sung) - 1:
            pitch = nearest(pitch, _chord_at(score, start), VOICE.low, VOICE.high)
            place = min(range(len(ladder)), key=lambda i: abs(ladder[i] - pitch))
        made.append(
            Syllable(on_grid(start), on_grid(length), syllable.text, syllable.ends_word, pitch,
                     syllable.onset, syllable.vowel, syllable.coda, index == len(sung) - 1)
        )  # fmt: skip
    return made


def _slots(sung: tuple[Sung, ...], room: int) -> list[int]:
    """Increasing places on the grid: near even spacing, stressed syllables on beats."""
    n = len(sung)
    spacing = min(2.0, room / n)
    costs = [{0: (0.0, [0])}]
    for index in range(1, n):
        ideal = index * spacing
        level: dict[int, tuple[float, list[int]]] = {}
        for slot in range(index, room - (n - 1 - index)):
            before = [(c, p) for s, (c, p) in costs[-1].items() if s < slot]
            if before:
                cost, path = min(before, key=lambda pair: pair[0])
                level[slot] = (cost + _cost(slot, ideal, sung[index]), [*path, slot])
        costs.append(level)
    return min(costs[-1].values(), key=lambda pair: pair[0])[1]


def _cost(slot: int, ideal: float, syllable: Sung) -> float:
    on_beat = slot % 2 == 0
    return (
        (slot - ideal) ** 2
        + (2.0 if syllable.stressed and not on_beat else 0.0)
        + (0.5 if not syllable.stressed and slot % 4 == 0 else 0.0)
    )


def _chord_at(score: Score, beat: float) -> tuple[int, ...]:
    return [c for c in score.chords if c.start <= beat + 1e-6][-1].tones


def _made_room(part: Part, syllables: list[Syllable]) -> Part:
    """Melodies of instruments keep silent while the voice sings."""
    if part.role != "melody":
        return part
    spans = [(s.start - 0.5, s.start + s.length + 0.5) for s in syllables]
    kept = tuple(n for n in part.notes if not any(a <= n.start < b for a, b in spans))
    return replace(part, notes=kept)
