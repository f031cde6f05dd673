"""``shiroa``: the command line over the same functions that the flows run."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer
from rich.markup import escape

from features.errors import ShiroaError, says_disk_full
from features.workers import keep_main_out_of_workers
from flows.commands import (
    collection,
    datasets,
    decisions,
    keys,
    models,
    operate,
    questions,
    service,
)
from flows.commands.context import Exit
from flows.console import err
from flows.settings import load_settings

app = typer.Typer(
    name="shiroa",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Freely licensed music: ingest it, ask about it, train on it, generate from it.",
)

for group in (operate, collection, decisions, datasets, questions, models, service, keys):
    group.add_to(app)


@app.callback()
def shared_options(
    context: typer.Context,
    home: Annotated[
        str | None,
        typer.Option(
            help="Folder, or s3://bucket/prefix, of tables, audio and models.",
            envvar="SHIROA_HOME",
        ),
    ] = None,
) -> None:
    """Load the settings that every command reads."""
    context.obj = load_settings(home)


def main() -> None:
    """Run a command. Errors meant for people are one line and exit code 2, a full disk is 3."""
    keep_main_out_of_workers()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    try:
        app()
    except ShiroaError as error:
        err.print(f"[red]error[/red]: {escape(str(error))}", markup=True)
        sys.exit(Exit.WRONG_USE)
    except Exception as error:
        if not says_disk_full(error):
            raise
        told = f"no space left on the disk ({error}); what was finished is kept. Free some, or set"
        err.print(f"[red]error[/red]: {escape(told)} SHIROA_HOME to a larger disk, and start again")
        sys.exit(Exit.FAILED)
    except KeyboardInterrupt:
        err.print("stopped; what was finished is kept, and the same command goes on from there")
        sys.exit(Exit.FAILED)


if __name__ == "__main__":
    main()
