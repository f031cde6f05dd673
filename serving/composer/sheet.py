"""A score on paper: its chord sheet."""

from __future__ import annotations

from .score import Score


def chord_sheet(score: Score) -> str:
    """The chords in text, a line for four bars, under the name of each section.

    >>> from serving.composer import Brief, compose
    >>> print(chord_sheet(compose(Brief("folk", tempo_bpm=100, key="G major"))).split("\\n")[0])
    folk, G major, 100 BPM, 4/4
    """
    metre = score.beats_per_bar
    lines = [f"{score.genre}, {score.key}, {score.tempo_bpm:g} BPM, {metre}/4"]
    for section in score.sections:
        lines += ["", f"[{section.name}]"]
        bars = [_bar(score, section.bar + i) for i in range(section.bars)]
        lines += ["| " + " | ".join(bars[i : i + 4]) + " |" for i in range(0, len(bars), 4)]
    return "\n".join([*lines, "", f"[end]\n| {score.chords[-1].symbol} |", ""])


def _bar(score: Score, bar: int) -> str:
    first = bar * score.beats_per_bar
    inside = [c.symbol for c in score.chords if first <= c.start < first + score.beats_per_bar]
    return " ".join(inside) or "%"
