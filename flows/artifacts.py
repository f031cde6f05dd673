"""Progress and reports of a run as Prefect artifacts, beside the terminal's own."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from features.progress import Progress
from flows.console import Report, progress_bar

_UPDATE_EVERY_S = 2.0


@contextmanager
def run_progress() -> Iterator[Report]:
    """A function that shows :class:`Progress` on the terminal and in the Prefect UI."""
    artifacts: dict[str, UUID] = {}
    updated: dict[str, float] = {}
    with progress_bar() as show:

        def report(progress: Progress) -> None:
            show(progress)
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
                    artifacts[progress.stage], percent, description=progress.note or progress.stage
                )
                updated[progress.stage] = now

        yield report


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
