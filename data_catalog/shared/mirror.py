"""Copies of the files of a table in a bucket, in its folder of this machine.

A file is fetched whole, once, when it is first read. Files that the newest version does not hold
any more stay for a day, for readers of an older ``catalog.duckdb``.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from data_catalog.shared.bucket import Bucket, BucketError

KEPT_S: Final = 24 * 3600.0
"""Time for which a file stays that no version needs."""


class Mirror:
    """The files of table ``name`` in ``bucket``, copied to ``folder`` under the same names."""

    def __init__(self, bucket: Bucket, name: str, folder: Path) -> None:
        self._bucket = bucket
        self._below = f"tables/{name}"
        self._folder = folder
        self._live: frozenset[Path] = frozenset()
        self.address = f"{bucket.address}/{self._below}"

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Turn what delta-rs says of a store that can't be reached into ``BucketError``."""
        try:
            yield
        except BucketError:
            raise
        except OSError as error:
            raise self._bucket.failed(f"{self._below} can't be read", error) from error

    def bring(self, files: Collection[Path]) -> None:
        """Fetch what is missing of ``files``; those that the bucket lost stay missing."""
        live = frozenset(files)
        if live != self._live or not all(path.exists() for path in live):
            self._bucket.fetch_all((self._named(path), path) for path in live)
            self._live = live
            self._forget(time.time() - KEPT_S)

    def fetch_again(self, path: Path) -> bool:
        """Replace a copy that can't be read; False when the bucket has none."""
        return self._bucket.fetch(self._named(path), path)

    def names(self) -> list[str]:
        """The data files in the bucket."""
        return [name for name in self._bucket.names(self._below) if name.endswith(".parquet")]

    def forget_all_but(self, files: Collection[Path]) -> None:
        """Delete every copy of a file that is not one of ``files``."""
        self._live = frozenset(files)
        self._forget(time.time())

    def put_aside(self, lost: Collection[Path]) -> None:
        """Move objects that can't be read from the table to ``tables/lost``."""
        for path in lost:
            name = self._named(path)
            self._bucket.move(name, name.replace("tables/", "tables/lost/", 1))

    def _forget(self, before: float) -> None:
        for path in self._folder.glob("*.parquet"):
            if path not in self._live and path.stat().st_mtime <= before:
                path.unlink(missing_ok=True)

    def _named(self, path: Path) -> str:
        return f"{self._below}/{path.relative_to(self._folder).as_posix()}"
