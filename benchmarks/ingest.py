"""What a second ingestion of an unchanged collection costs: beside its listing, beside hashing.

python -m benchmarks.ingest --files 10000 --kib 64
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.sources import FolderSource
from features.audio.reader import encode

PER_FOLDER = 100


def main() -> None:
    """Make the collection, ingest it twice, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="number of files")
    parser.add_argument("--kib", type=int, default=64, help="size of each, KiB")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions; the best counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        music, home = Path(folder) / "music", Home(Path(folder) / "home")
        make_collection(music, options.files, options.kib)
        first = best(1, lambda: ingest(home, FolderSource(music, home)))
        rows = (
            ("listing alone: scandir and stat", best(options.rounds, lambda: listed(music))),
            ("second ingestion, nothing changed", best(options.rounds, lambda: again(home, music))),
            ("hashing every file again", best(1, lambda: hash_all(music))),
            ("first ingestion", first),
        )
    print(f"{options.files} files of {options.kib} KiB, warm page cache")
    print("| what | processor s | wall s | processor us a file |\n|---|---|---|---|")
    for name, (processor, wall) in rows:
        per_file = 1e6 * processor / options.files
        print(f"| {name} | {processor:.2f} | {wall:.2f} | {per_file:.0f} |")


def make_collection(music: Path, files: int, kib: int) -> None:
    """WAV files of noise, each with a content of its own, some to a folder."""
    samples = kib * 512
    rng = np.random.default_rng(0)
    for number in range(files):
        folder = music / f"{number // PER_FOLDER:05d}"
        folder.mkdir(parents=True, exist_ok=True)
        encode(folder / f"{number}.wav", rng.uniform(-0.5, 0.5, samples), 22_050)


def walk(folder: Path) -> Iterator[os.stat_result]:
    """The cheapest listing with sizes and times."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from walk(Path(entry.path))
            else:
                yield entry.stat()


def listed(music: Path) -> int:
    """Number of files, by the cheapest listing."""
    return sum(1 for _ in walk(music))


def again(home: Home, music: Path) -> None:
    """A second run, which must find nothing new."""
    report = ingest(home, FolderSource(music, home))
    assert report.unchanged == report.listed, report


def hash_all(music: Path) -> None:
    """What a re-run would cost if it had to look into the files."""
    for path in music.rglob("*.wav"):
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")


def best(rounds: int, work: Callable[[], object]) -> tuple[float, float]:
    """Least processor and wall seconds of several rounds."""
    spent = []
    for _ in range(rounds):
        processor, wall = time.process_time(), time.perf_counter()
        work()
        spent.append((time.process_time() - processor, time.perf_counter() - wall))
    return min(p for p, _ in spent), min(w for _, w in spent)


if __name__ == "__main__":
    main()
