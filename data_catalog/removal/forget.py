"""Forgetting what a machine keeps beside the tables: all that was made of them or copied."""

from __future__ import annotations

import shutil

from data_catalog.duplicates.compared import forget_compared
from data_catalog.home import Home
from data_catalog.schema.tables import TABLES
from data_catalog.tables.store import Store


def forget_derived(home: Home) -> None:
    """Delete what is made of the tables, and can be made again: it may hold what is erased."""
    shutil.rmtree(home.tables / "catalog", ignore_errors=True)
    forget_compared(home)


def forget_copies(home: Home) -> None:
    """Delete this machine's copies of what a home in a bucket does not hold any more.

    What others erased is gone from here then, too. Nothing for a home that is a folder.
    """
    if home.bucket is None:
        return
    forget_derived(home)
    for name in TABLES:
        Store(home).stored(name).forget_copies()
    for folder in (home.audio, home.snapshots, home.models):
        there = {home.root / name for name in home.bucket.names(folder.name)}
        for path in folder.rglob("*"):
            if path.is_file() and path not in there:
                path.unlink(missing_ok=True)
