"""Erasing for good what was taken down: older versions, copies, snapshots and downloaded audio.

After this nothing below the home holds the track but its id and PCM digest in ``takedowns``, which
keep it from coming back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data_catalog.home import Home
from data_catalog.removal.forget import forget_derived
from data_catalog.removal.takedown import Takedown, TakedownError, meant, take_down
from data_catalog.schema.tables import TABLES
from data_catalog.shared.audio_files import copy_of
from data_catalog.shared.folders import withdraw
from data_catalog.snapshots.snapshot import erase_snapshot, list_snapshots
from data_catalog.tables.store import Store
from features.hashing import file_sha256


@dataclass(frozen=True)
class Erasure:
    """What was erased. ``left`` are audio files outside the home, which are not Shiroa's."""

    snapshots: tuple[str, ...]
    files: tuple[Path, ...]
    left: tuple[Path, ...]


def take_down_and_erase(
    home: Home,
    track_id: str | None = None,
    artist: str | None = None,
    reason: str = "asked by the rights holder",
) -> tuple[Takedown, Erasure]:
    """``take_down`` and ``erase`` in one, with the audio; also of what is down already.

    Interrupted, it is finished by running it again. Raises ``TakedownError``.
    """
    audio = audio_of(home, meant(Store.open(home), track_id, artist)["track_id"].to_list())
    taken = take_down(home, track_id, artist, reason)
    return taken, erase(home, taken, audio)


def audio_of(home: Home, tracks: Collection[str]) -> tuple[Path, ...]:
    """Where the audio of those tracks lies; ask before they are taken down.

    The catalog does not know any more where tracks lay that are down already: their audio is
    looked for by content, below the home.
    """
    store = Store(home)
    places = pl.concat(
        [
            store.scan(table)
            .filter(pl.col("track_id").is_in(list(tracks)))
            .select("track_id", "path")
            .collect()
            for table in ("tracks", "files")
        ]
    )
    listed = (copy_of(home, place) for place in places["path"].drop_nulls())
    lost = set(tracks) - set(places["track_id"])
    held = {path for path in listed if path.is_absolute()}
    return tuple(sorted(held | set(_holding(home.audio, lost))))


def _holding(folder: Path, tracks: Collection[str]) -> Iterator[Path]:
    """Files below ``folder`` whose content is one of ``tracks``: an id is the file's SHA-256."""
    if tracks and folder.is_dir():
        yield from (
            path.absolute()
            for path in folder.rglob("*")
            if path.is_file() and file_sha256(path) in tracks
        )


def erase(home: Home, taken: Takedown, audio: Iterable[Path] = ()) -> Erasure:
    """Erase what ``take_down`` removed, with everything older than now in every table.

    ``audio`` are the files that held it, by ``audio_of``. The history of all tables goes, and
    snapshots that contained a track lose their rows; their names, digests and manifests stay as
    the record. Raises ``TakedownError`` when a track is still in the catalog.
    """
    store = Store(home)
    present = store.scan("tracks").filter(pl.col("track_id").is_in(list(taken.tracks))).collect()
    if not present.is_empty():
        raise TakedownError(
            f"{present.height} of these tracks are in the catalog: take them down first"
        )
    _blank_names(store, taken.tracks)
    held = {s.name for s in list_snapshots(home) if s.rows["track_id"].is_in(taken.tracks).any()}
    for name in sorted(held):
        erase_snapshot(home, name, "a track in it was taken down and erased")
    _forget_tables(store)
    files, left = _audio_below(home, audio)
    for path in files:
        withdraw(home, path)
    copies = tuple(_named_after(home.cache, taken.tracks))
    for path in copies:
        path.unlink(missing_ok=True)
    return Erasure(tuple(sorted(held)), (*files, *copies), left)


def _blank_names(store: Store, tracks: Collection[str]) -> None:
    marks = store.read("takedowns").filter(pl.col("track_id").is_in(list(tracks)))
    store.upsert("takedowns", marks.with_columns(title=None, artist=None))


def _forget_tables(store: Store) -> None:
    forget_derived(store.home)
    store.rebuild_views()
    for name in TABLES:
        store.stored(name).forget_history()
    store.rebuild_views()


def _audio_below(home: Home, audio: Iterable[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    root, shared = home.root.resolve(), home.address is not None
    inside = {path: path.resolve().is_relative_to(root) for path in audio}
    ours = tuple(path for path, ours in inside.items() if ours and (shared or path.exists()))
    return ours, tuple(path for path, ours in inside.items() if not ours and path.exists())


def _named_after(folder: Path, tracks: Collection[str]) -> Iterable[Path]:
    """Cached files that carry a track's id in their name."""
    if folder.is_dir():
        yield from (
            path
            for path in folder.rglob("*")
            if path.is_file() and any(track in path.name for track in tracks)
        )
