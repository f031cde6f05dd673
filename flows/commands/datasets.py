"""For those who make datasets: freeze, compare, export, credit, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data_catalog.home import Home
from features.errors import ShiroaError
from flows.commands.context import AsJson, home_of, print_json, settings_of
from flows.console import out
from flows.settings import PolicyName


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    for command in (snapshot, export, attribution, report):
        app.command(help=command.__doc__)(command)


def snapshot(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the new snapshot, or diff.")],
    between: Annotated[
        list[str] | None, typer.Argument(help="With diff: the two snapshots to compare.")
    ] = None,
    *,
    where: Annotated[str | None, typer.Option(help="SQL condition over the catalog view.")] = None,
    policy: Annotated[PolicyName | None, typer.Option(help="Licence policy.")] = None,
    json: AsJson = False,
) -> None:
    """Freeze the curated catalog under a name, for training and for the record.

    Example: shiroa snapshot spring --policy commercial --where "duration_s > 30"

    Compare two: shiroa snapshot diff spring summer
    """
    if name == "diff":
        _print_difference(home_of(context), between or [])
        return
    if between:
        raise ShiroaError(f"snapshot={name!r}: one name; to compare: shiroa snapshot diff A B")
    from data_catalog.snapshots.snapshot import create_snapshot

    made = create_snapshot(
        home_of(context), name, policy=policy or settings_of(context).policy, where=where
    )
    if json:
        print_json(made.manifest)
    else:
        out.print(f"snapshot {made.name}: {made.tracks:,} tracks, digest {made.digest[:12]}")


def export(
    context: typer.Context,
    snapshot: Annotated[str, typer.Argument(help="Name of a snapshot.")],
    folder: Annotated[Path, typer.Option("-o", "--output", help="A new folder.")],
    format: Annotated[
        str, typer.Option(help="huggingface, webdataset or musicgen.")
    ] = "huggingface",
) -> None:
    """Write a snapshot with its audio, card and licences for other tools.

    Example: shiroa export spring -o spring-hf --format huggingface
    """
    from data_catalog.snapshots.exports import export_snapshot

    written = export_snapshot(home_of(context), snapshot, folder, format)
    out.print(f"written: {written}", markup=False)


def attribution(
    context: typer.Context,
    snapshot: Annotated[str, typer.Option(help="Snapshot whose tracks are credited.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The text file.")] = None,
) -> None:
    """Write the credits that the licences of a snapshot ask for.

    Example: shiroa attribution --snapshot spring -o CREDITS.txt
    """
    from data_catalog.snapshots.attribution import write_attribution

    out.print(f"written: {write_attribution(home_of(context), snapshot, output)}", markup=False)


def report(
    context: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", help="The HTML file.")] = Path(
        "report.html"
    ),
) -> None:
    """Write the catalog's report: one HTML page that needs no network.

    Example: shiroa report -o report.html
    """
    from data_catalog.report.report import write_report

    out.print(f"written: {write_report(home_of(context), output)}")


def _print_difference(home: Home, names: list[str]) -> None:
    from data_catalog.snapshots.diff import diff_snapshots
    from flows.tables import print_table

    if len(names) != 2:
        raise ShiroaError("snapshot diff: name two snapshots, such as: shiroa snapshot diff A B")
    difference = diff_snapshots(home, *names)
    for what in ("added", "removed", "changed"):
        rows = getattr(difference, what)
        out.print(f"[bold]{what}[/bold]: {rows.height}")
        if rows.height:
            print_table(rows.to_arrow())
