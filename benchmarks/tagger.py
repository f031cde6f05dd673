"""How many windows of a track the tagger needs: agreement with the whole track, and cost.

Usage: python benchmarks/tagger.py FOLDER [TRACKS]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from features.audio.reader import decode, resample, to_mono
from features.tagger.tagging import SAMPLE_RATE, WINDOW_SAMPLES, load_tagger, log_mel, window_starts

COUNTS = (2, 4, 6, 8, 12)
SUFFIXES = {".flac", ".ogg", ".opus", ".mp3", ".wav"}


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of the angle between two vectors."""
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def main(folder: Path, tracks: int) -> None:
    """Print one line for each count of windows, over the longest tracks of ``folder``."""
    tagger = load_tagger(Path("data/cache"))
    files = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    files = sorted(files, key=lambda path: path.stat().st_size, reverse=True)[:tracks]
    agreement: dict[int, list[tuple[float, float]]] = {count: [] for count in COUNTS}
    windows, seconds, audio_s = 0, 0.0, 0.0
    for path in files:
        audio = decode(path)
        y = resample(to_mono(audio.samples), audio.sample_rate, SAMPLE_RATE)
        starts = range(0, len(y) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES)
        before = time.process_time()
        outputs = tagger.run(np.stack([log_mel(y[s : s + WINDOW_SAMPLES]) for s in starts]))
        seconds += time.process_time() - before
        windows, audio_s = windows + len(starts), audio_s + len(y) / SAMPLE_RATE
        whole = [values.mean(axis=0) for values in outputs]
        for count in COUNTS:
            mel = np.stack(
                [log_mel(y[s : s + WINDOW_SAMPLES]) for s in window_starts(len(y), count)]
            )
            part = [values.mean(axis=0) for values in tagger.run(mel)]
            agreement[count].append((cosine(part[0], whole[0]), cosine(part[1], whole[1])))
    print(
        f"{len(files)} tracks, {audio_s / 60:.1f} min, {windows} windows, "
        f"{1000 * seconds / windows:.0f} ms of processor time a window"
    )
    print("windows | of the whole | tags, mean (worst) | embedding, mean (worst)")
    for count, found in agreement.items():
        tags, embedding = zip(*found, strict=True)
        print(
            f"{count:7d} | {100 * count * len(files) / windows:11.0f}% | "
            f"{np.mean(tags):.4f} ({min(tags):.4f}) | "
            f"{np.mean(embedding):.4f} ({min(embedding):.4f})"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8)
