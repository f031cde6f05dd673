"""Time to train on, and to label, a catalog of 10,000 tracks with cached embeddings.

The tracks are drawn around a centre for each genre and mood, so the scores mean nothing here.
Usage: python -m benchmarks.classifier [TRACKS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from data_catalog.snapshots.snapshot import create_snapshot
from tests.training.catalog import learnable_home
from training.classifier.label import label_tracks
from training.classifier.train import ClassifierConfig, train_classifier


def main(tracks: int) -> None:
    """Print seconds of wall clock and of processor time for each step."""
    with tempfile.TemporaryDirectory() as folder:
        home = learnable_home(Path(folder) / "home", tracks)
        create_snapshot(home, "bench")
        print(f"{tracks} tracks | wall s | processor s")
        for name, step in (
            ("train", lambda: train_classifier(home, ClassifierConfig("bench"))),
            ("label", lambda: label_tracks(home)),
            ("label again", lambda: label_tracks(home)),
        ):
            wall, work = time.perf_counter(), time.process_time()
            step()
            wall, work = time.perf_counter() - wall, time.process_time() - work
            print(f"{name:11s} | {wall:6.1f} | {work:6.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
