"""Snapshots as folders that other tools load: Hugging Face, WebDataset, AudioCraft's MusicGen.

Each folder also holds the rows as ``tracks.parquet``, a dataset card, the attribution file and a
Croissant description, so that the licence and the credit travel with the audio.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_catalog.captions import caption
from data_catalog.home import Home
from data_catalog.shared.audio_files import at_hand
from data_catalog.snapshots.attribution import attribution
from data_catalog.snapshots.card import dataset_card
from data_catalog.snapshots.croissant import croissant
from data_catalog.snapshots.snapshot import Snapshot, load_snapshot
from features.errors import ShiroaError

SHARD_BYTES: Final = 500_000_000
ROW_GROUP: Final = 32
FAULTS_SHOWN: Final = 5
SPLITS: Final = ("train", "validation", "test")

_AUDIO: Final = pa.struct({"bytes": pa.binary(), "path": pa.string()})


class ExportError(ShiroaError, ValueError):
    """A snapshot that can't be written there."""


def export_snapshot(home: Home, name: str, folder: Path, format: str = "huggingface") -> Path:
    """Write the snapshot ``name`` to the new ``folder`` as ``huggingface``, ``webdataset`` or
    ``musicgen``, audio included (linked where the file system can, else copied).

    Raises ``ExportError`` when the folder exists, or audio is missing.
    """
    if format not in FORMATS:
        raise ExportError(f"format={format!r}: must be one of {', '.join(FORMATS)}")
    if folder.exists():
        raise ExportError(f"folder={str(folder)!r} exists: name a new one")
    frozen = load_snapshot(home, name)
    snapshot = replace(frozen, given=at_hand(home, frozen.rows))
    _refuse_missing(snapshot)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    aside.mkdir()
    try:
        data_files = FORMATS[format](snapshot, aside)
        _describe(snapshot, aside, data_files)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _huggingface(snapshot: Snapshot, folder: Path) -> dict[str, str]:
    """``datasets.load_dataset(folder)``: Parquet shards that hold the audio files themselves."""
    (folder / "data").mkdir()
    for split, rows in _splits(snapshot):
        for number, shard in enumerate(_shards(rows)):
            _write_parquet(shard, folder / "data" / f"{split}-{number:05d}.parquet")
    return {split: f"data/{split}-*.parquet" for split, _ in _splits(snapshot)}


def _write_parquet(rows: pl.DataFrame, path: Path) -> None:
    public = rows.drop("path")
    schema = public.head(0).to_arrow().cast(_large_to_plain(public)).schema
    schema = schema.insert(0, pa.field("audio", _AUDIO)).with_metadata(_features(public))
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows.height, ROW_GROUP):
            part = rows.slice(start, ROW_GROUP)
            audio = [
                {"bytes": Path(row["path"]).read_bytes(), "path": _audio_name(row)}
                for row in part.iter_rows(named=True)
            ]
            described = part.drop("path").to_arrow().cast(_large_to_plain(public))
            writer.write_table(
                described.add_column(0, "audio", pa.array(audio, _AUDIO)).cast(schema)
            )


def _large_to_plain(rows: pl.DataFrame) -> pa.Schema:
    plain = {pl.String: pa.string(), pl.Boolean: pa.bool_(), pl.Int64: pa.int64()}
    return pa.schema([(n, plain.get(k.base_type(), pa.float64())) for n, k in rows.schema.items()])


def _features(rows: pl.DataFrame) -> dict[str, str]:
    """What ``datasets`` reads in a Parquet file to know that a column is audio."""
    values = {
        field.name: {"dtype": str(field.type), "_type": "Value"} for field in _large_to_plain(rows)
    }
    for value in values.values():
        value["dtype"] = {"double": "float64"}.get(value["dtype"], value["dtype"])
    features = {"audio": {"_type": "Audio"}, **values}
    return {"huggingface": json.dumps({"info": {"features": features}})}


def _webdataset(snapshot: Snapshot, folder: Path) -> dict[str, str]:
    """Shards ``<split>-000000.tar`` of ``<track_id>.<ending>`` with ``<track_id>.json``."""
    for split, rows in _splits(snapshot):
        for number, shard in enumerate(_shards(rows)):
            with tarfile.open(folder / f"{split}-{number:06d}.tar", "w") as tar:
                for row in shard.iter_rows(named=True):
                    _add(tar, f"{row['track_id']}.json", json.dumps(_public(row)).encode())
                    _add(tar, _audio_name(row), Path(row["path"]).read_bytes())
    return {split: f"{split}-*.tar" for split, _ in _splits(snapshot)}


