"""Whether the voice sings what is written, and whether a rearranged recording is still itself.

python -m benchmarks.songs voice --songs 10
python -m benchmarks.songs transfer --songs 8

Pitch and chroma are librosa's, so that nobody marks their own work.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace

import librosa
import numpy as np

from data_catalog.vocabulary import GENRES
from features.pitch import KEYS
from serving.composer import Brief, Score, compose, compose_song, render
from serving.composer.restyle import restyle

SR = 22_050
HOP = 512
WORDS = (
    "Morning over water\nThe light is coming home\nCarry me over the sea",
    "Gökyüzünde yıldızlar\nDenizin sesi bana\nSöylüyor bu gece",
)


def voice(songs: int) -> None:
    """Cents between the voice's pitch and the melody, over all frames that librosa hears sung."""
    errors = []
    for number in range(songs):
        genre = [*GENRES][number % len(GENRES)]
        brief = Brief(genre, tempo_bpm=100.0, duration_s=40.0, seed=number)
        score = compose_song(brief, WORDS[number % 2])
        found = _cents(score)
        errors.append(found)
        print(f"{genre}: {np.mean(np.abs(found) <= 50):.1%} of {len(found)} frames")
    cents = np.abs(np.concatenate(errors))
    worst = min(np.mean(np.abs(found) <= 50) for found in errors)
    print(
        f"{songs} songs, {len(cents)} voiced frames: {np.mean(cents <= 50):.1%} within 50 cents, "
        f"median {np.median(cents):.0f} cents, worst song {worst:.1%}"
    )


def _cents(score: Score) -> np.ndarray:
    """Signed error of each voiced frame that falls into a syllable, [frames]."""
    y = render(score, SR).stems["voice"].mean(axis=1)
    f0, voiced, _ = librosa.pyin(y, fmin=90, fmax=900, sr=SR, hop_length=HOP)
    written = np.full(len(f0), math.nan)
    beat_s = score.seconds_per_beat
    for syllable in score.syllables:
        a = round(syllable.start * beat_s * SR / HOP)
        b = round((syllable.start + syllable.length) * beat_s * SR / HOP)
        written[a:b] = 440.0 * 2 ** ((syllable.pitch - 69) / 12)
    sung = voiced & np.isfinite(written) & np.isfinite(f0)
    return 1200 * np.log2(f0[sung] / written[sung])


def transfer(songs: int) -> None:
    """Chroma similarity of rearranged songs to their sources, to others, and to others in the
    same key.
    """
    genres = [*GENRES]
    sources, made, relatives = [], [], []
    for number in range(songs):
        key = KEYS[(7 * number) % len(KEYS)]
        brief = Brief(genres[number % 10], key=key, tempo_bpm=96 + 4 * number, duration_s=20.0,
                      seed=number)  # fmt: skip
        y = render(compose(brief), SR, stems=False).mix
        target = genres[(number + 3) % 10]
        sources.append(_chroma(y))
        made.append(_chroma(restyle(y, SR, target, seed=1, sample_rate=SR).performance.mix))
        other = compose(replace(brief, seed=100 + number))
        relatives.append(_chroma(render(other, SR, stems=False).mix))
    own = [_similarity(m, s) for m, s in zip(made, sources, strict=True)]
    same_key = [_similarity(m, r) for m, r in zip(made, relatives, strict=True)]
    others = [
        _similarity(m, s) for i, m in enumerate(made) for k, s in enumerate(sources) if i != k
    ]
    for name, found in (("its source", own), ("others in its key", same_key), ("others", others)):
        print(f"to {name}: median {np.median(found):.2f}, {min(found):.2f} to {max(found):.2f}")
    above = np.mean([o > max(_similarity(m, s) for k, s in enumerate(sources) if k != i)
                     for i, (o, m) in enumerate(zip(own, made, strict=True))])  # fmt: skip
    print(f"nearest of all sources is its own: {above:.0%} of {songs}")


def _chroma(y: np.ndarray) -> np.ndarray:
    """Chroma in blocks of half a second, each without its mean, shape (12, blocks)."""
    chroma = librosa.feature.chroma_stft(y=y.mean(axis=1), sr=SR, n_fft=8192, hop_length=SR // 8)
    blocks = chroma[:, : chroma.shape[1] // 4 * 4].reshape(12, -1, 4).mean(axis=2)
    return blocks - blocks.mean(axis=0)


def _similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two chromagrams over their common length."""
    n = min(a.shape[1], b.shape[1])
    return float(np.corrcoef(a[:, :n].ravel(), b[:, :n].ravel())[0, 1])


def main() -> None:
    """Run the command that was asked for, or both shortly."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command")
    for name, songs in (("voice", 10), ("transfer", 8)):
        commands.add_parser(name).add_argument("--songs", type=int, default=songs)
    given = parser.parse_args()
    if given.command in (None, "voice"):
        voice(getattr(given, "songs", 2))
    if given.command in (None, "transfer"):
        transfer(getattr(given, "songs", 3))


if __name__ == "__main__":
    main()
