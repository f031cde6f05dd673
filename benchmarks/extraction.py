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
from pathlib import Path

import numpy as np

from features.audio import AudioReader, probe
from features.extract import extract_file
from features.workers import run_in_workers


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


def measure(path: str) -> float:
    """What a worker does."""
    return extract_file(Path(path), tagger_cache=None).info.duration_s


def workers(paths: list[Path]) -> None:
    """Two workers against one, the pool's own cost and the start of a worker."""
    items = [str(path) for path in paths] * 3
    started = time.perf_counter()
    next(iter(run_in_workers(measure, items[:1], workers=1, timeout_s=600)))
    print(f"first result of a fresh worker: {time.perf_counter() - started:.2f} s")
    walls = {}
    for count in (1, 2):
        started = time.perf_counter()
        outcomes = list(run_in_workers(measure, items, workers=count, timeout_s=600))
        walls[count] = time.perf_counter() - started
        inside = sum(outcome.seconds for outcome in outcomes)
        print(f"{count} workers: {walls[count]:.1f} s, {inside:.1f} s inside the function")
    print(f"two workers are {walls[1] / walls[2]:.2f} times one")


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
    from features.audio import encode
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