def _musicgen(snapshot: Snapshot, folder: Path) -> dict[str, str]:
    """AudioCraft's music dataset: a manifest for each split, and a JSON beside each track."""
    for split, rows in _splits(snapshot):
        place = folder / "audio" / split
        place.mkdir(parents=True)
        egs = folder / "egs" / split
        egs.mkdir(parents=True)
        with gzip.open(egs / "data.jsonl.gz", "wt", encoding="utf-8") as manifest:
            for row in rows.iter_rows(named=True):
                file = place / _audio_name(row)
                _link(Path(row["path"]), file)
                file.with_suffix(".json").write_text(json.dumps(musicgen_record(row), indent=1))
                manifest.write(json.dumps(_meta(row, file.relative_to(folder))) + "\n")
    return {}


def musicgen_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """What AudioCraft reads beside each track (``MusicInfo``), from a row of a snapshot.

    >>> musicgen_record({"track_id": "3f", "genre": "jazz", "tempo_bpm": 92.0})["bpm"]
    92.0
    """
    return {
        "title": row.get("title"),
        "artist": row.get("artist"),
        "key": row.get("key"),
        "bpm": row.get("tempo_bpm"),
        "genre": row.get("genre"),
        "moods": [row["mood"]] if row.get("mood") else [],
        "keywords": [word for word in (row.get("genre"), row.get("mood")) if word],
        "description": caption(row),
        "name": row["track_id"],
        "instrument": None,
        "sample_rate": row.get("sample_rate"),
        "duration": row.get("duration_s"),
        "licence": row.get("licence"),
        "attribution": row.get("attribution"),
    }


FORMATS: Final[Mapping[str, Callable[[Snapshot, Path], dict[str, str]]]] = {
    "huggingface": _huggingface,
    "webdataset": _webdataset,
    "musicgen": _musicgen,
}


def _describe(snapshot: Snapshot, folder: Path, data_files: Mapping[str, str]) -> None:
    table = folder / "tracks.parquet"
    snapshot.rows.drop("path").write_parquet(table)
    described = json.dumps(croissant(snapshot, table), indent=2, ensure_ascii=False)
    (folder / "croissant.json").write_text(described, encoding="utf-8")
    (folder / "README.md").write_text(dataset_card(snapshot, data_files), encoding="utf-8")
    (folder / "ATTRIBUTION.md").write_text(attribution(snapshot), encoding="utf-8")


def _splits(snapshot: Snapshot) -> Iterator[tuple[str, pl.DataFrame]]:
    for split in SPLITS:
        rows = snapshot.rows.filter(pl.col("split") == split)
        if not rows.is_empty():
            yield split, rows


def _refuse_missing(snapshot: Snapshot) -> None:
    missing = [path for path in snapshot.rows["path"] if not Path(path).is_file()]
    if missing:
        raise ExportError(
            f"{len(missing)} of {snapshot.tracks} audio files are missing, such as "
            f"{', '.join(missing[:FAULTS_SHOWN])}: bring them back, or make a new snapshot"
        )


def _audio_name(row: Mapping[str, Any]) -> str:
    return f"{row['track_id']}{Path(row['path']).suffix.lower()}"


def _public(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "path"}


def _meta(row: Mapping[str, Any], path: Path) -> dict[str, Any]:
    return {
        "path": path.as_posix(),
        "duration": row["duration_s"],
        "sample_rate": row["sample_rate"],
        "amplitude": None,
        "weight": None,
        "info_path": None,
    }


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _shards(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """``rows`` in parts whose audio files come to about ``SHARD_BYTES`` each."""
    sizes = pl.Series([Path(path).stat().st_size for path in rows["path"]], dtype=pl.Int64)
    number = ((sizes.cum_sum() - sizes) // SHARD_BYTES).rename("_shard")
    for shard in rows.with_columns(number).partition_by("_shard", maintain_order=True):
        yield shard.drop("_shard")


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Without times or owners: the same snapshot gives the same shards."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
