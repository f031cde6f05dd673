"""For whoever runs the installation: the demo, the whole pipeline, the Prefect UI, the doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.context import AsJson, Exit, home_of, print_json, settings_of
from flows.console import out
from flows.offline import configure, errors_in_one_line, start_own_server
from flows.server import server_for_tasks
from flows.settings import PolicyName, Publishing


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    for command in (demo, pipeline, flows, doctor):
        app.command(help=command.__doc__)(command)


def demo(context: typer.Context) -> None:
    """Compose a collection, run the whole pipeline on it, and generate a piece.

    Example: shiroa --home data demo
    """
    configure(home_of(context))
    start_own_server()
    errors_in_one_line()
    from flows.demo import run_demo

    run_demo(settings_of(context))


def pipeline(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(help="Sources to ingest first.")] = None,
    licence: Annotated[
        str | None, typer.Option(help="Licence of a folder that states none itself.")
    ] = None,
    snapshot: Annotated[str, typer.Option(help="Name that the snapshots start with.")] = "pipeline",
    policy: Annotated[PolicyName | None, typer.Option(help="Licence policy.")] = None,
    base: Annotated[
        str | None, typer.Option(help="MusicGen weights to fine-tune; none skips it.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Fine-tuning steps.")] = 500,
    publishing: Annotated[
        Publishing, typer.Option("--publish", help="What to do with a model that passes the gate.")
    ] = "never",
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show the traceback of an error too.")
    ] = False,
) -> None:
    """Run every stage as one Prefect flow: ingest, extract, curate, snapshot, train.

    Example: shiroa pipeline ~/Music/netlabel --snapshot weekly
    """
    settings = settings_of(context)
    configure(settings.home_layout())
    with server_for_tasks(settings):
        start_own_server()
        if not verbose:
            errors_in_one_line()
        from flows.demo import print_pipeline
        from flows.pipeline import pipeline as run_pipeline

        result = run_pipeline(
            sources=sources or [],
            snapshot=snapshot,
            licence=licence,
            policy=policy or settings.policy,
            musicgen_base=base,
            musicgen_steps=steps,
            publishing=publishing,
        )
    print_pipeline(result)
    raise typer.Exit(Exit.QUARANTINED if result.quarantined else Exit.DONE)


def flows(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port of a local Prefect server.")] = 4200,
) -> None:
    """Serve the deployments, with a local Prefect server unless PREFECT_API_URL names one.

    Example: shiroa flows
    """
    configure(home_of(context), log_level="INFO")  # what the Logs of a run show
    from flows.server import local_server

    with local_server(port) as url:
        out.print(f"Prefect UI: {url}", markup=False)
        from flows.deployments import serve_deployments

        serve_deployments(settings_of(context))


def doctor(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Give up lost table files and rebuild catalog.duckdb.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show the settings, what is missing and how to get it, and check the tables.

    Example: shiroa doctor
    """
    from flows.doctor import examine, print_findings

    findings = examine(settings_of(context), repair=repair)
    if json:
        print_json(findings)
    else:
        print_findings(settings_of(context), findings)
    if any(finding.serious for finding in findings):
        raise typer.Exit(Exit.FAILED)
