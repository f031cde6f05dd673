"""Music by people, arranged anew: is it followed on its beats, and is it still itself?

python -m benchmarks.recordings FILE... --start 40 --seconds 30

Each recording's excerpt is arranged in two genres. Chroma similarity to its own source is set
against that to the other sources. Beats are held against those of Essentia's RhythmExtractor2013
(multifeature), and against the grid of a ``notes.mid`` beside a ``song.ogg``, where there is one:
distance of each beat that the arrangement follows from the nearest one there, at its octave.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.songs import midi_tempo
from benchmarks.songs import chroma, similarity
from data_catalog.vocabulary import GENRES
from features.audio.reader import decode, resample, to_mono
from serving.composer.mixing.mix import render
from serving.composer.transfer.restyle import arrange_heard
from serving.composer.transfer.transcribe import Heard, TranscriptionError, transcribe

SR = 22_050


@dataclass(frozen=True)
class Taken:
    """An excerpt of a recording, and what was heard in it or why nothing."""

    name: str
    path: Path
    y: np.ndarray
    heard: Heard | None
    reason: str


def take(path: Path, start: float, seconds: float) -> Taken:
    """Listen to an excerpt: mono, at 22,050 Hz."""
    audio = decode(path)
    y = resample(to_mono(audio.samples), audio.sample_rate, SR)
    start = max(0.0, min(start, len(y) / SR - seconds))
    y = y[round(start * SR) : round((start + seconds) * SR)]
    name = path.parent.name if path.name == "song.ogg" else path.stem
    try:
        return Taken(name, path, y, transcribe(y, SR), "")
    except TranscriptionError as error:
        return Taken(name, path, y, None, error.reason)


def beat_errors(heard: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Distance of each of ``heard`` from the nearest reference beat, ms; the reference is halved
    or doubled first when it is of another octave.
    """
    ratio = np.median(np.diff(reference)) / np.median(np.diff(heard))
    if ratio > 1.5:
        reference = np.sort(np.concatenate([reference, (reference[1:] + reference[:-1]) / 2]))
    inside = heard[(heard >= reference[0] - 0.1) & (heard <= reference[-1] + 0.1)]
    return 1000 * np.abs(inside[:, None] - reference[None]).min(axis=1)


def essentia_beats(y: np.ndarray) -> np.ndarray:
    """Beat times in seconds."""
    import essentia

    essentia.log.infoActive = False
    import essentia.standard as es

    beats = es.RhythmExtractor2013(method="multifeature")(resample(y, SR, 44_100))[1]
    return np.asarray(beats, float)


def midi_errors(taken: Taken, heard: Heard) -> str:
    """How evenly the beats lie on the grid of the MIDI file's tempo: its phase is fitted."""
    notes = taken.path.with_name("notes.mid")
    if not notes.exists():
        return ""
    period = 60.0 / midi_tempo(notes)
    turns = np.exp(2j * np.pi * heard.beats_s / period)
    phase = np.angle(turns.mean()) / (2 * np.pi) * period
    off = (heard.beats_s - phase + period / 2) % period - period / 2
    return f"{1000 * np.median(np.abs(off)):.0f}"


def main() -> None:
    """Print a row for each recording and genre, and the summary."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--start", type=float, default=40.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    taken = [take(path, given.start, given.seconds) for path in given.files]
    sources = [chroma(each.y) for each in taken]
    own, others, errors, nearest = [], [], [], 0
    print("| recording | tempo | key | genre | to its source | to others, highest | beats from "
          "Essentia's, median ms | within 70 ms | from the MIDI grid, ms |")  # fmt: skip
    print("|---" * 9 + "|")
    for number, each in enumerate(taken):
        if each.heard is None:
            print(f"| {each.name} | {each.reason} |")
            continue
        late = beat_errors(each.heard.beats_s, essentia_beats(each.y))
        errors.append(late)
        for turn in range(2):
            genre = GENRES[(2 * number + 5 * turn) % len(GENRES)]
            score = arrange_heard(each.heard, genre, None, len(each.y) / SR, 1)
            made = chroma(render(score, SR, stems=False).mix.mean(axis=1))
            found = [similarity(made, source) for source in sources]
            rest = [f for i, f in enumerate(found) if i != number]
            own.append(found[number])
            others += rest
            nearest += found[number] > max(rest, default=-1.0)
            row = (
                each.name, f"{each.heard.tempo_bpm:.1f}", each.heard.key, genre,
                f"{found[number]:.2f}", f"{max(rest, default=0):.2f}", f"{np.median(late):.0f}",
                f"{np.mean(late <= 70):.0%}", midi_errors(each, each.heard),
            )  # fmt: skip
            print(f"| {' | '.join(row)} |", flush=True)
    every = np.concatenate(errors)
    print(f"{len(own)} arrangements: to their source {spread(own)}, to other sources "
          f"{spread(others)}; nearest of all is their own in {nearest}")  # fmt: skip
    print(f"beats: median {np.median(every):.0f} ms, within 70 ms {np.mean(every <= 70):.0%} of "
          f"{len(every)}")  # fmt: skip


def spread(values: list[float]) -> str:
    """Median and range."""
    return f"{np.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
