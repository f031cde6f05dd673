"""What a stored table holds at one version, as its log tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable


@dataclass(frozen=True)
class TableState:
    """What a table holds at one version: its files, absolute, with the rows in each, and whether
    rows of several extractor versions are among them. Version -1 is before the first write."""

    version: int = -1
    files: tuple[Path, ...] = ()
    rows: tuple[int, ...] = ()
    several_extractors: bool = False


def state_of(handle: DeltaTable, folder: Path) -> TableState:
    """The state at the version that ``handle`` stands at; files in a fixed order."""
    actions = pa.table(handle.get_add_actions(flatten=True)).sort_by("path")
    return TableState(
        handle.version(),
        tuple(folder / unquote(name) for name in actions.column("path").to_pylist()),
        tuple(actions.column("num_records").to_pylist()),
        _several(actions),
    )


def _several(actions: pa.Table) -> bool:
    if "min.extractor_version" not in actions.column_names:
        return False
    return (
        len(
            {
                value
                for side in ("min", "max")
                for value in actions.column(f"{side}.extractor_version").to_pylist()
            }
        )
        > 1
    )
