"""How fast extraction is against decoding alone and against Essentia's MusicExtractor.

Files are FLAC given by path, or else two minutes composed here. All measurements of one run use
the same files, one core and processor time, best of some rounds (MusicExtractor: one).
Run: python -m benchmarks.extraction FILE... [--tagger CACHE] [--rounds N] [--workers] [--memory]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from features.audio.reader import AudioReader, probe
from features.extract import extract_file
from features.workers import keep_main_out_of_workers, run_in_workers

WORKERS_S: Final = 15.0
"""About how long one worker works in the measurement of the pool."""


def decode_only(path: Path) -> None:
    """Decode to int16 and drop it: the floor."""
    import soundfile as sf

    sf.read(path, dtype="int16")


def decode_checked(path: Path) -> None:
    """Decode in blocks with the MD5 of the PCM, as extraction does."""
    with AudioReader(path) as reader:
        for _ in reader.blocks():
            pass


def music_extractor(path: Path) -> None:
    """Essentia's MusicExtractor with its defaults."""
    import essentia

    essentia.log.infoActive = False
    import essentia.standard as es

    es.MusicExtractor()(str(path))


def seconds(function: Callable[[Path], object], paths: list[Path], rounds: int) -> float:
    """Processor time over all files, the best of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for path in paths:
            function(path)
        best = min(best, time.process_time() - started)
    return best


def table(paths: list[Path], tagger: Path | None, rounds: int) -> None:
    """Print the comparison."""
    audio_s = sum(probe(path).duration_s for path in paths)
    ways: dict[str, tuple[Callable[[Path], object], int]] = {
        "decode only (soundfile int16)": (decode_only, rounds),
        "decode in blocks with MD5": (decode_checked, rounds),
        "extraction without tags": (lambda path: extract_file(path, tagger_cache=None), rounds),
        "Essentia MusicExtractor": (music_extractor, 1),
    }
    if tagger is not None:
        ways["extraction with tags"] = (
            lambda path: extract_file(path, tagger_cache=tagger),
            rounds,
        )
    for function, _ in ways.values():
        function(paths[0])
    spent = {name: seconds(function, paths, times) for name, (function, times) in ways.items()}
    print(f"{len(paths)} files, {audio_s / 60:.1f} minutes of audio\n")
    print("| way | x realtime | against MusicExtractor | against decoding |")
    print("|---|---|---|---|")
    for name, value in spent.items():
        faster = spent["Essentia MusicExtractor"] / value
        share = spent["decode only (soundfile int16)"] / value
        print(f"| {name} | {audio_s / value:.0f} | {faster:.1f} | {share:.2f} |")


@dataclass(frozen=True)
class PoolRun:
    """A run of the pool, in seconds: of wall time until the first result, from it to the last, and
    inside each item; of processor time in each item, and in the process that owns the pool."""

    first_s: float
    rest_s: float
    item_s: tuple[float, ...]
    item_processor_s: tuple[float, ...]
    owner_s: float


def pool_run(items: list[str], count: int) -> PoolRun:
    """Extract ``items`` in ``count`` workers."""
    started, owner = time.perf_counter(), time.process_time()
    outcomes = run_in_workers(
        partial(extract_file, tagger_cache=None), items, workers=count, timeout_s=600
    )
    ends, inside, processor = [], [], []
    for outcome in outcomes:
        if outcome.value is None:
            raise SystemExit(f"{outcome.item}: {outcome.detail}")
        ends.append(time.perf_counter() - started)
        inside.append(outcome.seconds)
        processor.append(outcome.value.seconds)
    owner = time.process_time() - owner
    return PoolRun(ends[0], ends[-1] - ends[0], tuple(inside), tuple(processor), owner)


def workers(paths: list[Path]) -> None:
    """Print what a second worker brings, what the pool costs, and how soon a worker works.

    Rates are of the work done after the first results, so that neither the start nor the last
    file, which only one worker has, distorts them. By processor time: how much longer a file takes
    beside another, which holds on a machine that others use too.
    """
    items = [str(path) for path in sorted(paths, key=lambda p: p.stat().st_size, reverse=True)]
    warm = pool_run([items[0], *items], 1)
    start_s = warm.first_s - warm.item_s[1]
    repeats = max(2, round(WORKERS_S / sum(warm.item_s[1:])))
    items = [item for item in items for _ in range(repeats)]
    one, two = pool_run(items, 1), pool_run(items, 2)
    busy = sum(one.item_s[1:]) / one.rest_s
    wall = sum(one.item_s[2:]) / two.rest_s / busy
    processor = 2 * sum(one.item_processor_s[2:]) / sum(two.item_processor_s[2:])
    rows = {
        "from asking for a worker to its first work, imports included": f"{start_s:.2f} s",
        "two workers against one, by wall time": f"{wall:.2f}",
        "two workers against one, by processor time": f"{processor:.2f}",
        "pool: time that a worker waits between files": f"{100 * (1 - busy):.2f}%",
        "pool: processor time of its owner": f"{100 * one.owner_s / sum(one.item_s):.2f}%",
    }
    print(f"{len(items)} extractions of {len(paths)} files\n\n| figure | value |\n|---|---|")
    print("\n".join(f"| {name} | {value} |" for name, value in rows.items()))


def memory(minutes: int = 60) -> None:
    """Greatest memory of a process that extracts one long file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.flac"
        _write_long(path, minutes)
        code = (
            "import resource, sys; from pathlib import Path;"
            "from features.extract import extract_file;"
            "extract_file(Path(sys.argv[1]), tagger_cache=None);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
    unit = 1 if sys.platform == "darwin" else 1024
    print(f"{minutes} minutes of stereo: {int(done.stdout) * unit / 1e6:.0f} MB at most")


def _write_long(path: Path, minutes: int) -> None:
    import soundfile as sf

    sr = 44_100
    t = np.arange(60 * sr) / sr
    rng = np.random.default_rng(0)
    beat = np.exp(-30 * (t % 0.5)) * rng.standard_normal(len(t))
    chord = sum(np.sin(2 * np.pi * hz * t) for hz in (220.0, 277.2, 329.6))
    minute = (0.1 * np.stack([beat + chord, beat - chord], axis=1) * 32767).astype(np.int16)
    with sf.SoundFile(path, "w", sr, 2) as file:
        for _ in range(minutes):
            file.write(minute)


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--tagger", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", action="store_true")
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    keep_main_out_of_workers()
    with tempfile.TemporaryDirectory() as folder:
        files = options.files or composed(Path(folder))
        if not (options.workers or options.memory):
            table(files, options.tagger, options.rounds)
        if options.workers:
            workers(files)
    if options.memory:
        memory()


def composed(folder: Path) -> list[Path]:
    """Four composed tracks of half a minute."""
    from features.audio.reader import encode
    from serving.composer import Brief, compose, render

    paths = []
    for genre in ("rock", "jazz", "electronic", "classical"):
        path = folder / f"{genre}.flac"
        mix = render(compose(Brief(genre=genre, duration_s=30.0)), stems=False).mix
        encode(path, mix, 44_100)
        paths.append(path)
    return paths


if __name__ == "__main__":
    main()
