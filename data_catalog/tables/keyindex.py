"""Which keys a table already holds, answered without reading it again on each commit.

A Delta file never changes once it is written, so the hashes of its keys are read once and kept
while the file is live: 8 bytes a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl


class KeyIndex:
    """Hashes of the keys in each live file of one table."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self._key = list(key)
        self._hashes: dict[Path, np.ndarray] = {}

    def follow(self, files: Iterable[Path]) -> None:
        """Forget files that are gone and read the keys of new ones."""
        live = set(files)
        for gone in self._hashes.keys() - live:
            del self._hashes[gone]
        for new in live - self._hashes.keys():
            keys = pl.read_parquet(new, columns=self._key, glob=False)
            self._hashes[new] = np.sort(self._hashed(keys))

    def holders(self, keys: pl.DataFrame) -> list[Path]:
        """The files that hold any of ``keys``, and rarely one that holds none of them."""
        hashes = self._hashed(keys)
        return sorted(p for p, known in self._hashes.items() if _contained(hashes, known).any())

    def present(self, keys: pl.DataFrame) -> np.ndarray:
        """Mask of shape [len(keys)]: true where the table holds that key."""
        holders = self.holders(keys)
        if not holders:
            return np.zeros(len(keys), dtype=bool)
        stored = pl.concat(
            pl.read_parquet(path, columns=self._key, glob=False) for path in holders
        ).unique()
        marked = stored.with_columns(_held=pl.lit(True))
        joined = keys.select(self._key).join(
            marked, on=self._key, how="left", maintain_order="left"
        )
        return joined["_held"].fill_null(False).to_numpy()

    def _hashed(self, keys: pl.DataFrame) -> np.ndarray:
        return keys.select(self._key).hash_rows(seed=0).to_numpy()


def _contained(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    places = np.searchsorted(ordered, values)
    places[places == len(ordered)] = 0
    return np.asarray(ordered[places] == values)
