"""The report as one HTML page that needs nothing from anywhere: styles, script and data inside."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resource_files
from typing import Any

import altair as alt
import polars as pl


@dataclass(frozen=True)
class Section:
    """A card of the page: a title, a sentence, a chart, and its numbers as a table."""

    name: str
    title: str
    says: str
    chart: Any = None
    numbers: pl.DataFrame | None = None
    wide: bool = False
    table_open: bool = False


def page(title: str, made: str, tiles: Iterable[tuple[str, str]], cards: Sequence[Section]) -> str:
    """The whole page; ``tiles`` are (value, meaning) at its head, ``made`` says when."""
    style = (resource_files("data_catalog.report") / "report.css").read_text(encoding="utf-8")
    heads = "".join(
        f"<div class=tile><b>{html.escape(value)}</b><span>{html.escape(meaning)}</span></div>"
        for value, meaning in tiles
    )
    links = "".join(f'<a href="#{c.name}">{html.escape(c.title)}</a>' for c in cards)
    specs = {c.name: _spec(c.chart) for c in cards if c.chart is not None}
    data = json.dumps(specs).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<header><h1>{html.escape(title)}</h1><p>{html.escape(made)}</p><div class=tiles>{heads}</div>
<nav aria-label="Sections">{links}</nav></header>
<main>{"".join(map(_card, cards))}</main>
<script type="application/json" id="specs">{data}</script>
<script>{_inside_script(_bundle())}</script>
<script>
const specs = JSON.parse(document.getElementById("specs").textContent);
const failed = [];
Promise.all(Object.entries(specs).map(([name, spec]) =>
  vegaEmbed("#chart-" + name, spec, {{actions: false, ast: true, renderer: "svg", logLevel: 1}})
    .catch(error => {{ failed.push(name + ": " + error); }})
)).then(() => {{
  document.body.dataset.drawn = Object.keys(specs).length - failed.length;
  if (failed.length) console.error(failed.join("; "));
}});
</script>
</body>
</html>
"""


def _card(section: Section) -> str:
    chart = f'<div class=chart id="chart-{section.name}"></div>' if section.chart else ""
    classes = "card wide" if section.wide else "card"
    return (
        f'<section class="{classes}" id="{section.name}"><h2>{html.escape(section.title)}</h2>'
        f"<p>{html.escape(section.says)}</p>{chart}{_numbers(section)}</section>"
    )


def _numbers(section: Section) -> str:
    if section.numbers is None or section.numbers.is_empty():
        return ""
    table = _table(section.numbers)
    if section.table_open:
        return table
    return f"<details><summary>Numbers</summary>{table}</details>"


def _table(frame: pl.DataFrame) -> str:
    numeric = [kind.is_numeric() for kind in frame.dtypes]
    head = "".join(f"<th scope=col>{html.escape(name)}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=n' if right else ''}>{html.escape(shown(value))}</td>"
            for value, right in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for row in frame.iter_rows()
    )
    inner = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f"<div class=scroll tabindex=0><table>{inner}</table></div>"


def shown(value: Any) -> str:
    """A value as people read it.

    >>> shown(1234567), shown(0.25), shown(1234.5), shown(None)
    ('1,234,567', '0.25', '1,234.5', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"
    return str(value)


def _spec(chart: Any) -> dict[str, Any]:
    styled = (
        chart.configure(font="system-ui, sans-serif", background="transparent", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=11,
            titleFontSize=12,
            titleFontWeight="normal",
            gridColor="#e7eaee",
            domain=False,
        )
        .configure_legend(labelFontSize=11, symbolType="square")
    )
    spec: dict[str, Any] = styled.to_dict()
    return spec


@cache
def _bundle() -> str:
    import vl_convert

    version = alt.SCHEMA_VERSION.lstrip("v").rsplit(".", 1)[0]
    script: str = vl_convert.javascript_bundle(vl_version=version)  # type: ignore[call-arg]
    return script


def _inside_script(text: str) -> str:
    """``text`` such that it can't end the script element around it."""
    return re.sub(r"<(?=/script|!--)", r"\\x3C", text, flags=re.IGNORECASE)
