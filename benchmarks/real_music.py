"""Do people's music and the composer's teach the same genres? Each judged by a model of the other.

python -m benchmarks.real_music HOME FOLDER --seed 21 --tracks 500

HOME is a catalog of recordings; genres that sources or people stated there count. FOLDER holds a
composed collection as ``benchmarks.labels`` makes it. Genres that both hold take part. Before that,
the recordings are folded by artist and judged by each other.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import polars as pl

from benchmarks.labels import collection, folded, judged, listening, windows
from benchmarks.recognition import show
from data_catalog.home import Home
from data_catalog.queries.questions import ask
from data_catalog.vocabulary import GENRES
from training.classifier.dataset import Examples, examples_from, inputs_of
from training.classifier.field import learn_field
from training.classifier.metrics import confusion_matrix
from training.classifier.train import Stage
from training.classifier.windows import explained, read_windows

_STATED = """
select track_id, genre, genre_origin, mood, mood_origin, 'train' as split,
       coalesce(artist, track_id) as artist
from catalog where genre is not null and genre_origin <> 'model' and duplicate_of is null
"""
_COLUMNS = ("track_ids", "embeddings", "descriptors", "genre", "mood", "split", "groups")
LEAST = 5
"""Recordings that a genre needs to take part."""


def recordings(home: Home) -> Examples:
    """The recordings whose genre was stated, of genres that ``LEAST`` or more share."""
    examples = examples_from(pl.DataFrame(ask(home, _STATED)), inputs_of(home))
    words, counts = np.unique(examples.genre.astype(str), return_counts=True)
    return examples.only(np.isin(examples.genre, words[counts >= LEAST]))


@dataclass(frozen=True)
class Music:
    """Examples, and with stage ``mel`` their windows."""

    examples: Examples
    mel: list[np.ndarray] | None


def across(learnt: Music, heard: Music, keep: Path) -> None:
    """Print what a model of ``learnt`` takes ``heard`` for; a sixth of its artists validate."""
    artists = np.random.default_rng(0).permutation(np.unique(learnt.examples.groups))
    held = np.isin(learnt.examples.groups, artists[: max(2, len(artists) // 6)])
    parts = [
        replace(learnt.examples, split=np.where(held, "validation", "train")),
        replace(heard.examples, split=np.full(len(heard.examples), "test")),
    ]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS
    }
    both = replace(learnt.examples, **columns, tags=({},) * len(columns["split"]))
    if learnt.mel is not None and heard.mel is not None:
        both = listening(both, learnt.mel + heard.mel, 0, keep.parent, keep.name)
    found = learn_field("genre", both, seed=0, precision=0.9)[1]
    show(np.array(found["confusion"]), found["words"])
    given = found["labelled_precision"]
    right = f"{given['value']:.0%} of them right" if given else "none"
    print(
        f"labels given to {found['labelled_share']:.0%}, {right}; "
        f"{found['unlike_share']:.0%} refused as unlike what it learnt from"
    )


def among(music: Music, keep: Path) -> None:
    """Print what models of four fifths of the artists take the others for."""
    folds = list(folded(music.examples, 0, music.mel, keep))
    truth, answer, given = judged("genre", folds, seed=0)
    words = [word for place, word in enumerate(GENRES) if place in set(truth.tolist())]
    place = np.array([words.index(word) if word in words else -1 for word in GENRES])
    show(confusion_matrix(place[truth], place[answer], len(words)), words)
    print(f"labels given to {given.sum()}, {(given & (truth == answer)).sum()} of them right")


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--tracks", type=int, default=500)
    parser.add_argument("--tagger", type=Path, default=Path("data/cache"))
    parser.add_argument("--stage", choices=get_args(Stage), default="features")
    told = parser.parse_args()
    home = Home(told.home)
    real = Music(recordings(home), None)
    made = Music(collection(told.folder, told.seed, told.tracks, told.tagger), None)
    rows = np.flatnonzero(np.isin(made.examples.genre, np.unique(real.examples.genre.astype(str))))
    made = replace(made, examples=made.examples.only(rows))
    if told.stage == "mel":
        found = list(read_windows(home, real.examples.track_ids.tolist()))
        if faults := {one.track_id: one.fault for one in found if one.mel is None}:
            raise SystemExit(explained(faults))
        composed = windows(told.folder, told.seed, told.tracks)
        real = replace(real, mel=[one.mel for one in found])
        made = replace(made, mel=[composed[row] for row in rows])
    artists, keep = len(np.unique(real.examples.groups)), told.folder / "heard-real"
    print(f"\n### {len(real.examples)} recordings by {artists} artists, folded\n")
    among(real, keep / "among")
    print(f"\n### {len(made.examples)} composed pieces, heard by a model of the recordings\n")
    across(real, made, keep / f"by-recordings-{told.seed}-{told.tracks}")
    print("\n### the recordings, heard by a model of the composed pieces\n")
    across(made, real, keep / f"by-composed-{told.seed}-{told.tracks}")


if __name__ == "__main__":
    main()
