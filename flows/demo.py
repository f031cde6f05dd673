"""``shiroa demo``: the whole chain on composed and real music, and what came out of it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from data_catalog.queries.questions import ask
from data_catalog.truth import compare_with_truth
from flows.console import metrics_line, out, print_counts, progress_bar
from flows.pipeline import PipelineReport, pipeline
from flows.service import generate_file
from flows.settings import Settings
from flows.tables import print_table
from flows.truth import print_truth

REAL_MUSIC = (
    "debian:fretsonfire-songs-sectoid",
    "debian:fretsonfire-songs-muldjord",
    "debian:noiz2sa-data",
)
SNAPSHOT = "demo"
TINY_STEPS = 80
QUESTIONS = ("genre_mood", "keys", "licences")
PIECE = {"genre": "jazz", "mood": "calm", "tempo": 92.0, "key": "F minor", "duration": 20.0}


def run_demo(settings: Settings) -> None:
    """Compose, ingest, extract, curate, train, publish, ask and generate; print each result."""
    started = time.perf_counter()
    home = settings.home_layout()
    collection = home.root / "demo"
    manifest = _compose(collection)
    seconds = {"compose": time.perf_counter() - started}
    report = pipeline(
        sources=[str(collection), *_real_music()],
        snapshot=SNAPSHOT,
        musicgen_base="tiny",
        musicgen_steps=TINY_STEPS,
        publishing="passed",
    )
    print_pipeline(report)
    for name in QUESTIONS:
        out.print(f"\n[bold]shiroa query {name}[/bold]")
        print_table(ask(home, name))
    print_truth(compare_with_truth(home, collection, manifest["tracks"]))
    clock = time.perf_counter()
    _generate(settings, home.root / "demo.wav")
    seconds |= report.seconds | {"generate": time.perf_counter() - clock}
    _print_seconds(seconds, time.perf_counter() - started)
    _print_next_steps(_as_typed(Path(settings.home)))


def _compose(folder: Path) -> dict[str, Any]:
    from serving.composer.collection.write import write_demo_collection

    with progress_bar() as progress:
        manifest = write_demo_collection(folder, on_progress=progress)
    out.print(f"[bold]compose[/bold]: {manifest['written'] or 'no'} files written to {folder}")
    return manifest


def _real_music() -> tuple[str, ...]:
    if shutil.which("apt-get"):
        return REAL_MUSIC
    names = ", ".join(spec.removeprefix("debian:") for spec in REAL_MUSIC)
    out.print(f"left out the real music in Debian packages, for want of apt-get: {names}")
    return ()


def print_pipeline(report: PipelineReport) -> None:
    """The counts of each stage, a line each; what was reused says so."""
    for spec, ingested in report.ingested.reports.items():
        print_counts(f"ingest {spec}", ingested.counts())
    for spec, reason in report.ingested.unavailable.items():
        out.print(f"left out {spec}: {reason}", markup=False)
    print_counts("extract", report.extracted.counts())
    for note in report.extracted.notes:
        out.print(f"  {note}", markup=False)
    if report.curated is not None:
        print_counts("curate", report.curated.counts())
    if report.snapshot is not None:
        sides = ", ".join(
            f"{count} in {side}" for side, count in report.snapshot.manifest["splits"].items()
        )
        out.print(
            f"[bold]snapshot[/bold]: {report.snapshot.name}, {report.snapshot.tracks} tracks "
            f"({sides}), digest {report.snapshot.digest[:12]}"
        )
    for kind, model in report.models.items():
        reused = " (unchanged snapshot: not trained again)" if kind in report.reused else ""
        out.print(f"[bold]{kind}[/bold]: {model.model_id}{reused}")
        out.print(f"  {metrics_line(model.metrics)}")
    for kind, reason in report.refused.items():
        out.print(f"[bold]{kind}[/bold] stays a candidate: {reason}")


def _generate(settings: Settings, path: Path) -> None:
    with progress_bar() as progress:
        made = generate_file(settings, PIECE, path, progress)
    out.print(f"\n[bold]generate[/bold]: {made.path}")
    for line in made.lines():
        out.print(f"  {line}", markup=False)


def _print_seconds(seconds: dict[str, float], total: float) -> None:
    stages = ", ".join(f"{stage} {spent:.1f} s" for stage, spent in seconds.items())
    out.print(f"\n[bold]time[/bold]: {stages}; in all {total:.0f} s")


def _as_typed(home: Path) -> Path:
    """The home as a person in this folder would type it."""
    here = Path.cwd()
    return home.relative_to(here) if home.is_relative_to(here) else home


def _print_next_steps(home: Path) -> None:
    out.print(
        "\n[bold]next[/bold]\n"
        f"  the catalog    .venv/bin/shiroa --home {home} query\n"
        f'                 .venv/bin/python -c "import duckdb; print(duckdb.connect('
        f"'{home}/catalog.duckdb', read_only=True).sql('from catalog limit 5'))\"\n"
        f"  the Prefect UI .venv/bin/shiroa --home {home} flows\n"
        f"  the endpoint   .venv/bin/shiroa --home {home} serve\n"
        "                 curl -s localhost:8000/generate -H 'content-type: application/json' "
        '-d \'{"genre":"jazz","duration":20}\'',
        markup=True,
    )
