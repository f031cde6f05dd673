"""Whether the voice sings what is written, and whether a rearranged recording is still itself.

python -m benchmarks.songs voice --songs 10
python -m benchmarks.songs transfer --songs 8

Pitch, onsets and chroma are librosa's, so that nobody marks their own work. The level of a voice
over its accompaniment is measured where it sings; in recordings it is 1 dB on average since 1975,
above that in pop, country and rap, around 0 in rock (Gerdes and Siedenburg, "Lead-vocal level in
recordings of popular music 1946-2020", 2023). Glimpses are the share of cells of time and frequency
(300-6000 Hz, where the voice itself is not silent) in which it is 3 dB above the rest (Cooke, "A
glimpsing model of speech perception in noise", 2006).
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace

import librosa
import numpy as np

from data_catalog.vocabulary import GENRES
from features.harmony.pitch import KEYS
from serving.composer import Brief, Score, compose, compose_song, render
from serving.composer.transfer.restyle import restyle

SR = 22_050
HOP = 512
WORDS = (
    "Morning over water\nThe light is coming home\nCarry me over the sea",
    "Gökyüzünde yıldızlar\nDenizin sesi bana\nSöylüyor bu gece",
)


def voice(first: int, songs: int) -> None:
    """How in tune, how loud, how clear and how punctual the voice of each song is."""
    found = []
    print("| genre | language | within 50 cents | frames | voice over the rest, dB | glimpses | "
          "onset after its time, median ms | within 50 ms | syllables |")  # fmt: skip
    print("|---" * 9 + "|")
    for number in range(first, first + songs):
        genre = [*GENRES][number % len(GENRES)]
        language = ("en", "tr")[(number + number // len(GENRES)) % 2]
        brief = Brief(genre, tempo_bpm=100.0, duration_s=40.0, seed=number)
        score = compose_song(brief, WORDS[language == "tr"])
        made = render(score, SR)
        sung = made.stems["voice"]
        found.append(_measured(score, sung, made.mix - sung))
        print(f"| {genre} | {language} {found[-1]}", flush=True)
    print(f"| all | both {_mean(found)}")


@dataclass(frozen=True)
class Sung:
    """What was measured of one song."""

    tuned: float
    frames: int
    over: float
    glimpses: float
    late: float
    punctual: float
    syllables: int

    def __str__(self) -> str:
        return (f"| {self.tuned:.1%} | {self.frames} | {self.over:+.1f} | {self.glimpses:.0%} | "
                f"{self.late:+.0f} | {self.punctual:.0%} | {self.syllables} |")  # fmt: skip


def _measured(score: Score, sung: np.ndarray, rest: np.ndarray) -> Sung:
    cents, late = _cents(score, sung), _late_ms(score, sung)
    return Sung(
        tuned=float(np.mean(np.abs(cents) <= 50)),
        frames=len(cents),
        over=_over(score, sung, rest),
        glimpses=_glimpses(sung, rest),
        late=float(np.median(late)),
        punctual=float(np.mean(np.abs(late) <= 50)),
        syllables=len(late),
    )


def _mean(found: list[Sung]) -> Sung:
    """The mean song, pitch weighted by frames; frames and syllables in all."""
    frames = [row.frames for row in found]
    return Sung(
        tuned=float(np.average([row.tuned for row in found], weights=frames)),
        frames=sum(frames),
        over=float(np.mean([row.over for row in found])),
        glimpses=float(np.mean([row.glimpses for row in found])),
        late=float(np.mean([row.late for row in found])),
        punctual=float(np.mean([row.punctual for row in found])),
        syllables=sum(row.syllables for row in found),
    )


def _cents(score: Score, sung: np.ndarray) -> np.ndarray:
    """Signed error of each frame that librosa hears voiced within a syllable, [frames]."""
    f0, voiced, _ = librosa.pyin(sung.mean(axis=1), fmin=90, fmax=900, sr=SR, hop_length=HOP)
    written = np.full(len(f0), math.nan)
    for syllable, (a, b) in zip(score.syllables, _spans(score, HOP), strict=True):
        written[a:b] = 440.0 * 2 ** ((syllable.pitch - 69) / 12)
    heard = voiced & np.isfinite(written) & np.isfinite(f0)
    return 1200 * np.log2(f0[heard] / written[heard])


def _spans(score: Score, hop: int) -> list[tuple[int, int]]:
    """First and last frame of each syllable."""
    beat_s = score.seconds_per_beat
    return [
        (round(s.start * beat_s * SR / hop), round((s.start + s.length) * beat_s * SR / hop))
        for s in score.syllables
    ]


def _over(score: Score, sung: np.ndarray, rest: np.ndarray) -> float:
    """Level of the voice over the rest while it sings, dB."""
    sings = np.zeros(len(sung), dtype=bool)
    for a, b in _spans(score, 1):
        sings[a:b] = True
    return 10 * math.log10(np.mean(sung[sings] ** 2) / np.mean(rest[sings] ** 2))


def _glimpses(sung: np.ndarray, rest: np.ndarray) -> float:
    """Share of the voice's cells in which it stands out."""
    bands = librosa.filters.mel(sr=SR, n_fft=1024, n_mels=40, fmin=300, fmax=6000)
    ours, theirs = (bands @ np.abs(librosa.stft(y.mean(axis=1), n_fft=1024, hop_length=256)) ** 2
                    for y in (sung, rest))  # fmt: skip
    heard = ours > np.percentile(ours.max(axis=0), 95) * 1e-4
    return float(np.mean(ours[heard] > 2.0 * theirs[heard]))


