"""The Croissant 1.0 description of a snapshot, which dataset search engines and loaders read.

Format: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import polars as pl

from data_catalog.schema.tables import CATALOG, FEATURES, LICENCES, SPLITS, TRACKS
from data_catalog.snapshots.snapshot import Snapshot

_CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_DOCS: Final = {
    column.name: column.doc
    for table in (SPLITS, FEATURES, LICENCES, TRACKS, CATALOG)
    for column in table.columns
} | {"file_name": "audio file, relative to this folder"}


def column_doc(name: str) -> str:
    """What a column of a snapshot means, from the schema.

    >>> column_doc("duration_s")
    'length, seconds'
    """
    return _DOCS[name]


def croissant(snapshot: Snapshot, table: Path) -> dict[str, Any]:
    """Croissant JSON-LD for the exported Parquet file ``table``, which stands beside it."""
    rows = pl.scan_parquet(table, glob=False).collect_schema()
    manifest = snapshot.manifest
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": snapshot.name,
        "description": description(snapshot),
        "license": licences_of(snapshot),
        "datePublished": manifest["created_at"],
        "version": f"1.0.0+{snapshot.digest[:12]}",
        "citeAs": f"{snapshot.name}, a Shiroa snapshot, SHA-256 {snapshot.digest}",
        "creator": {"@type": "sc:Organization", "name": "the artists named in each row"},
        "keywords": ["music", "audio", *sorted(set(manifest["genres"]) - {"(none)"})],
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": table.name,
                "name": table.name,
                "description": "one row a track",
                "contentUrl": table.name,
                "contentSize": f"{table.stat().st_size} B",
                "encodingFormat": "application/x-parquet",
                "sha256": hashlib.sha256(table.read_bytes()).hexdigest(),
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "tracks",
                "name": "tracks",
                "description": "one row a track",
                "key": {"@id": "tracks/track_id"},
                "field": [_field(table.name, name, kind) for name, kind in rows.items()],
            }
        ],
    }


def description(snapshot: Snapshot) -> str:
    """One sentence on what the snapshot holds."""
    hours = snapshot.manifest["duration_s"] / 3600
    return (
        f"{snapshot.tracks:,} music tracks, {hours:.2f} hours, with tempo, key, genre, mood, "
        f"licence and split; licence policy {snapshot.manifest['policy']}."
    )


def licences_of(snapshot: Snapshot) -> list[str]:
    """Addresses of the licences in the snapshot, or their names where there is no address."""
    pairs = snapshot.rows.select("licence", "licence_url").unique().sort("licence")
    return sorted({url or name for name, url in pairs.iter_rows()})


def _field(table: str, name: str, kind: pl.DataType) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"tracks/{name}",
        "name": name,
        "description": column_doc(name),
        "dataType": _data_type(kind),
        "source": {"fileObject": {"@id": table}, "extract": {"column": name}},
    }


def _data_type(kind: pl.DataType) -> str:
    if kind == pl.Boolean:
        return "sc:Boolean"
    if kind.is_integer():
        return "sc:Integer"
    return "sc:Float" if kind.is_float() else "sc:Text"
