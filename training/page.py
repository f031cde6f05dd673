"""Blocks of the HTML reports on models: one file, no script, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --accent: light-dark(#1f6f8b, #6cc3e0);
  --other: light-dark(#b3541e, #f0a070); --soft: light-dark(#5c6670, #a4adb8); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem;
  font: 15px/1.5 system-ui, sans-serif; background: light-dark(#fff, #15181c);
  color: light-dark(#20262d, #e6eaef); }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .2rem 0 .8rem; color: var(--soft); max-width: 60rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
  gap: 1.2rem; align-items: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: middle; }
td.hit { font-weight: 650; }
.good { color: var(--accent); } .bad { color: var(--other); }
audio { width: 13rem; height: 2.2rem; display: block; }
svg { width: 100%; height: auto; max-width: 30rem; overflow: visible; }
svg text { fill: currentColor; font-size: 11px; }
svg .axis { stroke: var(--line); fill: none; }
svg .first { fill: var(--accent); stroke: var(--accent); }
svg .second { fill: var(--other); stroke: var(--other); }
svg path.first, svg path.second { fill: none; stroke-width: 1.8; }
"""

Series = Sequence[tuple[float, float]]
_SIZE: Final = (360, 240)
_PAD: Final = 36


def page(title: str, under: str, body: Iterable[str]) -> str:
    """A whole document."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(under)}</p>{''.join(body)}</html>\n"
    )


def section(title: str, text: str, *blocks: str) -> str:
    """A heading, a line that says how to read it, and blocks beside each other."""
    inside = "".join(f"<div>{block}</div>" for block in blocks)
    return f'<h2>{escape(title)}</h2><p>{escape(text)}</p><div class="grid">{inside}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; cells that are ``Raw`` stay as they are, others are escaped."""
    lines = ["<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows]
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f'<div class="scroll"><table><tr>{top}</tr>{"".join(lines)}</table></div>'


class Raw(str):
    """Text that is HTML already."""


def cell(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, Raw):
        return value
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) >= 100 or value == int(value) else f"{value:.3f}"
    return escape(str(value))


def interval(found: dict[str, float] | None) -> str:
    """A figure with its 95% interval."""
    if found is None:
        return "–"
    return f"{found['value']:.3f} ({found['low']:.3f}–{found['high']:.3f})"


def confusion(words: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """A confusion matrix, shaded by row: truth down, found across."""
    rows = []
    for word, row in zip(words, counts, strict=True):
        total = max(sum(row), 1)
        cells = "".join(
            f'<td class="{"hit" if words[place] == word else ""}" style="background:'
            f'color-mix(in srgb, var(--accent) {round(60 * n / total)}%, transparent)">'
            f"{n or ''}</td>"
            for place, n in enumerate(row)
        )
        rows.append(f"<tr><th>{escape(word)}</th>{cells}</tr>")
    head = "".join(f"<th>{escape(word)}</th>" for word in words)
    return f'<div class="scroll"><table><tr><th></th>{head}</tr>{"".join(rows)}</table></div>'


def plot(
    label: str,
    x: tuple[str, float, float],
    y: tuple[str, float, float],
    series: Sequence[Series],
    *,
    lines: bool = False,
    diagonal: bool = False,
) -> str:
    """Points or lines of one or two series; ``x`` and ``y`` are name, least and most."""
    width, height = _SIZE

    def at(point: tuple[float, float]) -> tuple[float, float]:
        share = [
            (v - low) / ((high - low) or 1) for v, (_, low, high) in zip(point, (x, y), strict=True)
        ]
        inside = [min(max(value, 0.0), 1.0) for value in share]
        return _PAD + inside[0] * (width - _PAD - 8), height - _PAD - inside[1] * (
            height - _PAD - 8
        )

    parts = [f'<path class="axis" d="M{_PAD} 8V{height - _PAD}H{width - 8}"/>']
    if diagonal:
        (x0, y0), (x1, y1) = at((x[1], y[1])), at((x[2], y[2]))
        parts.append(
            f'<path class="axis" stroke-dasharray="3 3" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"/>'
        )
    for style, points in zip(("first", "second"), series, strict=False):
        placed = [at(point) for point in points]
        if lines and placed:
            path = "L".join(f"{a:.1f} {b:.1f}" for a, b in placed)
            parts.append(f'<path class="{style}" d="M{path}"/>')
        else:
            parts += [
                f'<circle class="{style}" cx="{a:.1f}" cy="{b:.1f}" r="3.5"/>' for a, b in placed
            ]
    parts += [
        f'<text x="{_PAD}" y="{height - 18}">{x[1]:g}</text>',
        f'<text x="{width - 8}" y="{height - 18}" text-anchor="end">{x[2]:g}</text>',
        f'<text x="{width / 2}" y="{height - 4}" text-anchor="middle">{escape(x[0])}</text>',
        f'<text x="{_PAD - 4}" y="{height - _PAD}" text-anchor="end">{y[1]:g}</text>',
        f'<text x="{_PAD - 4}" y="16" text-anchor="end">{y[2]:.3g}</text>',
        f'<text x="{_PAD + 6}" y="16">{escape(y[0])}</text>',
    ]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
