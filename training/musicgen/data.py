"""What a fine-tuning step sees: windows of codes with their captions, chosen by seed and step."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data_catalog.captions import caption, dropped_caption
from data_catalog.home import Home
from data_catalog.shared.audio_files import at_hand
from data_catalog.tables.store import Store
from features.musicgen.codec import code_entropy
from features.musicgen.language_model import MusicLM
from features.progress import Progress
from training.musicgen.config import FinetuneError, MusicgenConfig, OnProgress
from training.musicgen.tokens import CodeCache, EncodeReport, TrackAudio, encode_windows

VALIDATION_WINDOWS: Final = 32
TRACK_WINDOWS: Final = 8
_HELD_OUT: Final = 0.1
_VOICE: Final = 0.2
"""Probability of a vocal tag from which a track counts as sung; MSD tags run low."""


@dataclass(frozen=True)
class Example:
    """One window: ``codes`` [codebooks, frames] and the catalog row that its caption tells."""

    codes: NDArray[np.int16]
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Examples:
    """Windows to learn from and to validate on. ``encoded`` says where the codes came from."""

    train: Sequence[Example]
    validation: Sequence[Example]
    vocabulary: int
    encoded: EncodeReport

    def unigram_entropy(self) -> float:
        """Entropy of the validation codes, nats: what counting alone would reach."""
        codes = np.concatenate([example.codes for example in self.validation], axis=1)
        return code_entropy(codes, self.vocabulary)


def load_examples(
    home: Home,
    rows: pl.DataFrame,
    lm: MusicLM,
    config: MusicgenConfig,
    tell: OnProgress,
) -> Examples:
    """Encode what is not encoded yet, and sort the windows by their track's split.

    A snapshot without a validation split lends it a tenth of its training windows. The test split
    is never read.
    """
    rows = _measured(home, rows.filter(pl.col("split") != "test"))
    if config.captions is not None:
        rows = rows.join(read_captions(Path(config.captions)), on="track_id", how="left")
    if config.instrumental:
        rows = rows.filter(~pl.col("tags").map_elements(_tells_voices, return_dtype=pl.Boolean))
    rows = at_hand(home, rows)
    tracks = [
        TrackAudio(
            row["track_id"],
            Path(row["path"]),
            row["duration_s"],
            row["beats_s"] or (),
            row["downbeats_s"] or (),
        )
        for row in rows.iter_rows(named=True)
    ]
    codes, report = encode_windows(
        tracks,
        lm.codec,
        CodeCache(home.cache / "codes", lm.codec.digest(), lm.codec.codebooks),
        window_s=config.window,
        most=config.most_windows,
        on_track=lambda done, total: tell(Progress("encode", done, total, "codes")),
    )
    by_track = {row["track_id"]: row for row in rows.iter_rows(named=True)}
    sides: dict[str, list[Example]] = {"train": [], "validation": []}
    for window in sorted(codes, key=lambda window: (window.track_id, window.start_frame)):
        row = by_track[window.track_id]
        sides[row["split"]].append(Example(codes[window], row))
    train, validation = sides["train"], sides["validation"]
    rng = random.Random(config.seed)
    rng.shuffle(train)
    if not validation:
        held = max(1, int(len(train) * _HELD_OUT))
        validation, train = train[:held], train[held:]
    if not train or not validation:
        raise FinetuneError(
            "too_few_windows",
            f"snapshot={config.snapshot!r}: {len(codes)} windows of music in its training and "
            "validation splits, at least 2 are needed. "
            + (report.unread() or "Take a snapshot of more tracks, or a shorter --window"),
        )
    rng.shuffle(validation)
    return Examples(train, validation[:VALIDATION_WINDOWS], lm.vocabulary, report)


def read_captions(path: Path) -> pl.DataFrame:
    """``track_id, description`` of a CSV or Parquet file, one row a track.

    Raises ``FinetuneError`` when there is no such file or a column is missing.
    """
    try:
        columns = path.suffix == ".parquet"
        table = pl.read_parquet(path) if columns else pl.read_csv(path, infer_schema=False)
        told = table.select(pl.col("track_id", "description").cast(pl.String))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise FinetuneError(
            "captions",
            f"captions={str(path)!r}: {error}; it must be a CSV or Parquet file with the columns "
            "track_id and description",
        ) from error
    return told.unique("track_id", keep="first")


def _measured(home: Home, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the beats and tags that were measured in the same extraction."""
    key = ["track_id", "extractor_version"]
    measured = Store.open(home).scan("features").select(*key, "beats_s", "downbeats_s", "tags")
    told = measured.filter(pl.col("track_id").is_in(rows["track_id"].to_list())).collect()
    return rows.join(told, on=key, how="left").with_columns(pl.col("tags").fill_null("{}"))


def _tells_voices(tags: str) -> bool:
    """Whether pretrained tags, as JSON, say that somebody sings.

    >>> _tells_voices('{"female vocalists": 0.4, "rock": 0.5}')
    True
    """
    found: dict[str, float] = json.loads(tags)
    return any(p >= _VOICE and "vocal" in tag for tag, p in found.items())


def step_examples(examples: Sequence[Example], step: int, batch: int, seed: int) -> list[Example]:
    """The windows of one step: epochs cut into batches without a gap.

    An epoch is a fresh shuffle in which no track has more than eight windows, another eight each
    time, so that an hour-long mix teaches no more than an album's worth of songs.
    """
    places = range(step * batch, (step + 1) * batch)
    by_track: dict[str, list[Example]] = {}
    for example in examples:
        by_track.setdefault(str(example.row["track_id"]), []).append(example)
    count = sum(min(len(windows), TRACK_WINDOWS) for windows in by_track.values())
    orders: dict[int, list[Example]] = {}
    for epoch in {place // count for place in places}:
        rng = random.Random(f"{seed}:{epoch}")
        orders[epoch] = [
            window
            for windows in by_track.values()
            for window in rng.sample(windows, min(len(windows), TRACK_WINDOWS))
        ]
        rng.shuffle(orders[epoch])
    return [orders[place // count][place % count] for place in places]


def step_captions(examples: Sequence[Example], step: int, seed: int) -> list[str]:
    """Their captions with fields dropped out, the same for the same seed and step."""
    rng = random.Random(f"{seed}:{step}:captions")
    return [dropped_caption(example.row, rng) for example in examples]


def full_captions(examples: Sequence[Example]) -> list[str]:
    """Their captions with all that is known."""
    return [caption(example.row) for example in examples]
