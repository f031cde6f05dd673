"""Genre and mood on artists never heard, by how many tracks there are to learn from.

Collections like the demo's are composed and measured (about two seconds a track, kept in FOLDER,
so a run that was stopped goes on). Artists are folded into five; each fifth is judged by a model
that learnt from the others, thresholds included. The tracks of an artist never stand on both sides.

With ``--stage mel`` the models also listen; what was heard is kept, too.

    python -m benchmarks.labels FOLDER --tagger CACHE --seeds 0 1 2 3 4 5 --tracks 64
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from data_catalog.vocabulary import GENRES, MOODS
from features.extract import extract_file, hear_file
from serving.composer.brief import complete
from serving.composer.collection.plan import Song, songs
from serving.composer.collection.write import compose_file
from training.classifier.dataset import FIELDS, Examples, heard_columns
from training.classifier.field import learn_field
from training.classifier.folds import group_folds
from training.classifier.metrics import confusion_matrix, macro_f1
from training.classifier.stage import cross_fit
from training.classifier.train import Stage

FOLDS = 5


@contextmanager
def composed(song: Song) -> Iterator[Path]:
    """The song as a file."""
    with tempfile.TemporaryDirectory() as folder:
        compose_file(Path(folder), song)
        yield Path(folder) / song.file


def measured(song: Song, path: Path, tagger: Path) -> dict[str, Any]:
    """What the classifier reads of a song, from the file ``path`` or made now and kept there."""
    if not path.exists():
        with composed(song) as file:
            found = extract_file(file, tagger_cache=tagger)
        assert found.tags
        np.savez(path, e=found.tags.embedding, d=found.descriptors)
    kept = np.load(path)
    wish = complete(song.brief)
    return {"e": kept["e"], "d": kept["d"], "genre": wish.genre, "mood": wish.mood}


def collection(folder: Path, seed: int, tracks: int, tagger: Path) -> Examples:
    """A composed collection as examples, all of them to train on."""
    place = folder / f"set{seed}"
    place.mkdir(parents=True, exist_ok=True)
    made = songs(tracks, seed)
    rows = [measured(song, place / f"{n:05d}.npz", tagger) for n, song in enumerate(made)]
    return Examples(
        track_ids=np.array([str(n) for n in range(tracks)]),
        embeddings=np.stack([row["e"] for row in rows]).astype(np.float32),
        descriptors=np.stack([row["d"] for row in rows]).astype(np.float32),
        tags=({},) * tracks,
        genre=np.array([row["genre"] for row in rows], dtype=object),
        mood=np.array([row["mood"] for row in rows], dtype=object),
        split=np.full(tracks, "train", dtype="<U10"),
        groups=np.array([song.artist for song in made]),
    )


def windows(folder: Path, seed: int, tracks: int) -> list[np.ndarray]:
    """The log-mel windows of the same collection, kept beside."""
    place = folder / f"mel{seed}"
    place.mkdir(parents=True, exist_ok=True)
    for n, song in enumerate(songs(tracks, seed)):
        if not (path := place / f"{n:05d}.npy").exists():
            with composed(song) as file:
                np.save(path, hear_file(file))
    return [np.load(place / f"{n:05d}.npy") for n in range(tracks)]


def folded(
    examples: Examples, seed: int, mel: Sequence[np.ndarray] | None = None, keep: Path | None = None
) -> Iterator[tuple[Examples, np.ndarray]]:
    """The examples with one fold of artists as the test split after the other, and its rows.

    With ``mel``, their windows, stage ``mel`` listens; what it says is kept in ``keep``.
    """
    for place, (inside, outside) in enumerate(group_folds(examples.groups, FOLDS, 100 + seed)):
        split = examples.split.copy()
        split[outside] = "test"
        artists = np.random.default_rng(seed).permutation(np.unique(examples.groups[inside]))
        held = np.isin(examples.groups, artists[: max(2, len(artists) // 6)])
        split[held & (split == "train")] = "validation"
        ready = replace(examples, split=split)
        yield (ready if mel is None else listening(ready, mel, seed, keep, str(place))), outside


def listening(
    examples: Examples, mel: Sequence[np.ndarray], seed: int, keep: Path | None, name: str
) -> Examples:
    """The examples with what stage ``mel`` says of them, from the folder ``keep`` or found now."""
    work = keep and keep / name
    if work is None:
        return cross_fit(examples, mel, seed=seed)[0]
    work.mkdir(parents=True, exist_ok=True)
    if not (path := work / "heard.npy").exists():
        started = time.process_time()
        heard, _, figures = cross_fit(examples, mel, seed=seed, work=work)
        np.save(path, heard.heard)
        print(
            f"fold {name} heard: {figures['epochs']} epochs, loss {min(figures['losses']):.2f}, "
            f"{time.process_time() - started:.0f} processor s",
            flush=True,
        )
    return replace(examples, heard=np.load(path))


def judged(
    field: str, folds: Sequence[tuple[Examples, np.ndarray]], seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth and answer (n,) of every track as indices, and whether the label was given."""
    vocabulary = GENRES if field == "genre" else tuple(MOODS)
    examples = folds[0][0]
    answer = np.full(len(examples), -1)
    given = np.zeros(len(examples), bool)
    for ready, outside in folds:
        model, _ = learn_field(field, ready, seed=seed, precision=0.9)
        p = model.probabilities(ready.inputs[outside])
        best = p.argmax(axis=1)
        answer[outside] = np.array([vocabulary.index(word) for word in model.words])[best]
        given[outside] = model.gives(ready.inputs[outside], p)
    return examples.labels(field), answer, given


