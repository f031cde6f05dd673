"""The plan of a piece: sections with bars and energy, scaled to the length asked."""

from __future__ import annotations

from dataclasses import dataclass

from ..exact import Dice
from ..score import Section
from ..styles.base import Style

BEATS_PER_BAR = 4

_ENERGY = {
    "intro": 0.45, "verse": 0.65, "chorus": 0.95, "bridge": 0.55, "outro": 0.6, "solo": 0.9,
    "build": 0.7, "drop": 1.0, "break": 0.4, "hook": 0.9, "head": 0.75, "theme": 0.7,
    "answer": 0.75, "development": 0.9, "coda": 0.8, "rise": 0.65, "drift": 0.7, "still": 0.4,
    "fall": 0.45, "loop": 0.65, "loop b": 0.75, "climax": 1.0, "aftermath": 0.5,
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The sections and the beat of the last chord."""

    sections: tuple[Section, ...]
    ending_beat: float


def tail_s(duration_s: float) -> float:
    """Seconds kept for the last chord to ring."""
    return min(2.6, 0.35 * duration_s)


def plan(style: Style, duration_s: float, tempo_bpm: float, dice: Dice) -> Plan:
    """Whole bars that leave room for the last chord; shorter than a bar, as many beats as fit."""
    beats = int((duration_s - tail_s(duration_s)) * tempo_bpm / 60.0 + 1e-9)
    bars = beats // BEATS_PER_BAR
    if bars == 0:
        name = style.forms[0][0]
        return Plan((Section(name, 0, 1, _ENERGY[name]),), float(beats))
    return _plan(style, bars, dice)


def plan_bars(style: Style, bars: int, seed: int) -> Plan:
    """A plan of so many bars (at least one)."""
    return _plan(style, max(1, bars), Dice(seed, "form", style.genre))


def _plan(style: Style, bars: int, dice: Dice) -> Plan:
    form = _form_for(style, bars)
    lengths = _lengths(form, bars, dice)
    sections, bar = [], 0
    for name, length in zip(form, lengths, strict=True):
        sections.append(Section(name, bar, length, _ENERGY[name]))
        bar += length
    return Plan(tuple(sections), float(bars * BEATS_PER_BAR))


def _form_for(style: Style, bars: int) -> tuple[str, ...]:
    fitting = [form for form in style.forms if len(form) == 1 or bars >= 3 * len(form)]
    form = fitting[-1]
    while bars > 12 * len(form) and len(form) > 2:
        form = form[:-1] + form[1:-1] + form[-1:]
    return form


def _lengths(form: tuple[str, ...], bars: int, dice: Dice) -> list[int]:
    weights = [0.5 if name in ("intro", "outro", "fall", "coda", "build") else 1.0 for name in form]
    unit = 4 if bars >= 6 * len(form) else 2 if bars >= 2 * len(form) else 1
    exact = [bars * w / sum(weights) for w in weights]
    lengths = [max(unit, int(x / unit + 0.5) * unit) for x in exact]
    order = sorted(range(len(form)), key=lambda i: (lengths[i], i), reverse=True)
    place = 0
    while sum(lengths) != bars:
        index = order[place % len(order)]
        gap = bars - sum(lengths)
        step = max(-unit, min(unit, gap))
        if lengths[index] + step >= 1:
            lengths[index] += step
        place += 1
    return lengths
