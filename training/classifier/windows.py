"""The log-mel windows of tracks: made of their audio once, kept on disk by content.

``home/cache/mel/<version>/<two digits>/<track_id>.npy`` holds the windows of a track, float16
(m, 187, 96), 36 kB each and six for most. A ``track_id`` is the SHA-256 of the file, so what is
kept never grows stale, and a run that was killed goes on with the next track.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
import polars as pl

from data_catalog.home import Home
from data_catalog.shared.audio_files import borrowed
from data_catalog.shared.bucket import BucketError
from data_catalog.tables.store import Store
from features.audio.errors import AudioError
from features.extract import hear_file
from features.progress import Progress
from training.arrays import save_whole
from training.classifier.dataset import HEARD_SIZE
from training.classifier.network import Network

VERSION: Final = "1"
"""Of the windows, for whom they are made again when it changes."""

_AT_ONCE: Final = 64
_NAMED: Final = 3

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Windows:
    """What is heard of a track: ``mel`` (m, 187, 96), or None for the ``fault``."""

    track_id: str
    mel: np.ndarray | None
    fault: str = ""


def read_windows(
    home: Home, track_ids: Sequence[str], tell: OnProgress | None = None
) -> Iterator[Windows]:
    """The windows of each track in turn, from disk or else from its audio, some at a time."""
    tracks = Store.open(home).scan("tracks").select("track_id", "path")
    wanted = pl.LazyFrame({"track_id": list(track_ids)}, schema={"track_id": pl.String})
    paths = dict(tracks.join(wanted, on="track_id", how="semi").collect().iter_rows())
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for start in range(0, len(track_ids), _AT_ONCE):
            part = track_ids[start : start + _AT_ONCE]
            yield from threads.map(lambda one: _windows(home, one, paths.get(one)), part)
            if tell:
                tell(Progress("listen", start + len(part), len(track_ids), "mel windows"))


def hear(
    home: Home, network: Network, track_ids: Sequence[str], tell: OnProgress | None = None
) -> tuple[np.ndarray, dict[str, str]]:
    """What ``network`` tells of tracks, float32 (n, HEARD_SIZE); NaN where nothing can be heard.

    Beside it, by track, why not.
    """
    heard = np.full((len(track_ids), HEARD_SIZE), np.nan, np.float32)
    faults: dict[str, str] = {}
    windows = read_windows(home, track_ids, tell)
    for start in range(0, len(track_ids), _AT_ONCE):
        part = dict(enumerate(islice(windows, _AT_ONCE), start))
        faults |= {one.track_id: one.fault for one in part.values() if one.mel is None}
        mels = {row: one.mel for row, one in part.items() if one.mel is not None}
        if mels:
            heard[list(mels)] = network.log_odds(list(mels.values()))
    return heard, faults


def explained(faults: dict[str, str]) -> str:
    """Which tracks can't be heard, why, and what to do; the first few by name.

    >>> explained({"3f9a" * 16: "a.flac: can't be read"})[:63]
    "1 track can't be heard: 3f9a3f9a3f9a (a.flac: can't be read). P"
    """
    named = [f"{track[:12]} ({fault})" for track, fault in list(faults.items())[:_NAMED]]
    if more := len(faults) - len(named):
        named.append(f"and {more} more")
    count = f"{len(faults)} track" + ("s" if len(faults) > 1 else "")
    return (
        f"{count} can't be heard: {', '.join(named)}. Put the files back where they were, or run "
        "`shiroa ingest` where they lie now; a model of stage features needs no audio"
    )


def _windows(home: Home, track_id: str, place: str | None) -> Windows:
    path = home.cache / "mel" / VERSION / track_id[:2] / f"{track_id}.npy"
    try:
        return Windows(track_id, np.load(path))
    except (OSError, ValueError, EOFError):  # not there, or cut by a full disk: made now
        pass
    if place is None:
        return Windows(track_id, None, "the catalog has no such track any more")
    try:
        with borrowed(home, place) as audio:
            mel = hear_file(audio)
    except AudioError as error:
        return Windows(track_id, None, error.detail)
    except BucketError as error:
        return Windows(track_id, None, str(error))
    save_whole(path, mel)
    return Windows(track_id, mel)
