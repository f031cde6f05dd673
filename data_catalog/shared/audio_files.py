"""Where the audio of a track lies, for a home whose audio other machines must find too.

A track's ``path`` is a file of this machine, or an address in an object store: of audio that a
home in a bucket downloaded, or of an object that was ingested from where it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from data_catalog.home import Home
from data_catalog.shared.bucket import BucketError, bucket_at

if TYPE_CHECKING:
    import polars as pl

    from features.extract import TrackFeatures

_OBJECTS: Final = "s3://"
_AT_ONCE: Final = 8


def recorded(home: Home, path: Path, key: str) -> str:
    """What ``tracks.path`` says of the file ``path`` that a source brought for ``key``."""
    if home.address is None:
        return str(path)
    if key.startswith(_OBJECTS):
        return key
    if path.is_relative_to(home.audio):
        return f"{home.address}/{path.relative_to(home.root).as_posix()}"
    return str(path)


def copy_of(home: Home, place: str) -> Path:
    """Where the file at ``place`` is, or would be fetched to, on this machine.

    >>> copy_of(Home(Path("/h"), "s3://b/p"), "s3://b/p/audio/debian/a.ogg").as_posix()
    '/h/audio/debian/a.ogg'
    """
    if not place.startswith(_OBJECTS):
        return Path(place)
    if home.address is not None and place.startswith(f"{home.address}/"):
        return home.root / place.removeprefix(f"{home.address}/")
    mark = hashlib.sha256(place.encode()).hexdigest()[:32]
    return home.audio / "fetched" / f"{mark}{PurePosixPath(place).suffix.lower()}"


def share(home: Home, path: Path, key: str) -> None:
    """Let other machines find a downloaded file, before its track is committed."""
    place = recorded(home, path, key)
    if not place.startswith(_OBJECTS):
        return
    if place == key:
        copy = copy_of(home, place)
        copy.parent.mkdir(parents=True, exist_ok=True)
        path.replace(copy)
    else:
        assert home.bucket is not None  # noqa: S101 - it has an address
        home.bucket.put(place.removeprefix(f"{home.bucket.address}/"), path)


def fetched(home: Home, place: str) -> Path:
    """The file at ``place`` on this machine, fetched where it is not there.

    Raises ``BucketError`` when the object store can't be asked. A file that is nowhere is left to
    be missed by whoever opens it.
    """
    path = copy_of(home, place)
    if place.startswith(_OBJECTS) and not path.exists():
        folder, _, name = place.rpartition("/")
        bucket_at(folder).fetch(name, path)
    return path


def at_hand(home: Home, rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with each ``path`` on this machine, fetched where it is not; unchanged for a home
    that is a folder."""
    if home.address is None:
        return rows
    import polars as pl

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        paths = list(threads.map(lambda place: str(fetched(home, place)), rows["path"]))
    return rows.with_columns(path=pl.Series(paths, dtype=pl.String))


@contextmanager
def borrowed(home: Home, place: str) -> Iterator[Path]:
    """The file at ``place``; what had to be fetched is deleted afterwards, since disks are small
    beside buckets."""
    there = copy_of(home, place).exists()
    path = fetched(home, place)
    try:
        yield path
    finally:
        if not there and place.startswith(_OBJECTS):
            path.unlink(missing_ok=True)


def extract_borrowed(place: str, *, home: Home, tagger_cache: Path | None) -> TrackFeatures:
    """``extract_file`` for audio that may lie in an object store; runs in a worker."""
    from features.audio.errors import AudioError
    from features.extract import extract_file

    try:
        with borrowed(home, place) as path:
            return extract_file(str(path), tagger_cache=tagger_cache)
    except BucketError as error:
        raise AudioError(place, "unreadable", str(error)) from error
