"""Where everything of one installation lives: the folders below one home."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data_catalog.shared.bucket import Bucket, bucket_at
from features.errors import ShiroaError

_ADDRESS: Final = re.compile(r"(?:^|/)(s3a?|gs|gcs|az|abfss?|https?|hf):/+(.*)")
"""An address, also where a path was made of it, which leaves one slash, and put below a folder."""

_BUCKETS: Final = ("s3", "s3a")
"""Schemes of stores that a home can be in."""


class HomeError(ShiroaError, ValueError):
    """A home that can't be one."""


@dataclass(frozen=True)
class Home:
    """The layout of a home. Nothing is created until somebody writes.

    ``root`` is a folder of this machine. A home that several machines share has an ``address`` in
    an object store too: its tables, snapshots, models and audio lie there, and ``root`` holds
    copies of them beside what is this machine's own (locks, ``catalog.duckdb``, caches).

    >>> Home(Path("data")).tables.as_posix()
    'data/tables'
    """

    root: Path
    address: str | None = None

    def __post_init__(self) -> None:
        """Refuse addresses, which a path would take for a folder of that name."""
        if address := _ADDRESS.search(str(self.root)):
            raise HomeError(
                f"SHIROA_HOME={str(self.root)!r}: {address[1]}: is no folder. A home is a folder or"
                " s3://bucket/prefix; music is read from elsewhere, too (`shiroa ingest"
                f" {address[1]}://…`)"
            )

    @classmethod
    def at(cls, place: str | Path) -> Home:
        """The home in a folder or at an address in S3, also where a path was made of that.

        The local folder of an address is below ``SHIROA_CACHE_DIR``, ``~/.cache/shiroa`` if unset.
        Raises ``HomeError`` for other addresses.
        """
        text = str(place)
        found = _ADDRESS.match(text)
        if not found or found[1] not in _BUCKETS:
            return cls(Path(text).expanduser().resolve())
        address = f"s3://{found[2].strip('/')}"
        if address == "s3://":
            raise HomeError(f"SHIROA_HOME={text!r}: names no bucket; write s3://bucket/prefix")
        mark = hashlib.sha256(address.encode()).hexdigest()[:16]
        cache = os.environ.get("SHIROA_CACHE_DIR") or "~/.cache/shiroa"
        return cls(Path(cache).expanduser().resolve() / mark, address)

    @property
    def place(self) -> str:
        """What a person calls this home: its address, or its folder."""
        return self.address or str(self.root)

    @property
    def bucket(self) -> Bucket | None:
        """The shared side of a home with an address; None for a folder."""
        return None if self.address is None else bucket_at(self.address)

    @property
    def tables(self) -> Path:
        """Delta tables, one folder each."""
        return self.root / "tables"

    @property
    def audio(self) -> Path:
        """What sources downloaded."""
        return self.root / "audio"

    @property
    def models(self) -> Path:
        """Trained models, one folder each."""
        return self.root / "models"

    @property
    def generated(self) -> Path:
        """Audio that the service made."""
        return self.root / "generated"

    @property
    def cache(self) -> Path:
        """What can be made again: converted weights, codes."""
        return self.root / "cache"

    @property
    def snapshots(self) -> Path:
        """Frozen Parquet files with their manifests."""
        return self.root / "snapshots"

    @property
    def catalog(self) -> Path:
        """The DuckDB file that holds the views."""
        return self.root / "catalog.duckdb"