def _late_ms(score: Score, sung: np.ndarray) -> np.ndarray:
    """When each syllable's vowel begins, after its time in the LRC file, ms: the nearest onset
    below 1.2 kHz that librosa hears within 200 ms; 200 where there is none. Singers put the vowel
    on the beat, and consonants before it (Sundberg and Bauer-Huppmann 2007).
    """
    strength = librosa.onset.onset_strength(y=sung.mean(axis=1), sr=SR, hop_length=128, fmax=1200)
    onsets = librosa.onset.onset_detect(
        onset_envelope=strength, sr=SR, hop_length=128, units="time"
    )
    times = np.array([s.start for s in score.syllables]) * score.seconds_per_beat
    if not len(onsets):
        return np.full(len(times), 200.0)
    nearest = onsets[np.abs(onsets[None] - times[:, None]).argmin(axis=1)] - times
    return np.where(np.abs(nearest) < 0.2, 1000 * nearest, 200.0)


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
        y = render(compose(brief), SR, stems=False).mix.mean(axis=1)
        target = genres[(number + 3) % 10]
        sources.append(chroma(y))
        made.append(
            chroma(restyle(y, SR, target, seed=1, sample_rate=SR).performance.mix.mean(axis=1))
        )
        other = compose(replace(brief, seed=100 + number))
        relatives.append(chroma(render(other, SR, stems=False).mix.mean(axis=1)))
    own = [similarity(m, s) for m, s in zip(made, sources, strict=True)]
    same_key = [similarity(m, r) for m, r in zip(made, relatives, strict=True)]
    others = [similarity(m, s) for i, m in enumerate(made) for k, s in enumerate(sources) if i != k]
    for name, found in (("its source", own), ("others in its key", same_key), ("others", others)):
        print(f"to {name}: median {np.median(found):.2f}, {min(found):.2f} to {max(found):.2f}")
    above = np.mean([o > max(similarity(m, s) for k, s in enumerate(sources) if k != i)
                     for i, (o, m) in enumerate(zip(own, made, strict=True))])  # fmt: skip
    print(f"nearest of all sources is its own: {above:.0%} of {songs}")


def chroma(y: np.ndarray) -> np.ndarray:
    """Chroma of mono ``y`` at 22,050 Hz in blocks of half a second, each without its mean.

    Shape (12, blocks).
    """
    frames = librosa.feature.chroma_stft(y=y, sr=SR, n_fft=8192, hop_length=SR // 8)
    blocks = frames[:, : frames.shape[1] // 4 * 4].reshape(12, -1, 4).mean(axis=2)
    return blocks - blocks.mean(axis=0)


def similarity(a: np.ndarray, b: np.ndarray) -> float:
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
        command = commands.add_parser(name)
        command.add_argument("--songs", type=int, default=songs)
        command.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    if given.command in (None, "voice"):
        voice(getattr(given, "first", 0), getattr(given, "songs", 2))
    if given.command in (None, "transfer"):
        transfer(getattr(given, "songs", 3))


if __name__ == "__main__":
    main()
