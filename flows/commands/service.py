"""For front ends: generate one piece, or serve the endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.context import AsJson, print_json, settings_of
from flows.console import out, progress_bar


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    for command in (generate, serve):
        app.command(help=command.__doc__)(command)


def generate(
    context: typer.Context,
    prompt: Annotated[
        str | None, typer.Argument(help="Free text, for engines that read it.")
    ] = None,
    genre: Annotated[str | None, typer.Option(help="Genre.")] = None,
    mood: Annotated[str | None, typer.Option(help="Mood.")] = None,
    tempo: Annotated[float | None, typer.Option(help="Tempo, 60-180 BPM.")] = None,
    key: Annotated[str | None, typer.Option(help='Key, such as "F# minor".')] = None,
    duration: Annotated[
        float | None, typer.Option(help="Length, 15-120 s; 30, or the reference's with --strength.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; drawn if unset, and printed.")] = None,
    model: Annotated[str, typer.Option(help="Engine or model.")] = "composer",
    lyrics: Annotated[Path | None, typer.Option(help="Text file whose lines are sung.")] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Audio file whose tempo and key, or music, to follow.")
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(help="Arrange the reference's music anew, 0-1; 1 keeps none of its sound."),
    ] = None,
    parts: Annotated[
        str | None, typer.Option(help="Whom to hear, such as drums or drums,bass; all if unset.")
    ] = None,
    loudness: Annotated[
        float | None, typer.Option(help="Loudness of the file, LUFS, such as -16.")
    ] = None,
    stems: Annotated[
        bool, typer.Option("--stems", help="Write parts, MIDI, chords and loops too.")
    ] = False,
    output: Annotated[Path, typer.Option("-o", "--output", help="The audio file.")] = Path(
        "generated.wav"
    ),
    json: AsJson = False,
) -> None:
    """Generate one piece of music and measure it.

    Example: shiroa generate --genre jazz --tempo 92 --key "F minor" --duration 20 -o jazz.flac

    Example: shiroa generate --genre hip-hop --parts drums,bass --tempo 90 -o beat.wav

    Example: shiroa generate --genre folk --lyrics words.txt --duration 40 -o song.wav

    Example: shiroa generate --genre lo-fi --reference demo.wav --strength 1 -o other.wav
    """
    from flows.service import generate_file

    asked = {
        "prompt": prompt,
        "genre": genre,
        "mood": mood,
        "tempo": tempo,
        "key": key,
        "duration": duration,
        "seed": seed,
        "model": model,
        "stems": stems,
        "lyrics": lyrics,
        "reference": reference,
        "strength": strength,
        "parts": parts,
        "loudness": loudness,
    }
    with progress_bar() as progress:
        made = generate_file(settings_of(context), asked, output, progress)
    if json:
        print_json(made)
        return
    out.print(f"written: {output}")
    for line in made.lines():
        out.print(f"  {line}")


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to bind.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
) -> None:
    """Serve the endpoint and the studio.

    Example: shiroa serve --port 8000
    """
    from flows.service import service_config
    from serving.api.app import run

    settings = settings_of(context)
    run(service_config(settings), host or settings.host, settings.port if port is None else port)
