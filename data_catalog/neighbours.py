"""Codes of embeddings, so that SQL finds the nearest of a million in a fraction of a second.

Reading a million embeddings from Parquet takes seconds. Beside each file of the table stands one of
codes: the signs of an embedding, 200 bits, and its values in 8 bits each. ``similar_to`` takes the
tracks whose signs differ least and compares those by their values: cosines to within 0.002. A file
of the table never changes, so it is coded once. Few embeddings are compared as they are.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.queries.sql import sql_resource, text
from data_catalog.schema.tables import EMBEDDING_SIZE
from data_catalog.tables.state import TableState

CODED_FROM: Final = 20_000
"""Embeddings from which they are coded."""

SIGN_WORDS: Final = 4
VALUE_WORDS: Final = EMBEDDING_SIZE // 8
ZERO: Final = 128
"""The byte that means 0."""

_ROW_GROUP: Final = 20_000
_SUFFIX: Final = ".of_file.parquet"
_KEPT_S: Final = 24 * 3600.0


def similar_view(home: Home, state: TableState) -> str:
    """SQL that makes the macro ``similar_to`` over the embeddings of ``state``; codes new files."""
    if sum(state.rows) < CODED_FROM:
        return sql_resource("_similar.sql")
    codes = home.tables / "catalog" / "codes"
    files = ", ".join(text(path.as_posix()) for path in _coded(codes, state.files))
    return (
        "create or replace view embedding_codes as "
        f"from read_parquet([{files}], file_row_number = true);{coded_search()}"
    )


def coded_search() -> str:
    """SQL of the macro ``similar_to`` over codes, whose columns it names."""
    signs = (f"bit_count(xor(c.s{k}, w.s{k}))" for k in range(SIGN_WORDS))
    words = ", ".join(f"w{k}" for k in range(VALUE_WORDS))
    sql = sql_resource("_similar_coded.sql").replace("[(words)]", f"[{words}]")
    return sql.replace("(differing signs)", " + ".join(signs))


def code(embeddings: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of codes for embeddings of shape [tracks, 200].

    ``s0`` … hold the signs, ``w0`` … eight values each, the first in the lowest byte: a value times
    ``scale``, less ``ZERO``, is that of the embedding brought to length 1.

    >>> sorted(code(np.ones((1, 200))))[:2], code(np.ones((1, 200)))["s3"]
    (['s0', 's1'], array([255], dtype=uint64))
    """
    length = np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    values = (embeddings / length).astype(np.float32)
    bits = np.zeros((len(values), 64 * SIGN_WORDS), np.uint8)
    bits[:, :EMBEDDING_SIZE] = values > 0
    signs = np.packbits(bits, axis=1, bitorder="little").view("<u8")
    scale = np.maximum(np.abs(values).max(axis=1) / 127, np.float32(1e-12))
    words = (np.round(values / scale[:, None]) + ZERO).astype(np.uint8).view("<u8")
    columns = {f"s{k}": signs[:, k] for k in range(SIGN_WORDS)}
    return columns | {f"w{k}": words[:, k] for k in range(VALUE_WORDS)} | {"scale": scale}


def _coded(folder: Path, files: tuple[Path, ...]) -> Iterator[Path]:
    """The codes of each live file, written where they are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    live = {folder / f"{path.stem}{_SUFFIX}": path for path in files}
    for old in set(folder.iterdir()) - live.keys():
        if time.time() - old.stat().st_mtime > _KEPT_S:
            old.unlink(missing_ok=True)
    for codes, path in live.items():
        if not codes.exists():
            _write_codes(path, codes)
        yield codes


def _write_codes(path: Path, codes: Path) -> None:
    rows = pl.read_parquet(path, glob=False).sort("track_id")
    embeddings = rows["embedding"].list.to_array(EMBEDDING_SIZE).to_numpy()
    aside = codes.with_suffix(".tmp")
    file = pl.lit(uuid.uuid4().int % 2**63, dtype=pl.Int64).alias("file")
    rows.select("track_id", "extractor_version", file).with_columns(
        pl.Series(name, values) for name, values in code(embeddings).items()
    ).write_parquet(aside, compression="uncompressed", row_group_size=_ROW_GROUP)
    aside.replace(codes)
