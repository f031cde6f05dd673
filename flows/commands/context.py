"""What every command shares: the home, exit codes, JSON output."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from data_catalog.home import Home
from flows.console import out
from flows.settings import Settings, load_settings


class Exit(IntEnum):
    """Exit codes of the command line."""

    DONE = 0
    QUARANTINED = 1
    WRONG_USE = 2
    FAILED = 3


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings_of(context: typer.Context) -> Settings:
    """The settings that the main command loaded."""
    settings = context.find_root().obj
    return settings if isinstance(settings, Settings) else load_settings()


def home_of(context: typer.Context) -> Home:
    """The home that the main command chose."""
    return settings_of(context).home_layout()


def print_json(value: Any) -> None:
    """Print a value, dataclasses and paths included, as JSON."""
    out.print_json(json.dumps(value, default=_plain, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
