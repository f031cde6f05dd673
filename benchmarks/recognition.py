"""Is what the composer makes recognisable as the genre and the mood that were asked for?

python -m benchmarks.recognition render --seeds 0 3 --cache FOLDER
python -m benchmarks.recognition tables --train 0 3 --test 3 5 --cache FOLDER
python -m benchmarks.recognition means --seeds 0 3 --cache FOLDER
python -m benchmarks.recognition arranged FILE... --train 0 3 --cache FOLDER

``render`` composes each genre in each mood for each seed, 16 s each, and keeps what is measured in
``FOLDER``: one file a piece, so it goes on where it was stopped. Give each version of the composer
a folder of its own. ``tables`` prints confusion matrices: of the pretrained tags, which never heard
the composer, and of our classifier, trained on some seeds and asked about others; then whether
genres lie further apart than seeds. ``means`` prints what each mood does to the sound. ``arranged``
arranges recordings in every genre, and prints what the classifier hears in them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.recordings import SR as TAKEN_SR
from benchmarks.recordings import take
from data_catalog.vocabulary import GENRES, MOODS, genre_of, mood_of
from features.audio.reader import encode
from features.descriptors import DESCRIPTOR_NAMES
from features.extract import extract_file
from features.tagger.tagging import TAG_NAMES
from serving.composer import Brief, Score, compose, render
from serving.composer.sound.soundfont import Soundfont, open_soundfont
from serving.composer.transfer.restyle import arrange_heard
from training.classifier.dataset import Examples
from training.classifier.field import learn_field
from training.classifier.metrics import accuracy, confusion_matrix, macro_f1, roc_auc

ARRANGED = 1000
SECONDS = 16.0
SR = 44100
WORDS = {"genre": GENRES, "mood": tuple(MOODS)}


@dataclass(frozen=True)
class Pieces:
    """Measured pieces: words (n,), seeds (n,), embeddings (n, 200), tags (n, 50), descriptors."""

    genre: np.ndarray
    mood: np.ndarray
    seed: np.ndarray
    embedding: np.ndarray
    tags: np.ndarray
    descriptors: np.ndarray

    def of(self, field: str) -> np.ndarray:
        """Indices of the asked words (n,)."""
        asked = self.genre if field == "genre" else self.mood
        return np.array([WORDS[field].index(word) for word in asked])


def measure(cache: Path, tagger: Path, seeds: range, font: Soundfont | None) -> None:
    """Compose and measure the pieces that ``cache`` lacks."""
    cache.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for genre in GENRES:
            for mood in MOODS:
                path = _path(cache, genre, mood, seed)
                if not path.exists():
                    brief = Brief(genre, mood, duration_s=SECONDS, seed=7000 + seed)
                    _measure(path, tagger, compose(brief), font)
        print(f"seed {seed}: {len(GENRES) * len(MOODS)} pieces", flush=True)


def _path(cache: Path, genre: str, mood: str, seed: int) -> Path:
    return cache / f"{genre}-{mood}-{seed}.npz"


def _measure(path: Path, tagger: Path, score: Score, font: Soundfont | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "piece.flac"
        encode(file, render(score, SR, stems=False, soundfont=font).mix, SR)
        found = extract_file(file, tagger_cache=tagger)
    if found.tags is None:
        raise SystemExit(f"{path.name}: {found.tags_reason}")
    tags = np.array([found.tags.probabilities[name] for name in TAG_NAMES])
    aside = path.with_suffix(".part.npz")
    np.savez(aside, embedding=found.tags.embedding, tags=tags, descriptors=found.descriptors)
    aside.rename(path)


def arranged(cache: Path, tagger: Path, files: list[Path]) -> Pieces:
    """Excerpts of recordings, each arranged in every genre; those that can't be followed are told
    and left out.
    """
    names = []
    for number, file in enumerate(files):
        taken = take(file, 40.0, SECONDS)
        if taken.heard is None:
            print(f"{taken.name}: {taken.reason}")
            continue
        for genre in GENRES:
            score = arrange_heard(taken.heard, genre, None, len(taken.y) / TAKEN_SR, number)
            names.append((genre, score.mood, ARRANGED + number))
            path = _path(cache, *names[-1])
            if not path.exists():
                _measure(path, tagger, score)
    return _pieces(cache, names)


def load(cache: Path, seeds: range) -> Pieces:
    """The measured pieces of ``seeds``."""
    return _pieces(cache, [(g, m, s) for s in seeds for g in GENRES for m in MOODS])


def _pieces(cache: Path, names: list[tuple[str, str, int]]) -> Pieces:
    found = [np.load(_path(cache, *name)) for name in names]
    genre, mood, seed = zip(*names, strict=True)
    columns = {
        name: np.array([row[name] for row in found], np.float32)
        for name in ("embedding", "tags", "descriptors")
    }
    return Pieces(np.array(genre), np.array(mood), np.array(seed), **columns)


def tables(train: Pieces, test: Pieces) -> None:
    """Print the confusion matrices and the distances."""
    for field in WORDS:
        zero_shot(field, test)
    learnt(train, test)
    for name, vectors in (("embedding", test.embedding), ("descriptors", test.descriptors)):
        distances(test, vectors, name)


def zero_shot(field: str, pieces: Pieces) -> None:
    """What the pretrained tags call each piece, each tag in spreads from its mean over all pieces.

    Only words that a tag means take part, with the pieces that were asked to be one of them.
    """
    meaning = genre_of if field == "genre" else mood_of
    meant = [meaning(tag) for tag in TAG_NAMES]
    words = [word for word in WORDS[field] if word in meant]
    levels = np.log(pieces.tags + 1e-4)
    levels = (levels - levels.mean(axis=0)) / levels.std(axis=0)
    scores = np.stack(
        [levels[:, [i for i, m in enumerate(meant) if m == word]].max(axis=1) for word in words], 1
    )
    asked = pieces.genre if field == "genre" else pieces.mood
    rows = np.isin(asked, words)
    truth = np.array([words.index(word) for word in asked[rows]])
    print(f"\n### {field}, pretrained tags untrained ({len(words)} words have a tag)\n")
    show(confusion_matrix(truth, scores[rows].argmax(axis=1), len(words)), words)
    areas = [f"{word} {roc_auc(asked == word, scores[:, i]):.2f}" for i, word in enumerate(words)]
    print("ROC area of a word's tags among all pieces: " + ", ".join(areas))


def learnt(train: Pieces, test: Pieces, fields: Sequence[str] = tuple(WORDS)) -> None:
    """Confusion of the classifier trained on some seeds and asked about others."""
    examples = _examples(train, test)
    for field in fields:
        found = learn_field(field, examples, seed=0, precision=0.9)[1]
        print(f"\n### {field}, classifier trained on {len(train.seed)} pieces of other seeds\n")
        show(np.array(found["confusion"]), WORDS[field])
        right = (found["labelled_precision"] or {"value": 0})["value"]
        print(f"labels given at 90% precision: {found['labelled_share']:.0%} of the pieces, "
              f"{right:.0%} right", flush=True)  # fmt: skip


def _examples(train: Pieces, test: Pieces) -> Examples:
    both = [np.concatenate(pair) for pair in zip(_columns(train), _columns(test), strict=True)]
    genre, mood, seed, embedding, tags, descriptors = both
    last = train.seed.max()
    split = np.where(np.isin(seed, np.unique(test.seed)), "test",
                     np.where(seed == last, "validation", "train"))  # fmt: skip
    names = [dict(zip(TAG_NAMES, row.tolist(), strict=True)) for row in tags]
    return Examples(np.array([str(i) for i in range(len(seed))]), embedding, descriptors,
                    tuple(names), genre.astype(object), mood.astype(object), split,
                    np.array([f"seed {s}" for s in seed]))  # fmt: skip


def _columns(p: Pieces) -> tuple[np.ndarray, ...]:
    return p.genre, p.mood, p.seed, p.embedding, p.tags, p.descriptors


def distances(pieces: Pieces, vectors: np.ndarray, name: str) -> None:
    """How far pieces of two genres are from each other, against two seeds of the same wish.

    Distances are Euclidean between standardised vectors; 1 is the mean between two seeds that were
    asked the same genre and mood.
    """
    x = (vectors - vectors.mean(axis=0)) / np.maximum(vectors.std(axis=0), 1e-9)
    gaps = np.linalg.norm(x[:, None] - x[None], axis=2)
    genre, mood = pieces.genre, pieces.mood
    same = (
        (genre[:, None] == genre) & (mood[:, None] == mood) & (pieces.seed[:, None] != pieces.seed)
    )
    unit = gaps[same].mean()
    own_mood = mood[:, None] == mood
    between = {
        (a, b): gaps[(genre[:, None] == a) & (genre == b) & own_mood].mean() / unit
        for i, a in enumerate(GENRES) for b in GENRES[i + 1 :]
    }  # fmt: skip
    own_genre = genre[:, None] == genre
    moods = {
        (a, b): gaps[(mood[:, None] == a) & (mood == b) & own_genre].mean() / unit
        for i, a in enumerate(MOODS) for b in list(MOODS)[i + 1 :]
    }  # fmt: skip
    print(f"\n### distances in {name}, between two seeds of one wish = 1\n")
    for kind, found in (("genres, same mood", between), ("moods, same genre", moods)):
        order = sorted(found, key=lambda pair: found[pair])
        nearest = ", ".join(f"{a} and {b} {found[a, b]:.2f}" for a, b in order[:4])
        values = np.array(list(found.values()))
        print(f"{kind}: mean of pairs {values.mean():.2f}, above 1 for {(values > 1).sum()} of "
              f"{len(values)} pairs; nearest {nearest}")  # fmt: skip


def show(confusion: np.ndarray, words: tuple[str, ...] | list[str]) -> None:
    """Print a confusion matrix: a row for each asked word, a column for each heard one."""
    print("| asked | " + " | ".join(words) + " | right |")
    print("|---" * (len(words) + 2) + "|")
    for word, row in zip(words, confusion, strict=True):
        share = row[words.index(word)] / max(1, row.sum())
        print(f"| {word} | " + " | ".join(str(n) if n else "" for n in row) + f" | {share:.2f} |")
    print(f"\nmacro-F1 {macro_f1(confusion):.3f}, accuracy {accuracy(confusion):.3f} of "
          f"{confusion.sum()} (chance {1 / len(words):.3f})")  # fmt: skip


def means(pieces: Pieces) -> None:
    """Print each descriptor's mean for each mood, in spreads from its genre's mean."""
    x = pieces.descriptors.copy()
    for genre in GENRES:
        rows = pieces.genre == genre
        x[rows] = (x[rows] - x[rows].mean(axis=0)) / np.maximum(x[rows].std(axis=0), 1e-9)
    print("| descriptor | " + " | ".join(MOODS) + " | share between moods |")
    table = np.stack([x[pieces.mood == mood].mean(axis=0) for mood in MOODS])
    share = (table**2).mean(axis=0)
    for i in np.argsort(-share):
        row = " | ".join(f"{v:+.1f}" for v in table[:, i])
        print(f"| {DESCRIPTOR_NAMES[i]} | {row} | {share[i]:.2f} |")


def main() -> None:
    """Run the command that was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "what", nargs="?", default="all", choices=("all", "render", "tables", "means", "arranged")
    )
    parser.add_argument("files", nargs="*", type=Path, help="recordings to arrange")
    parser.add_argument("--cache", type=Path, default=Path("data/cache/recognition"))
    parser.add_argument("--train-cache", type=Path, help="another FOLDER to learn from")
    parser.add_argument(
        "--tagger", type=Path, default=Path("data/cache"), help="the tagger's cache"
    )
    parser.add_argument("--soundfont", type=Path, help="what acoustic instruments are played from")
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 5))
    parser.add_argument("--train", type=int, nargs=2, default=(0, 3))
    parser.add_argument("--test", type=int, nargs=2, default=(3, 5))
    given = parser.parse_args()
    train = range(*given.train)
    if given.what in ("all", "render"):
        font = open_soundfont(given.soundfont, SR) if given.soundfont else None
        measure(given.cache, given.tagger, range(*given.seeds), font)
    if given.what in ("all", "tables"):
        learnt_from = load(given.train_cache or given.cache, train)
        tables(learnt_from, load(given.cache, range(*given.test)))
    if given.what == "means":
        means(load(given.cache, range(*given.seeds)))
    if given.what == "arranged":
        test = arranged(given.cache, given.tagger, given.files)
        learnt(load(given.train_cache or given.cache, train), test, ("genre",))


if __name__ == "__main__":
    main()
