"""For analysts: named questions and SQL over the catalog."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.context import home_of
from flows.console import out


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    app.command(help=query.__doc__)(query)


def query(
    context: typer.Context,
    question: Annotated[
        str | None, typer.Argument(help="Name of a question, or SQL; none lists the questions.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to write the answer.")] = Format.table,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to a file.")] = None,
) -> None:
    """Ask the catalog.

    Example: shiroa query "select genre, count(*) from catalog group by all" --format csv
    """
    from data_catalog.queries.questions import ask, questions
    from flows.tables import print_table, write_table

    if question is None:
        for known in questions():
            out.print(f"[bold]{known.name:<24}[/bold] {known.question}")
        return
    answer = ask(home_of(context), question)
    if format is Format.table and output is None:
        print_table(answer)
    elif output is None:
        write_table(answer, format.value, sys.stdout.buffer)
    else:
        chosen = output.suffix.lstrip(".") if format is Format.table else format.value
        with output.open("wb") as stream:
            write_table(answer, chosen, stream)
        out.print(f"written: {output}")
