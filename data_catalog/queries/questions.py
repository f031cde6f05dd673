"""Questions about the catalog: the named ones in ``queries/*.sql``, and any SQL that only reads.

The first line of each file is the question, as a comment. Files that begin with an underscore
define views and macros instead.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resource_files
from typing import Any

import duckdb
import pyarrow as pa

from data_catalog.home import Home
from data_catalog.tables.views import made_by_other_code
from features.errors import ShiroaError

READING = frozenset({"SELECT", "MULTI", "SET", "VARIABLE_SET"})


class QuestionError(ShiroaError, ValueError):
    """A question that isn't known, isn't SQL, or would do more than read."""


@dataclass(frozen=True)
class Question:
    """A named question: what it asks, and the SQL that answers it."""

    name: str
    question: str
    sql: str


@cache
def questions() -> tuple[Question, ...]:
    """All named questions, by name."""
    folder = resource_files("data_catalog.queries")
    found = []
    for entry in folder.iterdir():
        if entry.name.endswith(".sql") and not entry.name.startswith("_"):
            sql = entry.read_text(encoding="utf-8")
            asked = sql.splitlines()[0].removeprefix("--").strip()
            found.append(Question(entry.name.removesuffix(".sql"), asked, sql))
    return tuple(sorted(found, key=lambda question: question.name))


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """A read-only DuckDB connection to the catalog; it never reaches for the network.

    What others have committed to a home in a bucket is fetched first, and views that another
    version of this code made are made again where the home can be written.
    """
    from data_catalog.tables.store import Store

    if home.address is not None:
        Store(home).follow()
    elif home.catalog.exists() and made_by_other_code(Store(home).home):
        with contextlib.suppress(OSError):
            Store(home).rebuild_views()
    if not home.catalog.exists():
        raise QuestionError(
            f"{home.catalog}: there is no catalog yet; fill it with `shiroa ingest FOLDER`, or "
            "name another home with --home"
        )
    connection = duckdb.connect(
        str(home.catalog),
        read_only=True,
        config={"autoinstall_known_extensions": "false", "TimeZone": "UTC"},
    )
    connection.execute("set enable_progress_bar = false")  # it would go into the service's log
    return connection


def ask(home: Home, question: str, parameters: dict[str, Any] | None = None) -> pa.Table:
    """The answer to a named question, or to SQL that only reads.

    ``parameters`` fill ``$name`` in the SQL. Raises ``QuestionError`` with what to write instead.
    """
    sql = _sql(question)
    with connect(home) as connection:
        try:
            _refuse_writing(connection, sql)
            answer = connection.sql(sql, params=parameters)
            return pa.table({}) if answer is None else answer.to_arrow_table()
        except duckdb.Error as error:
            raise QuestionError(f"{error}") from error


def _sql(question: str) -> str:
    known = {q.name: q.sql for q in questions()}
    if question in known:
        return known[question]
    if re.fullmatch(r"[\w-]+", question.strip()):
        near = difflib.get_close_matches(question.strip(), known, n=3) or sorted(known)
        raise QuestionError(
            f"question={question!r}: neither SQL nor a known name; did you mean {', '.join(near)}?"
        )
    return question


def _refuse_writing(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    for statement in connection.extract_statements(sql):
        kind = statement.type.name
        if kind not in READING:
            raise QuestionError(f"{kind} is refused: a question only reads, such as SELECT or FROM")
