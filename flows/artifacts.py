"""Progress and reports of a run as Prefect artifacts, beside the terminal's own."""

from __future__ import annotations

import base64
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import cast
from uuid import UUID

from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from features.progress import Progress
from flows.console import Report, progress_bar
from training.page import plot

_UPDATE_EVERY_S = 2.0
_CURVE_EVERY_S = 15.0
_CURVE_EVERY_SHARE = 0.1


@contextmanager
def run_progress() -> Iterator[Report]:
    """A function that shows :class:`Progress` on the terminal and in the Prefect UI."""
    artifacts: dict[str, UUID] = {}
    updated: dict[str, float] = {}
    curves, started = LossCurves(), time.monotonic()
    with progress_bar() as show:

        def report(progress: Progress) -> None:
            show(progress)
            curves.add(progress)
            percent = 100.0 * progress.done / progress.total if progress.total else 0.0
            now = time.monotonic()
            if progress.stage not in artifacts:
                created = create_progress_artifact(
                    percent, key=_artifact_key(progress.stage), description=progress.stage
                )
                artifacts[progress.stage] = cast(UUID, created)
                updated[progress.stage] = now
            elif now - updated[progress.stage] >= _UPDATE_EVERY_S or percent >= 100.0:
                update_progress_artifact(
                    artifacts[progress.stage], percent, description=_description(progress, started)
                )
                updated[progress.stage] = now

        yield report


class LossCurves:
    """The losses of each stage so far, as an image in the UI that is drawn anew now and then.

    Ever more seldom, for the UI keeps every image: ten hours of training leave about seventy.
    """

    def __init__(self) -> None:
        self._points: dict[str, list[tuple[float, float]]] = {}
        self._began: dict[str, float] = {}
        self._drawn: dict[str, float] = {}

    def add(self, progress: Progress) -> None:
        """Take in a loss, and draw when the last image is old or the stage is done."""
        if progress.loss is None:
            return
        points = self._points.setdefault(progress.stage, [])
        points.append((progress.done, progress.loss))
        now = time.monotonic()
        learning_s = now - self._began.setdefault(progress.stage, now)
        pause_s = max(_CURVE_EVERY_S, _CURVE_EVERY_SHARE * learning_s)
        old = now - self._drawn.get(progress.stage, -math.inf) >= pause_s
        if len(points) > 1 and (old or progress.done == progress.total):
            self._drawn[progress.stage] = now
            create_image_artifact(
                curve_image(points),
                key=_artifact_key(f"{progress.stage}-loss"),
                description=f"Training loss, step {progress.done} of {progress.total}: "
                f"{progress.loss:.3f}",
            )


def curve_image(points: Sequence[tuple[float, float]]) -> str:
    """A line through points (step, loss), as the address of an SVG image that holds itself."""
    losses = [loss for _, loss in points]
    y = ("loss", math.floor(min(losses)), math.ceil(max(losses)))
    drawn = plot(
        "training loss by step", ("step", points[0][0], points[-1][0]), y, [points], lines=True
    )
    style = (
        "svg{font-family:sans-serif;background:#fff}text{fill:#20262d;font-size:11px}"
        ".axis{stroke:#bbb;fill:none}.first{stroke:#1f6f8b;fill:none;stroke-width:1.8}"
    )
    head, rest = drawn.split(">", 1)
    size = 'xmlns="http://www.w3.org/2000/svg" width="720" height="480"'
    image = f"{head} {size}><style>{style}</style>{rest}"
    return "data:image/svg+xml;base64," + base64.b64encode(image.encode()).decode()


def _description(progress: Progress, started: float) -> str:
    """What a person waits for: the note, and the time left by the pace so far."""
    told = progress.note or progress.stage
    if not progress.total or not 0 < progress.done < progress.total:
        return told
    left = (time.monotonic() - started) * (progress.total - progress.done) / progress.done
    return (
        f"{told}, {progress.done} of {progress.total}, about {timedelta(seconds=round(left))} left"
    )


def counts_artifact(stage: str, counts: Mapping[str, object]) -> None:
    """The counts of a stage as a table in the UI."""
    create_table_artifact(
        [{"what": name.replace("_", " "), "count": str(value)} for name, value in counts.items()],
        key=_artifact_key(f"{stage}-counts"),
        description=f"What {stage} did",
    )


def report_artifact(name: str, markdown: str) -> None:
    """A readable report in the UI."""
    create_markdown_artifact(markdown, key=_artifact_key(name))


def _artifact_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
