"""Does the composer obey, and how fast is it?

`python -m benchmarks.composer grid --pieces 40` composes pieces over genres, moods, tempi of
60-180 BPM and 24 keys, and counts how often plain estimators find the tempo within 1% (octaves not
folded) and the exact key: our features, librosa, Essentia.
With `--first 60`, pieces 60 to `--pieces` alone: long grids in slices. With `--genres hip-hop
--moods dark`, these alone. With `--soundfont FILE`, acoustic parts are played from it.
`python -m benchmarks.composer levels` measures loudness, true peak, direct current and what mono
loses over random requests.
`python -m benchmarks.composer speed` times composing and playing, in CPU time of one core.
`python -m benchmarks.composer live` times the first sound of a stream in a warm process.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from data_catalog.vocabulary import GENRES, MOODS
from features.harmony.key import estimate_key
from features.harmony.pitch import KEYS, key_name, parse_key
from features.levels.loudness import measure_loudness
from features.rhythm.tempo import estimate_tempo
from serving.composer import Brief, Dials, LiveMusic, compose, render
from serving.composer.exact import Dice
from serving.composer.sound.soundfont import Soundfont, open_soundfont

SR = 44100
SECONDS = 20.0
Finder = Callable[[np.ndarray], tuple[float | None, str | None]]


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what", nargs="?", default="all", choices=("all", "grid", "levels", "speed", "live")
    )
    parser.add_argument("--pieces", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--genres", nargs="+", default=GENRES, choices=GENRES)
    parser.add_argument("--moods", nargs="+", default=tuple(MOODS), choices=tuple(MOODS))
    parser.add_argument("--only", nargs="*", default=["ours", "librosa", "essentia"])
    parser.add_argument("--soundfont", type=Path, help="what acoustic instruments are played from")
    options = parser.parse_args()
    font = open_soundfont(options.soundfont, SR) if options.soundfont else None
    asked = briefs(options.pieces, options.seed, options.genres, options.moods)[options.first :]
    if options.what in ("all", "grid"):
        measure_grid(asked, options.only, font)
    if options.what in ("all", "levels"):
        measure_levels(asked)
    if options.what in ("all", "speed"):
        measure_speed()
    if options.what in ("all", "live"):
        measure_live()


def briefs(
    pieces: int, seed: int, genres: Sequence[str] = GENRES, moods: Sequence[str] = tuple(MOODS)
) -> list[Brief]:
    """Genres and moods in turn, tempo and key by lot."""
    dice = Dice(seed, "grid")
    return [
        Brief(
            genres[i % len(genres)],
            moods[(i // len(genres) + i) % len(moods)],
            float(60 + dice.integer(121)),
            KEYS[dice.integer(24)],
            SECONDS,
            i,
        )
        for i in range(pieces)
    ]


def measure_grid(asked: list[Brief], only: list[str], font: Soundfont | None) -> None:
    """Print the share of tempi and keys that each estimator finds, and our misses."""
    finders: dict[str, Finder] = {"ours": ours, "librosa": by_librosa, "essentia": by_essentia}
    hits = {name: [0, 0, 0] for name in only}
    for number, brief in enumerate(asked, 1):
        y = render(compose(brief), SR, stems=False, soundfont=font).mix
        for name in only:
            tempo, key = finders[name](y)
            wanted = float(brief.tempo_bpm or 0)
            right = tempo is not None and abs(tempo / wanted - 1) <= 0.01
            folded = tempo is not None and any(
                abs(tempo * f / wanted - 1) <= 0.04 for f in (0.5, 1, 2, 3, 1 / 3)
            )
            hits[name] = [hits[name][0] + right, hits[name][1] + (key == brief.key),
                          hits[name][2] + folded]  # fmt: skip
            if name == "ours" and not (right and key == brief.key):
                print(f"{brief.genre} {brief.mood} {wanted:g} -> {tempo}, {brief.key} -> {key}")
        if number % 10 == 0 or number == len(asked):
            for name, (tempo_hits, key_hits, folded_hits) in hits.items():
                print(f"{number} {name}: tempo within 1% {tempo_hits / number:.3f}, octaves folded "
                      f"(4%) {folded_hits / number:.3f}, exact key {key_hits / number:.3f}",
                      flush=True)  # fmt: skip


def measure_levels(asked: list[Brief]) -> None:
    """Print the range of each level over pieces of 5 to 40 s."""
    dice, rows = Dice(len(asked), "levels"), []
    for brief in asked:
        piece = replace(brief, duration_s=5.0 + 35.0 * dice.uniform())
        y = render(compose(piece), SR, stems=False).mix
        loudness = measure_loudness(y, SR)
        lost = np.mean(np.square(y), dtype=np.float64) / np.mean(y.mean(axis=1) ** 2)
        rows.append((
            loudness.integrated_lufs, loudness.true_peak_dbtp, np.abs(y.mean(axis=0)).max(),
            10 * np.log10(lost),
        ))  # fmt: skip
    names = ("LUFS", "dBTP", "direct current", "dB lost in mono")
    for name, values in zip(names, np.array(rows, float).T, strict=True):
        print(f"{name}: {values.min():.4g} to {values.max():.4g} over {len(values)} pieces")


def ours(y: np.ndarray) -> tuple[float | None, str | None]:
    """Shiroa's features."""
    return estimate_tempo(y, SR).bpm, estimate_key(y, SR).name


