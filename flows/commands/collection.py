"""For data engineers: bring music in, measure it, curate it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.context import AsJson, Exit, home_of, print_json, settings_of
from flows.console import out, print_counts, progress_bar
from flows.offline import configure
from flows.server import server_for_tasks
from flows.settings import PolicyName, Settings

if TYPE_CHECKING:
    from data_catalog.extraction.extract import ExtractReport


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    for command in (ingest, extract, inspect, curate):
        app.command(help=command.__doc__)(command)


def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            help="A folder, s3://…, debian:PACKAGE, archive:COLLECTION, jamendo:QUERY, fma:FOLDER."
        ),
    ],
    licence: Annotated[
        str | None, typer.Option(help="Licence of everything in the source, as SPDX or URL.")
    ] = None,
    artist: Annotated[str | None, typer.Option(help="Artist of files without a tag.")] = None,
    copy: Annotated[
        bool, typer.Option("--copy", help="Copy a folder's files into the home.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Bring music into the catalog; a second run reads only what changed.

    Example: shiroa ingest ~/Music/netlabel --licence CC-BY-4.0
    """
    from data_catalog.ingestion.ingest import ingest as ingest_source
    from data_catalog.sources import resolve_source

    home, settings = home_of(context), settings_of(context)
    resolved = [
        resolve_source(
            spec, home, settings.source_options(), licence=licence, artist=artist, copy=copy
        )
        for spec in sources
    ]
    quarantined = 0
    for source in resolved:
        with progress_bar() as progress:
            result = ingest_source(home, source, on_progress=progress)
        quarantined += result.quarantined
        if json:
            print_json(result)
        else:
            print_counts(f"ingest {source.name}", result.counts())
            for note in result.notes:
                out.print(f"  {note}", markup=False)
    raise typer.Exit(Exit.QUARANTINED if quarantined else Exit.DONE)


def extract(
    context: typer.Context,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; all cores if unset.")
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try quarantined files again.")] = False,
    json: AsJson = False,
) -> None:
    """Measure tempo, key, loudness, quality, fingerprint and tags of new tracks.

    Example: shiroa extract --workers 8
    """
    result = _extracted(settings_of(context), workers, retry)
    if json:
        print_json(result)
    else:
        print_counts("extract", result.counts())
        for note in result.notes:
            out.print(f"  {note}", markup=False)
    raise typer.Exit(Exit.QUARANTINED if result.quarantined else Exit.DONE)


def _extracted(settings: Settings, workers: int | None, retry: bool) -> ExtractReport:
    """By this process and its pool; or as a flow, where tasks run elsewhere."""
    if settings.task_runner != "local":
        configure(settings.home_layout())
        with server_for_tasks(settings):
            from flows.extract import extract as extract_flow

            return extract_flow(workers=workers, retry=retry)
    from data_catalog.extraction.extract import extract as extract_tracks

    with progress_bar() as progress:
        return extract_tracks(
            settings.home_layout(),
            workers=workers or settings.workers,
            timeout_s=settings.file_timeout_s,
            retry=retry,
            on_progress=progress,
        )


def inspect(
    file: Annotated[Path, typer.Argument(help="An audio file.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The picture, as PNG.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Look at one file: waveform, mel spectrogram, chroma with the key, tempogram, verdicts.

    Example: shiroa inspect song.flac -o song.png
    """
    from features.inspect import as_json, draw, headline, look_at

    look = look_at(file)
    if json:
        print_json(as_json(look))
    else:
        out.print(headline(look), markup=False)
    if output is not None:
        draw(look, output)
        if not json:
            out.print(f"written: {output}", markup=False)


def curate(
    context: typer.Context,
    policy: Annotated[PolicyName | None, typer.Option(help="Licence policy.")] = None,
    json: AsJson = False,
) -> None:
    """Find duplicates, settle labels, assign splits, and count what each rule leaves out.

    Example: shiroa curate --policy commercial
    """
    from data_catalog.curation import curate as curate_catalog

    result = curate_catalog(home_of(context), policy=policy or settings_of(context).policy)
    if json:
        print_json(result)
    else:
        print_counts("curate", result.counts())