def network_alone(field: str, folds: Sequence[tuple[Examples, np.ndarray]]) -> float:
    """Macro-F1 of what stage ``mel`` alone says of ``field``; NaN where it did not listen."""
    words = FIELDS[field]
    found = np.full(len(folds[0][0]), -1)
    for ready, outside in folds:
        if ready.heard is None:
            return float("nan")
        told = ready.heard[outside][:, heard_columns(field, words)]
        found[outside] = told.argmax(axis=1)
    return macro_f1(confusion_matrix(folds[0][0].labels(field), found, len(words)))


def main() -> None:
    """Print a line for each field and collection, and one for each field over all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tagger", type=Path, default=Path("data/cache"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tracks", type=int, default=64)
    parser.add_argument("--fields", nargs="+", choices=tuple(FIELDS), default=tuple(FIELDS))
    parser.add_argument("--stage", choices=get_args(Stage), default="features")
    told = parser.parse_args()
    print("field | seed | tracks | macro-F1 | right | labelled | right of labelled | network alone")
    folds = {}
    for seed in told.seeds:
        examples = collection(told.folder, seed, told.tracks, told.tagger)
        listens = told.stage == "mel"
        mel = windows(told.folder, seed, told.tracks) if listens else None
        keep = told.folder / f"heard{seed}-{told.tracks}"
        folds[seed] = list(folded(examples, seed, mel, keep))
    for field in told.fields:
        sums = np.zeros(4)
        for seed in told.seeds:
            truth, answer, given = judged(field, folds[seed], seed)
            f1 = macro_f1(confusion_matrix(truth, answer, len(FIELDS[field])))
            right = truth == answer
            sums += np.array([f1, right.mean(), given.sum(), (right & given).sum()])
            print(
                f"{field} | {seed} | {len(truth)} | {f1:.3f} | {right.mean():.3f} | "
                f"{given.mean():.2f} | {(right & given).sum()} of {given.sum()} | "
                f"{network_alone(field, folds[seed]):.3f}",
                flush=True,
            )
        runs = len(told.seeds)
        share = sums[2] / (runs * told.tracks)
        print(
            f"{field} | all | {runs * told.tracks} | {sums[0] / runs:.3f} | {sums[1] / runs:.3f} "
            f"| {share:.2f} | {sums[3]:.0f} of {sums[2]:.0f}"
        )


if __name__ == "__main__":
    main()
