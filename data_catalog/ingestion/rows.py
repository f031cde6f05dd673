"""The rows that follow from one file that was read, or could not be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from data_catalog.licences.terms import Statement, licence_row
from data_catalog.sources import Item, Source
from data_catalog.sources.tagged import kept
from features.audio.reader import AudioInfo


@dataclass(frozen=True)
class Found:
    """A file that can be used: where it lies, what its header says, and the hash of its bytes."""

    item: Item
    path: Path
    info: AudioInfo
    track_id: str


@dataclass(frozen=True)
class Failed:
    """A file that can't be used: a short reason, and a sentence with what to do."""

    item: Item
    reason: str
    detail: str


def file_row(one: Found | Failed, source: str, now: datetime) -> dict[str, Any]:
    """The row of ``files``; without a track for a file that can't be used."""
    return {
        "path": one.item.key,
        "source": source,
        "size_bytes": one.item.size_bytes,
        "mtime_ns": one.item.mtime_ns,
        "track_id": one.track_id if isinstance(one, Found) else None,
        "seen_at": now,
    }


def quarantine_row(one: Failed, stage: str, code_version: str, now: datetime) -> dict[str, Any]:
    """The row of ``quarantine``."""
    return {
        "path": one.item.key,
        "stage": stage,
        "track_id": None,
        "reason": one.reason,
        "detail": one.detail,
        "size_bytes": one.item.size_bytes,
        "mtime_ns": one.item.mtime_ns,
        "code_version": code_version,
        "quarantined_at": now,
    }


def track_row(one: Found, source: Source, now: datetime) -> dict[str, Any]:
    """The row of ``tracks``. The MD5 of the PCM is there at once for FLAC, later for others."""
    item, info = one.item, one.info
    lossless = info.lossless if item.origin_lossless is None else item.origin_lossless
    return {
        "track_id": one.track_id,
        "audio_md5": info.streaminfo_md5,
        "path": str(one.path),
        "source": source.name,
        "source_uri": item.uri or item.key,
        "title": item.title,
        "artist": item.artist,
        "album": item.album,
        "source_tags": json.dumps(kept(item.tags), ensure_ascii=False),
        "codec": info.codec,
        "origin_codec": item.origin_codec or info.codec,
        "lossless": lossless,
        "sample_rate": info.sample_rate,
        "channels": info.channels,
        "bit_depth": info.bit_depth,
        "frames": info.frames,
        "duration_s": info.duration_s,
        "size_bytes": info.size_bytes,
        "ingested_at": now,
    }


def rights_row(
    one: Found,
    source: Source,
    now: datetime,
    known: Mapping[str, tuple[Statement, ...]] | None = None,
) -> dict[str, Any]:
    """The row of ``licences``: what this file states, together with what others stated before.

    ``known`` maps each file of the same content to its statements; this file's are replaced.
    """
    evidence = dict(known or {})
    evidence[one.item.key] = one.item.licence.statements if one.item.licence else ()
    row = licence_row(
        one.track_id,
        [statement for statements in evidence.values() for statement in statements],
        title=one.item.title,
        artist=one.item.artist,
        uri=one.item.uri or one.item.key,
        stated_by=source.name,
        changes=one.item.changes,
        now=now,
    )
    found = [
        {**asdict(statement), "file": file}
        for file, statements in evidence.items()
        for statement in statements
    ]
    return row | {"evidence": json.dumps(found, ensure_ascii=False)}


def evidence_of(row: Mapping[str, Any] | None) -> dict[str, tuple[Statement, ...]]:
    """The statements stored in a row of ``licences``, by the file that they are about."""
    found: dict[str, tuple[Statement, ...]] = {}
    for entry in json.loads(row["evidence"] or "[]") if row else ():
        file = entry.pop("file", "")
        found[file] = (*found.get(file, ()), Statement(**entry))
    return found
