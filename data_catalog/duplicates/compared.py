"""What the search for duplicates remembers, so that it compares only what is new.

Below ``cache/duplicates``: under which words every fingerprint is listed, and the pairs that were
found. It can be made again, and is when the code that judges has changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from data_catalog.duplicates.candidates import Sketches
from data_catalog.home import Home

JUDGES: Final = (
    ("data_catalog.duplicates", "candidates.py"),
    ("data_catalog.duplicates", "candidates_kernel.py"),
    ("data_catalog.duplicates", "links.py"),
    ("features", "alignment.py"),
)
"""Code that decides which pairs are found."""

LINKS: Final = {
    "a": pl.String(),
    "b": pl.String(),
    "kind": pl.String(),
    "similarity": pl.Float64(),
    "offset_s": pl.Float64(),
    "overlap_s": pl.Float64(),
}
_POINTER: Final = "current.json"
_PARTS: Final = ("hashes", "sizes", "distinct")


@dataclass(frozen=True)
class Compared:
    """All fingerprints that were compared with each other, and the pairs that were found.

    ``prints`` names them in the order of ``sketches``: ``track_id, extractor_version``. ``links``
    has the columns of ``LINKS``, ``kind`` being copy or excerpt.
    """

    prints: pl.DataFrame
    sketches: Sketches
    links: pl.DataFrame


def load_compared(home: Home) -> Compared | None:
    """What was remembered; None when there is nothing, or other code had judged."""
    try:
        pointer = json.loads((_folder(home) / _POINTER).read_text())
        if pointer["judged_by"] != _judge():
            return None
        folder = _folder(home) / pointer["folder"]
        arrays = (np.load(folder / f"{part}.npy") for part in _PARTS)
        return Compared(
            pl.read_parquet(folder / "prints.parquet", glob=False),
            Sketches(*arrays),
            pl.read_parquet(folder / "links.parquet", glob=False),
        )
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
        return None


def save_compared(home: Home, compared: Compared) -> None:
    """Remember ``compared`` in place of what was remembered."""
    folder = _folder(home) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    for part in _PARTS:
        np.save(folder / f"{part}.npy", getattr(compared.sketches, part))
    compared.prints.write_parquet(folder / "prints.parquet")
    compared.links.write_parquet(folder / "links.parquet")
    aside = folder / _POINTER
    aside.write_text(json.dumps({"folder": folder.name, "judged_by": _judge()}))
    aside.replace(_folder(home) / _POINTER)
    for old in _folder(home).iterdir():
        if old.is_dir() and old != folder:
            shutil.rmtree(old, ignore_errors=True)


def forget_compared(home: Home) -> None:
    """Delete what was remembered, as when a track is erased for good."""
    shutil.rmtree(_folder(home), ignore_errors=True)


def _folder(home: Home) -> Path:
    return home.cache / "duplicates"


@cache
def _judge() -> str:
    told = hashlib.sha256()
    for package, name in JUDGES:
        told.update((resource_files(package) / name).read_bytes())
    return told.hexdigest()[:16]
