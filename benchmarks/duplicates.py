"""How well duplicates are found, and how many fingerprints one machine can cluster.

python -m benchmarks.duplicates accuracy --real FOLDER   # precision and recall on bad copies
python -m benchmarks.duplicates scale --tracks 1000000   # time and memory on made-up prints
"""

from __future__ import annotations

import argparse
import io
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from data_catalog.duplicates.candidates import (
    CHANCE_OF_EQUAL_WORDS,
    candidate_pairs,
    sketch_size,
    sketches_of,
)
from data_catalog.duplicates.clusters import Clusters
from data_catalog.duplicates.links import verdict
from features.alignment import compare, sounding_s
from features.fingerprint import fingerprint
from serving.composer import Brief, compose, render

Signal = npt.NDArray[np.float32]
SR = 44_100
CLIP_S = 30.0
SHORTEST_S = 15.0
FAST = "0.5% fast"
VOCABULARY = round(1 / CHANCE_OF_EQUAL_WORDS)


def coded(y: Signal, container: str, subtype: str, level: float) -> Signal:
    """``y`` through a lossy codec; ``level`` 0 is the best, 1 the worst quality."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", SR, 1, format=container, subtype=subtype, compression_level=level
    ) as file:
        for start in range(0, len(y), 4096):
            file.write(y[start : start + 4096])
    buffer.seek(0)
    return soundfile.read(buffer, dtype="float32")[0]


def mp3(y: Signal) -> Signal:
    """A small MP3."""
    return coded(y, "MP3", "MPEG_LAYER_III", 0.9)


def ogg(y: Signal) -> Signal:
    """A small Ogg Vorbis."""
    return coded(y, "OGG", "VORBIS", 0.9)


def trimmed(y: Signal, start_s: float, end_s: float) -> Signal:
    """Without its first and last seconds."""
    return y[round(start_s * SR) : len(y) - round(end_s * SR)]


def padded(y: Signal, start_s: float, end_s: float) -> Signal:
    """With silence around it."""
    return np.pad(y, (round(start_s * SR), round(end_s * SR)))


def remastered(y: Signal) -> Signal:
    """Brighter, compressed and 3 dB louder."""
    bright = np.append(y[:1], y[1:] - 0.5 * y[:-1])
    return np.tanh(2.0 * bright / max(np.abs(bright).max(), 1e-9)).astype(np.float32)


def telephone(y: Signal) -> Signal:
    """Through 8 kHz."""
    return soxr.resample(soxr.resample(y, SR, 8_000), 8_000, SR).astype(np.float32)


def faster(y: Signal) -> Signal:
    """0.5% fast, as from a badly set tape."""
    at = np.arange(0, len(y) - 1, 1.005)
    return np.interp(at, np.arange(len(y)), y).astype(np.float32)


COPIES: dict[str, Callable[[Signal], Signal]] = {
    "-18 dB": lambda y: 0.125 * y,
    "MP3, low": mp3,
    "Ogg, low": ogg,
    "3.3 s off the start, 2 s off the end": lambda y: trimmed(y, 3.31, 2.0),
    "half a hop late, MP3": lambda y: mp3(trimmed(y, 0.062, 0.0)),
    "5.7 s of silence before, 3 s after": lambda y: padded(y, 5.7, 3.0),
    "middle 60%": lambda y: trimmed(y, len(y) / SR * 0.2, len(y) / SR * 0.2),
    "remaster": remastered,
    "8 kHz": telephone,
    FAST: faster,
    "noise at -20 dB": lambda y: (
        y + np.random.default_rng(0).normal(0, 0.1 * y.std(), len(y)).astype(np.float32)
    ),
}


def real(folder: Path | None, clip_s: float) -> Iterator[tuple[str, Signal]]:
    """The middle of every audio file below ``folder``."""
    if folder is None:
        return
    paths = [p for p in folder.rglob("*") if p.suffix.lower() in {".ogg", ".flac", ".wav", ".mp3"}]
    for path in sorted(paths):
        with soundfile.SoundFile(path) as file:
            frames = round(clip_s * file.samplerate)
            file.seek(max(0, (file.frames - frames) // 2))
            y = file.read(frames, dtype="float32", always_2d=True).mean(axis=1)
            if len(y) < SHORTEST_S * file.samplerate:
                continue
            yield str(path), y if file.samplerate == SR else soxr.resample(y, file.samplerate, SR)


def composed(clip_s: float) -> Iterator[tuple[str, Signal]]:
    """Songs that invite mistakes: the same style, tempo and key, and the same seed elsewhere."""
    for seed in range(12):
        brief = Brief("rock", "happy", 120.0, "C major", clip_s, seed)
        yield f"same brief, seed {seed}", _rendered(brief)
    for genre in ("jazz", "electronic", "lo-fi"):
        for seed in range(4):
            yield f"{genre} {seed}", _rendered(Brief(genre, None, 100.0, "A minor", clip_s, seed))
    for key in ("C major", "D major"):
        for tempo in (100.0, 120.0):
            yield (
                f"cover in {key} at {tempo}",
                _rendered(Brief("pop", "sad", tempo, key, clip_s, 7)),
            )


def _rendered(brief: Brief) -> Signal:
    return render(compose(brief), sample_rate=SR).mix.mean(axis=1).astype(np.float32)


@dataclass(frozen=True)
class Print:
    """A fingerprint of one copy: of which original, and how degraded."""

    of: str
    kind: str
    words: npt.NDArray[np.uint32]


def prints_of(name: str, y: Signal) -> list[Print]:
    """The original and its copies."""
    signals = {"original": y} | {kind: degrade(y) for kind, degrade in COPIES.items()}
    return [Print(name, kind, fingerprint(z, SR)) for kind, z in signals.items()]


def score(prints: list[Print]) -> None:
    """Every pair through index and comparison, against what is known of it."""
    size = sketch_size(len(prints))
    pairs = candidate_pairs(sketches_of((one.words for one in prints), size))
    found = []
    for i, j in pairs.tolist():
        one, other = prints[i], prints[j]
        match = compare(one.words, other.words)
        if verdict(match, sounding_s(one.words), sounding_s(other.words)) == "copy":
            found.append((one, other, match))
    right = [pair for pair in found if pair[0].of == pair[1].of]
    wrong = [pair for pair in found if pair[0].of != pair[1].of]
    copies = len(COPIES) + 1
    total = len(prints) // copies * (copies * (copies - 1) // 2)
    steady = [pair for pair in right if FAST not in (pair[0].kind, pair[1].kind)]
    total_steady = len(prints) // copies * ((copies - 1) * (copies - 2) // 2)
    print(f"{len(prints) // copies} originals, {len(prints)} tracks, {len(pairs)} candidates")
    print(f"precision {len(right) / max(len(found), 1):.4f}, {len(wrong)} of {len(found)} wrong")
    print(f"recall {len(right) / total:.4f} of {total} pairs, "
          f"{len(steady) / total_steady:.4f} of {total_steady} without {FAST}")  # fmt: skip
    for one, other, match in wrong[:20]:
        print(f"  wrong: {one.of[-50:]} ({one.kind}) = {other.of[-50:]} ({other.kind}), {match}")
    to_original = {(b.of, b.kind) for a, b, _ in right if a.kind == "original"}
    for kind in COPIES:
        of_kind = [one for one in prints if one.kind == kind]
        print(f"  {kind}: {sum((p.of, p.kind) in to_original for p in of_kind)} of {len(of_kind)}")


class MadeUp:
    """Fingerprints whose words meet by chance as often as real ones; one in 40 is a copy.

    A copy keeps one word in eight, as after a trim of half a hop and a low MP3, has 5% of its bits
    flipped elsewhere, and lacks up to a fifth of the track.
    """

    def __init__(self, tracks: int) -> None:
        self.tracks = tracks
        self.spent = 0.0
        self.originals = tracks - tracks // 40
        rng = np.random.default_rng(0)
        self.words = rng.integers(0, 2**32, VOCABULARY, dtype=np.uint32)

    def original_of(self, track: int) -> int:
        """The track that ``track`` copies, or itself."""
        return track if track < self.originals else (track - self.originals) * 7 % self.originals

    def fingerprint(self, track: int) -> npt.NDArray[np.uint32]:
        """About two minutes of words, the same whenever asked."""
        rng = np.random.default_rng(self.original_of(track))
        words = self.words[rng.integers(0, VOCABULARY, rng.integers(700, 1200))]
        if track < self.originals:
            return words
        rng = np.random.default_rng(track)
        words = words[rng.integers(0, len(words) // 5) :]
        flips = np.zeros(len(words), dtype=np.uint32)
        for _ in range(2):
            flips |= np.uint32(1) << rng.integers(0, 32, len(words), dtype=np.uint32)
        return words ^ np.where(rng.random(len(words)) < 1 / 8, np.uint32(0), flips)

    def timed(self, tracks: Iterable[int]) -> Iterator[npt.NDArray[np.uint32]]:
        """Fingerprints one by one; what making them up takes is added to ``spent``, CPU s."""
        for track in tracks:
            started = time.process_time()
            words = self.fingerprint(track)
            self.spent += time.process_time() - started
            yield words


def scale(tracks: int) -> None:
    """Cluster ``tracks`` made-up fingerprints; prints are made again when compared, as if read."""
    made = MadeUp(tracks)
    size = sketch_size(tracks)
    clock = time.process_time()
    sketches = sketches_of(made.timed(range(tracks)), size)
    taken = time.process_time() - clock - made.spent
    print(f"sketches: {taken:.0f} CPU s, {size} words each at most "
          f"({made.spent:.0f} s to make prints up)", flush=True)  # fmt: skip
    clock = time.process_time()
    pairs = candidate_pairs(sketches)
    print(f"index: {time.process_time() - clock:.0f} CPU s, {len(pairs)} candidates, "
          f"peak {peak_gib():.2f} GiB", flush=True)  # fmt: skip
    del sketches
    clock, made.spent = time.process_time(), 0.0
    clusters, links = Clusters(), []
    for i, j in pairs.tolist():
        one, other = made.timed((i, j))
        if verdict(compare(one, other), sounding_s(one), sounding_s(other)) == "copy":
            links.append((i, j))
            clusters.join(str(i), str(j))
    print(f"compare: {time.process_time() - clock - made.spent:.0f} CPU s", flush=True)
    right = sum(made.original_of(i) == made.original_of(j) for i, j in links)
    tied = {i for pair in links for i in pair}
    copies = sum(track in tied for track in range(made.originals, tracks))
    print(f"links: {right} of {len(links)} right; copies found: {copies} of {tracks // 40}; "
          f"clusters: {len(clusters.members())}")  # fmt: skip


def peak_gib() -> float:
    """Most memory that this process held so far, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Run one of the two measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("accuracy", "scale"), nargs="?", default="accuracy")
    parser.add_argument("--real", type=Path, help="folder of real music")
    parser.add_argument("--clip", type=float, default=CLIP_S, help="seconds of each original")
    parser.add_argument("--tracks", type=int, default=100_000)
    options = parser.parse_args()
    started = time.perf_counter()
    if options.what == "accuracy":
        originals = chain(composed(options.clip), real(options.real, options.clip))
        score([one for name, y in originals for one in prints_of(name, y)])
    else:
        scale(options.tracks)
    print(f"{time.perf_counter() - started:.0f} s, peak {peak_gib():.2f} GiB")


if __name__ == "__main__":
    main()
