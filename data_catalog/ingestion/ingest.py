"""Bring a source into the catalog. A re-run over an unchanged source costs its listing.

Each batch is committed in an order that lets a killed run be run again: what a track is goes in
first, by key, and the row of ``files`` that marks a file as done goes in last.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl

from data_catalog.home import Home
from data_catalog.ingestion.rows import (
    Failed,
    Found,
    evidence_of,
    file_row,
    quarantine_row,
    rights_row,
    track_row,
)
from data_catalog.shared.audio_files import recorded, share
from data_catalog.sources import Item, ItemUnusable, Source, resolve_source
from data_catalog.tables.store import Store
from features.audio.reader import AudioError, probe
from features.hashing import file_sha256
from features.progress import Progress

__all__ = ["INGEST_VERSION", "IngestReport", "ingest", "resolve_source"]

INGEST_VERSION: Final = "1"
"""Version of the code that reads headers and tags; what an older one refused is read again."""

UNAVAILABLE: Final = "unavailable"
"""Reason of a failure that says nothing about the file: the next run tries again."""

_LISTED_AT_ONCE: Final = 5000
_BATCH_FILES: Final = 200
_READERS: Final = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class IngestReport:
    """Files counted by what became of them.

    ``listed`` is the sum of the others but ``seconds``: ``new`` tracks, ``unchanged`` files (their
    content is known and where it was), ``duplicate_files`` (known content at another path),
    ``quarantined`` and ``taken_down``. ``notes`` are the source's: what it left out and why.
    """

    source: str
    listed: int = 0
    new: int = 0
    unchanged: int = 0
    duplicate_files: int = 0
    quarantined: int = 0
    taken_down: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[str, int | float]:
        """The counts in the order to show them."""
        return {
            "listed": self.listed,
            "new": self.new,
            "unchanged": self.unchanged,
            "duplicate_files": self.duplicate_files,
            "quarantined": self.quarantined,
            "taken_down": self.taken_down,
            "seconds": round(self.seconds, 2),
        }


def ingest(
    home: Home, source: Source, *, on_progress: Callable[[Progress], None] | None = None
) -> IngestReport:
    """Read every file of ``source`` that is new or changed, and commit what was found."""
    started = time.monotonic()
    run = _Run(Store.open(home), source)
    done = 0
    with ThreadPoolExecutor(_READERS) as readers:
        for listed in _chunks(source.items(), _LISTED_AT_ONCE):
            fresh = run.fresh(listed)
            for batch in _chunks(fresh, _BATCH_FILES):
                read = list(readers.map(run.read, batch))
                with run.store.together():
                    run.commit(read)
                done += len(batch)
                if on_progress:
                    on_progress(Progress("ingest", done, run.to_read, run.note()))
    return run.report(time.monotonic() - started)


class _Run:
    """One run over one source: what is known, what was counted, and the commits."""

    def __init__(self, store: Store, source: Source) -> None:
        self.store = store
        self._source = source
        self._known = _known(store, getattr(source, "licence_option", None))
        self._in_quarantine = set(store.read("quarantine")["path"])
        takedowns = store.read("takedowns")
        self._taken_down = set(takedowns["track_id"])
        self._taken_down_audio = set(takedowns["audio_md5"].drop_nulls())
        self._counts = dict.fromkeys(
            ("listed", "new", "unchanged", "duplicate_files", "quarantined", "taken_down"), 0
        )
        self.to_read = 0

    def fresh(self, items: list[Item]) -> list[Item]:
        """The listed items that no earlier run has read as they are now."""
        listed = pl.DataFrame(
            {
                "at": range(len(items)),
                "path": [item.key for item in items],
                "size_bytes": [item.size_bytes for item in items],
                "mtime_ns": [item.mtime_ns for item in items],
            },
            schema={
                "at": pl.Int64,
                "path": pl.String,
                "size_bytes": pl.Int64,
                "mtime_ns": pl.Int64,
            },
        )
        new = listed.join(self._known, on=["path", "size_bytes", "mtime_ns"], how="anti")
        self._counts["listed"] += len(items)
        self._counts["unchanged"] += len(items) - len(new)
        self.to_read += len(new)
        return [items[at] for at in new["at"].sort()]

    def read(self, item: Item) -> Found | Failed:
        """Bring one file to disk, check its header and hash it. Never raises."""
        try:
            item = self._source.fetch(item)
            if item.path is None:
                raise ItemUnusable(UNAVAILABLE, f"{item.key}: the source brought no file")
            return Found(item, item.path, probe(item.path), file_sha256(item.path))
        except (AudioError, ItemUnusable) as error:
            return Failed(item, error.reason, error.detail)
        except OSError as error:
            return Failed(item, "unreadable", f"{item.key}: can't be read ({error}); check it")
        except Exception as error:  # one file never stops the others
            return Failed(item, "error", f"{item.key}: {type(error).__name__}: {error}")

    def commit(self, read: list[Found | Failed]) -> None:
        """Write a batch: facts first, the marks that it is done last."""
        now = datetime.now(UTC)
        failed = [one for one in read if isinstance(one, Failed)]
        found = [one for one in read if isinstance(one, Found)]
        refused = [one for one in found if self._is_taken_down(one)]
        self._write_tracks([one for one in found if one not in refused], now)
        for one in refused:
            self._drop_copy(one.path)
        rows = [quarantine_row(one, "ingest", INGEST_VERSION, now) for one in failed]
        self.store.upsert("quarantine", rows)
        mended = {one.item.key for one in found} & self._in_quarantine
        self.store.delete("quarantine", "path", mended)
        self.store.upsert("files", [file_row(one, self._source.name, now) for one in read])
        self._counts["quarantined"] += len(failed)
        self._counts["taken_down"] += len(refused)

    def report(self, seconds: float) -> IngestReport:
        """What was counted."""
        return IngestReport(
            source=self._source.name,
            seconds=seconds,
            notes=tuple(getattr(self._source, "notes", ())),
            **self._counts,
        )

    def note(self) -> str:
        """The counts so far, on one line."""
        return f"{self._counts['new']} new, {self._counts['quarantined']} in quarantine"

    def _is_taken_down(self, one: Found) -> bool:
        return one.track_id in self._taken_down or one.info.streaminfo_md5 in self._taken_down_audio

    def _write_tracks(self, found: list[Found], now: datetime) -> None:
        there = self._paths_of({one.track_id for one in found})
        new: dict[str, Found] = {}
        again: list[Found] = []
        for one in found:
            if one.track_id in there or one.track_id in new:
                again.append(one)
            else:
                new[one.track_id] = one
        rows = list(new.values())
        self._share(rows)
        self.store.insert_new("licences", [rights_row(one, self._source, now) for one in rows])
        self.store.insert_new(
            "tracks",
            [track_row(one, self._source, now) | {"path": self._recorded(one)} for one in rows],
        )
        self._see_again(again, there | {one.track_id: self._recorded(one) for one in rows}, now)
        self._counts["new"] += len(rows)

    def _recorded(self, one: Found) -> str:
        return recorded(self.store.home, one.path, one.item.key)

    def _share(self, found: list[Found]) -> None:
        if self.store.home.address is not None:
            with ThreadPoolExecutor(_READERS) as threads:
                list(threads.map(lambda f: share(self.store.home, f.path, f.item.key), found))

    def _paths_of(self, track_ids: set[str]) -> dict[str, str]:
        known = self.store.scan_keys("tracks", track_id=list(track_ids))
        return dict(known.select("track_id", "path").collect().iter_rows())

    def _see_again(self, again: list[Found], paths: dict[str, str], now: datetime) -> None:
        """Known content: its rights may have new evidence; a second copy of ours is dropped."""
        if not again:
            return
        ids = [one.track_id for one in again]
        stored = self.store.scan_keys("licences", track_id=ids).collect()
        rows = {row["track_id"]: row for row in stored.iter_rows(named=True)}
        changed: dict[str, dict[str, Any]] = {}
        for one in again:
            at_home = paths[one.track_id] in (self._recorded(one), one.item.key)
            self._counts["unchanged" if at_home else "duplicate_files"] += 1
            if not at_home:
                self._drop_copy(one.path)
            old = rows.get(one.track_id)
            new = rights_row(one, self._source, now, evidence_of(old))
            if old is None or old["evidence"] != new["evidence"]:
                rows[one.track_id] = changed[one.track_id] = new
        self.store.upsert("licences", list(changed.values()))

    def _drop_copy(self, path: Path) -> None:
        """Remove a file that a source brought into the home and that no track points to."""
        if path.is_relative_to(self.store.home.audio.absolute()):
            path.unlink(missing_ok=True)


def _known(store: Store, licence_option: str | None) -> pl.DataFrame:
    """Path, size and time of each file that need not be read again."""
    columns = ("path", "size_bytes", "mtime_ns")
    files = store.scan("files").filter(pl.col("track_id").is_not_null())
    if licence_option:
        stated = json.dumps({"origin": "option", "text": licence_option}, ensure_ascii=False)[1:-1]
        with_option = store.scan("licences").filter(
            pl.col("evidence").str.contains(stated, literal=True)
        )
        files = files.join(with_option, on="track_id", how="semi")
    refused = store.scan("quarantine").filter(
        (pl.col("stage") == "ingest")
        & (pl.col("code_version") == INGEST_VERSION)
        & (pl.col("reason") != UNAVAILABLE)
    )
    return pl.concat([files.select(columns), refused.select(columns)]).unique().collect()


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
