"""Progress and results on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from features.progress import Progress

Report = Callable[[Progress], None]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_LINE_EVERY_S = 10.0


@contextmanager
def progress_bar() -> Iterator[Report]:
    """A function that shows each :class:`Progress` it is given.

    A terminal gets a live bar for each stage; anything else gets a line every ten seconds.
    """
    if not sys.stderr.isatty():
        yield _line_reporter()
        return
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bars(*columns, console=err, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage, total=None, note="")
            bars.update(
                tasks[progress.stage],
                completed=progress.done,
                total=progress.total or None,
                note=progress.note[:40],
            )

        yield report


def _line_reporter() -> Report:
    last: dict[str, float] = {}

    def report(progress: Progress) -> None:
        now = time.monotonic()
        due = now - last.get(progress.stage, now - _LINE_EVERY_S) >= _LINE_EVERY_S
        if due or (progress.total and progress.done == progress.total):
            last[progress.stage] = now
            total = progress.total or "?"
            err.print(f"  {progress.stage} {progress.done}/{total} {progress.note}".rstrip())

    return report


def print_counts(title: str, counts: dict[str, Any]) -> None:
    """One line with the counts of a stage, zeros left out."""
    shown = ", ".join(
        f"{_number(value)} {name.replace('_', ' ')}" for name, value in counts.items() if value
    )
    out.print(f"[bold]{title}[/bold]: {shown or 'nothing to do'}")


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def metrics_line(metrics: dict[str, Any]) -> str:
    """The plain numbers among a model's metrics, on one line."""
    return ", ".join(
        f"{name.replace('_', ' ')} {value:.3g}"
        for name, value in metrics.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )
