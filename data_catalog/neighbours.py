"""Nearest tracks by embedding, from memory-mapped copies that follow the table's files.

Reading a million embeddings from Parquet takes seconds; the same rows, normalised and mapped, are
searched in a fraction of one. A file of the table never changes, so its copy is made once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.schema import EMBEDDING_SIZE
from data_catalog.store import Store
from features.errors import ShiroaError

BLOCK: Final = 50_000
SPARE: Final = 4
"""Candidates a file for each wanted neighbour: older versions of a track are dropped after."""


class NoEmbeddingError(ShiroaError, LookupError):
    """The track has no embedding."""


def nearest(home: Home, track_id: str, count: int = 10) -> pl.DataFrame:
    """The ``count`` tracks most like ``track_id``: ``track_id, similarity`` (cosine), best first.

    Raises ``NoEmbeddingError`` when nothing is known about how the track sounds.
    """
    store = Store(home)
    wanted = _embedding(store, track_id)
    found = [_best(path, copy, wanted, count * SPARE + 1) for path, copy in _copies(store)]
    return (
        pl.concat(found)
        .filter(pl.col("track_id") != track_id)
        .sort("similarity", "track_id", descending=[True, False])
        .unique("track_id", keep="first", maintain_order=True)
        .head(count)
    )


def _embedding(store: Store, track_id: str) -> np.ndarray:
    rows = store.scan("embeddings").filter(pl.col("track_id") == track_id).collect()
    if rows.is_empty():
        raise NoEmbeddingError(
            f"track={track_id!r} has no embedding: run `shiroa extract` where the tagger is there"
        )
    values = np.asarray(rows["embedding"][-1].to_numpy(), dtype=np.float32)
    return np.asarray(values / np.linalg.norm(values))


def _best(path: Path, copy: Path, wanted: np.ndarray, count: int) -> pl.DataFrame:
    matrix = np.load(copy, mmap_mode="r")
    similarity = np.concatenate(
        [matrix[start : start + BLOCK] @ wanted for start in range(0, len(matrix), BLOCK)]
    )
    places = np.argpartition(-similarity, min(count, len(similarity)) - 1)[:count]
    ids = pl.scan_parquet(path, glob=False).select("track_id").collect()["track_id"]
    return pl.DataFrame({"track_id": ids[places], "similarity": similarity[places]})


def _copies(store: Store) -> Iterator[tuple[Path, Path]]:
    """Each live file of the table with its normalised copy, made where it is missing."""
    folder = store.home.cache / "neighbours"
    folder.mkdir(parents=True, exist_ok=True)
    live = {path: folder / f"{path.stem}.npy" for path in store.files("embeddings")}
    for old in set(folder.glob("*.npy")) - set(live.values()):
        old.unlink(missing_ok=True)
    for path, copy in live.items():
        if not copy.exists():
            _write_copy(path, copy)
        yield path, copy


def _write_copy(path: Path, copy: Path) -> None:
    listed = pl.read_parquet(path, columns=["embedding"], glob=False)["embedding"]
    matrix = listed.list.to_array(EMBEDDING_SIZE).to_numpy().astype(np.float32)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    aside = copy.with_suffix(".tmp.npy")
    np.save(aside, matrix)
    aside.replace(copy)
