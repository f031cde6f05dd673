"""Folders that are complete and never change: snapshots and models of a home in a bucket.

They are uploaded when they are made, and every machine fetches what it lacks when it looks at them.
Nothing happens for a home that is a folder.
"""

from __future__ import annotations

from pathlib import Path

from data_catalog.home import Home
from data_catalog.shared.bucket import Bucket


def upload(home: Home, folder: Path, to: str, *, claim: str | None = None) -> bool:
    """Store the files of ``folder`` under the name ``to``.

    With ``claim``, that file goes first and only where there is none: False when the name is taken.
    A folder without it is not looked at by others, so a kill leaves nothing half-visible.
    """
    if home.bucket is None:
        return True
    if claim and not home.bucket.put(f"{to}/{claim}", folder / claim, new=True):
        return False
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != claim:
            home.bucket.put(f"{to}/{name}", path)
    return True


def bring(home: Home, folder: Path, *, last: str) -> None:
    """Fetch what others stored below ``folder`` and this machine lacks.

    Files named ``last`` say that a folder is complete: they come after the others.
    """
    if home.bucket is None:
        return
    names = list(home.bucket.names(folder.relative_to(home.root).as_posix()))
    marks = [name for name in names if name.endswith(f"/{last}")]
    _fetch(home.bucket, home, [name for name in names if name not in set(marks)])
    _fetch(home.bucket, home, marks)


def withdraw(home: Home, path: Path) -> None:
    """Delete a file below the home; its shared object, too."""
    path.unlink(missing_ok=True)
    if home.bucket is not None:
        home.bucket.delete([path.relative_to(home.root).as_posix()])


def _fetch(bucket: Bucket, home: Home, names: list[str]) -> None:
    bucket.fetch_all((name, home.root / name) for name in names)
