"""Small pieces of SQL: quoting, and the texts that stand in ``queries/``."""

from __future__ import annotations

from importlib.resources import files as resource_files


def name_of(identifier: str) -> str:
    """A quoted identifier.

    >>> name_of('key')
    '"key"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted text.

    >>> text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def sql_resource(name: str) -> str:
    """The text of ``queries/<name>``."""
    return (resource_files("data_catalog.queries") / name).read_text(encoding="utf-8")