def by_librosa(y: np.ndarray) -> tuple[float | None, str | None]:
    """librosa's beat tracker, and its chroma against Krumhansl's profiles."""
    import librosa

    mono = librosa.resample(y.mean(axis=1), orig_sr=SR, target_sr=22050)
    tempo = float(np.atleast_1d(librosa.beat.beat_track(y=mono, sr=22050)[0])[0])
    chroma = librosa.feature.chroma_stft(y=mono, sr=22050).mean(axis=1)
    major = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
    minor = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
    fits = {
        (root, mode): np.corrcoef(chroma, np.roll(profile, root))[0, 1]
        for mode, profile in (("major", major), ("minor", minor))
        for root in range(12)
    }
    return tempo, key_name(*max(fits, key=lambda k: fits[k]))


def by_essentia(y: np.ndarray) -> tuple[float | None, str | None]:
    """Essentia's RhythmExtractor2013 and KeyExtractor as they come."""
    import essentia

    essentia.log.infoActive = False
    import essentia.standard as es

    mono = np.ascontiguousarray(y.mean(axis=1), np.float32)
    tempo = es.RhythmExtractor2013(method="multifeature")(mono)[0]
    tonic, mode, _ = es.KeyExtractor()(mono)
    return float(tempo), key_name(parse_key(tonic)[0], mode)


def measure_speed() -> None:
    """Print seconds of music per second of CPU, for each genre."""
    total = 0.0
    for genre in GENRES:
        render(compose(Brief(genre, duration_s=2)), SR, stems=False)
        started = time.process_time()
        render(compose(Brief(genre, duration_s=30, seed=5)), SR, stems=False)
        spent = time.process_time() - started
        total += spent
        print(f"{genre}: {30 / spent:.0f}x realtime")
    print(f"all: {300 / total:.0f}x realtime")


def measure_live() -> None:
    """Print milliseconds to the first sound and the speed of the following ones."""
    for genre in GENRES:
        list(islice(LiveMusic(Dials(genre), 1).bars(), 2))
        started, wall = time.process_time(), time.perf_counter()
        bars = LiveMusic(Dials(genre), 2).bars()
        next(bars)
        first = time.process_time() - started, time.perf_counter() - wall
        started = time.process_time()
        seconds = sum(len(block.audio) for block in islice(bars, 8)) / SR
        speed = seconds / (time.process_time() - started)
        print(f"{genre}: first sound {first[0] * 1000:.0f} ms of CPU ({first[1] * 1000:.0f} ms of "
              f"wall time), then {speed:.0f}x realtime")  # fmt: skip


if __name__ == "__main__":
    main()
