"""Windows of music as EnCodec codes, encoded once and kept in Parquet.

``home/cache/codes/<codec digest>/*.parquet`` holds one row a window: ``track_id``,
``start_frame``, ``frames`` and the codes as 16-bit integers, codebook after codebook. Shards are
written whole or not at all, so a run that was killed has lost at most the shard it was filling.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.audio.reader import Audio, AudioError, decode, resample, to_mono
from features.musicgen.codec import Codec
from training.musicgen.window_faults import fault_of

SHARD_WINDOWS: Final = 64


@dataclass(frozen=True)
class Window:
    """A piece of a track, in codec frames."""

    track_id: str
    start_frame: int
    frames: int


@dataclass(frozen=True)
class TrackAudio:
    """Where a track's audio lies and how long it is; beats and downbeats may guide the cuts."""

    track_id: str
    path: Path
    duration_s: float
    beats_s: Sequence[float] = ()
    downbeats_s: Sequence[float] = ()


@dataclass(frozen=True)
class EncodeReport:
    """Windows that were found in the cache, encoded now, and skipped for a fault, by whichever;
    and by track why it could not be read.
    """

    cached: int
    encoded: int
    skipped: int
    failed: dict[str, str]

    def unread(self) -> str:
        """What could not be read and what to do about it, in one line; empty when all was.

        >>> EncodeReport(0, 0, 0, {"0f" * 32: "unreadable"}).unread()[:52]
        '1 tracks could not be read, such as 0f0f0f0f0f0f (un'
        """
        for track_id, reason in self.failed.items():
            return (
                f"{len(self.failed)} tracks could not be read, such as {track_id[:12]} ({reason}): "
                "put their audio back where it was, or ingest it again and freeze a new snapshot"
            )
        return ""


def plan_windows(track: TrackAudio, window_s: float, frame_rate: float) -> list[Window]:
    """Windows of ``window_s`` one after the other, each starting where a bar does.

    That is the last downbeat in the final fifth of the window before, else the last beat in its
    final tenth, else its end. The rest of the track is a window of its own when it is at least a
    quarter as long.

    >>> track = TrackAudio("t", Path("t.flac"), 12.0)
    >>> [(w.start_frame, w.frames) for w in plan_windows(track, 5.0, 50.0)]
    [(0, 250), (250, 250), (500, 100)]
    """
    length = int(track.duration_s * frame_rate)
    size = round(window_s * frame_rate)
    bars, beats = (
        np.round(np.asarray(times, float) * frame_rate).astype(int)
        for times in (track.downbeats_s, track.beats_s)
    )
    windows, start = [], 0
    while length - start >= size / 4:
        windows.append(Window(track.track_id, start, min(size, length - start)))
        end = start + size
        start = _last_within(bars, end, size // 5) or _last_within(beats, end, size // 10) or end
    return windows


def _last_within(times: NDArray[np.int64], end: int, frames: int) -> int | None:
    """The last of ``times`` in the ``frames`` up to ``end``."""
    near = times[(times > end - frames) & (times <= end)]
    return int(near[-1]) if len(near) else None


class CodeCache:
    """The codes of one codec below ``folder``, by window; a faulty one has codes of no frames."""

    def __init__(self, folder: Path, codec_digest: str, codebooks: int) -> None:
        self.folder = folder / codec_digest[:16]
        self.codebooks = codebooks

    def read(self, track_ids: Sequence[str]) -> dict[Window, NDArray[np.int16]]:
        """The windows of these tracks. Codes have shape [codebooks, frames]."""
        shards = sorted(self.folder.glob("*.parquet"))
        if not shards:
            return {}
        wanted = pl.scan_parquet(shards).filter(pl.col("track_id").is_in(list(track_ids)))
        return {
            Window(track_id, start, frames): np.frombuffer(codes, "<i2").reshape(self.codebooks, -1)
            for track_id, start, frames, codes in wanted.collect().iter_rows()
        }

    def write(self, windows: Mapping[Window, NDArray[np.int16]]) -> None:
        """Add a shard with these windows, atomically."""
        self.folder.mkdir(parents=True, exist_ok=True)
        table = pl.DataFrame(
            {
                "track_id": [window.track_id for window in windows],
                "start_frame": [window.start_frame for window in windows],
                "frames": [window.frames for window in windows],
                "codes": [codes.astype("<i2").tobytes() for codes in windows.values()],
            }
        )
        name = f"{uuid.uuid4().hex}.parquet"
        aside = self.folder / f".{name}.part"
        table.write_parquet(aside, compression="zstd", compression_level=9)
        aside.replace(self.folder / name)


def encode_windows(
    tracks: Sequence[TrackAudio],
    codec: Codec,
    cache: CodeCache,
    *,
    window_s: float,
    most: int | None = None,
    on_track: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[dict[Window, NDArray[np.int16]], EncodeReport]:
    """The codes of the windows of ``tracks``; only those not in the cache are encoded.

    With ``most``, a longer track gives that many windows, spread evenly over it. A
    track that can't be decoded is reported by its reason and left out.
    """
    known = cache.read([track.track_id for track in tracks])
    result: dict[Window, NDArray[np.int16]] = {}
    fresh: dict[Window, NDArray[np.int16]] = {}
    encoded, failed = 0, {}
    for done, track in enumerate(tracks, start=1):
        windows = spread(plan_windows(track, window_s, codec.frame_rate), most)
        result.update((window, known[window]) for window in windows if window in known)
        missing = [window for window in windows if window not in known]
        if missing:
            try:
                fresh.update(_encode_track(track, missing, codec))
            except AudioError as error:
                failed[track.track_id] = error.reason
        if len(fresh) >= SHARD_WINDOWS or (fresh and done == len(tracks)):
            cache.write(fresh)
            result.update(fresh)
            encoded += len(fresh)
            fresh = {}
        on_track(done, len(tracks))
    cached = len(result) - encoded
    heard = {window: codes for window, codes in result.items() if codes.shape[1]}
    return heard, EncodeReport(cached, encoded, len(result) - len(heard), failed)


def spread(windows: Sequence[Window], most: int | None) -> Sequence[Window]:
    """At most ``most`` of the windows, from the middles of equal parts; all of them for None."""
    if most is None or len(windows) <= most:
        return windows
    return [windows[(2 * part + 1) * len(windows) // (2 * most)] for part in range(most)]


def _encode_track(
    track: TrackAudio, windows: Iterable[Window], codec: Codec
) -> Iterator[tuple[Window, NDArray[Any]]]:
    audio = decode(track.path)
    y = resample(to_mono(audio.samples), audio.sample_rate, codec.sample_rate)
    for window in windows:
        start = window.start_frame * codec.hop_length
        piece = y[start : start + window.frames * codec.hop_length]
        heard = fault_of(_as_decoded(audio, window, codec), audio.sample_rate) is None
        codes = codec.encode(piece) if heard else np.empty((codec.codebooks, 0), np.int16)
        yield window, codes


def _as_decoded(audio: Audio, window: Window, codec: Codec) -> NDArray[np.float32]:
    """The samples (frames, channels) of a window before any resampling, which hides clipping."""
    rate = audio.sample_rate / codec.frame_rate
    first = round(window.start_frame * rate)
    return audio.samples[first : first + round(window.frames * rate)]
