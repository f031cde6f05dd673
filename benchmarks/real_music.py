"""Do people's music and the composer's teach the same genres? Each judged by a model of the other.

python -m benchmarks.real_music HOME FOLDER --seed 21 --tracks 500

HOME is a catalog of recordings; genres that sources or people stated there count. FOLDER holds a
composed collection as ``benchmarks.labels`` makes it. Genres that both hold take part. Before that,
the recordings are folded by artist and judged by each other.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.labels import collection, judged
from benchmarks.recognition import show
from data_catalog.home import Home
from data_catalog.queries.questions import ask
from data_catalog.vocabulary import GENRES
from training.classifier.dataset import Examples, examples_from, inputs_of
from training.classifier.field import learn_field
from training.classifier.metrics import confusion_matrix

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
    return only(examples, np.isin(examples.genre, words[counts >= LEAST]))


def only(examples: Examples, rows: np.ndarray) -> Examples:
    """The examples of ``rows`` (n,), a mask."""
    columns: dict[str, Any] = {name: getattr(examples, name)[rows] for name in _COLUMNS}
    return replace(examples, **columns, tags=({},) * int(rows.sum()))


def across(learnt: Examples, heard: Examples) -> None:
    """Print what a model of ``learnt`` takes ``heard`` for; a sixth of its artists validate."""
    artists = np.random.default_rng(0).permutation(np.unique(learnt.groups))
    held = np.isin(learnt.groups, artists[: max(2, len(artists) // 6)])
    parts = [
        replace(learnt, split=np.where(held, "validation", "train")),
        replace(heard, split=np.full(len(heard), "test")),
    ]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS
    }
    both = replace(learnt, **columns, tags=({},) * len(columns["split"]))
    found = learn_field("genre", both, seed=0, precision=0.9)[1]
    show(np.array(found["confusion"]), found["words"])
    given = found["labelled_precision"]
    right = f"{given['value']:.0%} of them right" if given else "none"
    print(
        f"labels given to {found['labelled_share']:.0%}, {right}; "
        f"{found['unlike_share']:.0%} refused as unlike what it learnt from"
    )


def among(examples: Examples) -> None:
    """Print what models of four fifths of the artists take the others for."""
    truth, answer, given = judged("genre", examples, seed=0)
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
    told = parser.parse_args()
    real = recordings(Home(told.home))
    made = collection(told.folder, told.seed, told.tracks, told.tagger)
    made = only(made, np.isin(made.genre, np.unique(real.genre.astype(str))))
    print(f"\n### {len(real)} recordings by {len(np.unique(real.groups))} artists, folded\n")
    among(real)
    print(f"\n### {len(made)} composed pieces, heard by a model of the recordings\n")
    across(real, made)
    print("\n### the recordings, heard by a model of the composed pieces\n")
    across(made, real)


if __name__ == "__main__":
    main()
