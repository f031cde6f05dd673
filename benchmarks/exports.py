"""What leaves the composer beside its sound: is it whole, exact, and read by others?

python -m benchmarks.exports files --pieces 100 --seed 1
python -m benchmarks.exports songs --pieces 20 --seed 1
python -m benchmarks.exports lengths --seconds 15 30 120 600
python -m benchmarks.exports joins

``files`` renders pieces by lot and reads back their stems, their MIDI file (mido) and their loop
pack (soundfile). ``songs`` reads the LRC file by its format and holds its times and words against
the voice's track of the MIDI file and the words that were given. ``lengths`` counts frames in every
genre. ``joins`` turns each dial of the live stream in every genre and looks for clicks: samples
around a join that a linear prediction from the sound before it misses (Godsill and Rayner,
"Digital Audio Restoration", 1998), in multiples of what it misses there on average, at bars where a
dial was turned and at bars where none was.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import librosa
import mido
import numpy as np
import soundfile as sf
from scipy.signal import lfilter

from benchmarks.composer import SR, briefs
from benchmarks.songs import WORDS
from data_catalog.vocabulary import GENRES, MOODS
from features.audio.reader import encode
from features.harmony.pitch import key_name, parse_key
from serving.composer import (
    Brief,
    Dials,
    LiveMusic,
    Score,
    compose,
    compose_song,
    lrc,
    midi_bytes,
    render,
    sung_lines,
)  # fmt: skip
from serving.engines.lanes import lanes
from serving.piece.loops import loop_pack

_STAMP = r"(\d\d):(\d\d\.\d\d)"
_ORDER = 24
_WINDOW_S = 0.006


def measure_files(asked: list[Brief]) -> None:
    """Print how many pieces' stems, MIDI files and loops are what they should be."""
    right = {"tempo": 0, "key": 0, "names": 0, "notes": 0}
    apart, loops, bad_loops = [], 0, []
    for brief in asked:
        score = compose(brief)
        made = render(score, SR)
        apart.append(np.abs(sum(made.stems.values()) - made.mix).max())
        for name, good in _midi(score).items():
            right[name] += good
        for name, off in _loops(score, made.stems):
            loops += 1
            if off:
                bad_loops.append(f"{brief.genre} {brief.seed} {name}: {off} frames off")
    print(f"stems and mix at most {20 * np.log10(max(apart)):.0f} dBFS apart, "
          f"{len(apart)} pieces")  # fmt: skip
    print("MIDI read by mido, right: " + ", ".join(f"{k} {v}" for k, v in right.items()))
    print(f"loops: {loops - len(bad_loops)} of {loops} are whole bars to the sample")
    print(*bad_loops, sep="\n")


def _midi(score: Score) -> dict[str, bool]:
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(score)))
    told = {message.type: message for message in file.tracks[0]}
    key = told["key_signature"].key
    tonic, mode = parse_key(f"{key.removesuffix('m')} {'minor' if key.endswith('m') else 'major'}")
    written = [part for part in score.parts if part.role != "texture"]
    return {
        "tempo": abs(mido.tempo2bpm(told["set_tempo"].tempo) / score.tempo_bpm - 1) < 1e-5,
        "key": key_name(tonic, mode) == score.key,
        "names": [track.name for track in file.tracks[1:]] == [part.name for part in written],
        "notes": all(
            _notes(track, file.ticks_per_beat) == _rounded((n.start, n.pitch) for n in part.notes)
            for track, part in zip(file.tracks[1:], written, strict=True)
        ),
    }


def _notes(track: mido.MidiTrack, ticks: int) -> list[tuple[float, int]]:
    """Start in beats and pitch of each note of a track."""
    now, found = 0, []
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append((now / ticks, message.note))
    return _rounded(found)


def _rounded(notes: Iterator[tuple[float, int]] | list[tuple[float, int]]) -> list:
    """Notes in order, starts to the hundredth of a beat."""
    return sorted((round(start, 2), pitch) for start, pitch in notes)


def _loops(score: Score, stems: dict[str, np.ndarray]) -> Iterator[tuple[str, int]]:
    """Name of each loop of a piece, and how many frames it is off its bars."""
    bars = {f"{i:02d} {s.name}": s.bars for i, s in enumerate(score.sections, 1)}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{name}.flac" for name in stems}
        for name, path in paths.items():
            encode(path, stems[name], SR)
        pack = zipfile.ZipFile(io.BytesIO(loop_pack(paths, lanes(score), {})))
    for name in pack.namelist():
        loop, rate = sf.read(io.BytesIO(pack.read(name)))
        beats = bars[name.partition("/")[0]] * score.beats_per_bar
        off = abs(len(loop) - beats * score.seconds_per_beat * rate)
        yield name, int(off)


def measure_songs(asked: list[Brief]) -> None:
    """Print how far the times of LRC files are from the MIDI file's notes, and lost words."""
    late, words, lines = [], 0, 0
    for number, brief in enumerate(asked):
        text = WORDS[number % 2]
        score = compose_song(replace(brief, duration_s=60.0), text)
        rows = lrc(score).splitlines()
        file = mido.MidiFile(file=io.BytesIO(midi_bytes(score)))
        track = next(track for track in file.tracks if track.name == "voice")
        sung = [s * score.seconds_per_beat for s, _ in _notes(track, file.ticks_per_beat)]
        read = [60 * int(m) + float(s) for row in rows for m, s in re.findall(f"<{_STAMP}>", row)]
        late.append(max(abs(a - b) for a, b in zip(read, sung, strict=True)))
        plain = [re.sub(rf"[\[<]{_STAMP}[\]>]", "", row) for row in rows]
        words += [line.split() for line in plain] == [line.split() for line in text.splitlines()]
        lines += len(rows) == len(sung_lines(score))
    print(f"LRC: {words} of {len(asked)} songs with every word, {lines} with every line; "
          f"syllables at most {1000 * max(late):.0f} ms from the MIDI file's notes")  # fmt: skip


def measure_lengths(seconds: list[float]) -> None:
    """Print how many pieces of each length have exactly their frames."""
    for length in seconds:
        exact, levels = 0, []
        for seed, genre in enumerate(GENRES):
            y = render(compose(Brief(genre, duration_s=length, seed=seed)), SR, stems=False).mix
            exact += len(y) == round(length * SR)
            levels.append(20 * np.log10(np.abs(y[-SR // 100 :]).max() + 1e-9))
        print(f"{length:g} s: {exact} of {len(GENRES)} exact; the last 10 ms at most "
              f"{max(levels):.0f} dBFS", flush=True)  # fmt: skip


def measure_joins() -> None:
    """Print how surprising the samples at joins are, with dials turned and without."""
    turned: dict[str, list[float]] = {}
    still: list[float] = []
    late: list[str] = []
    for number, genre in enumerate(GENRES):
        joins = _joins(genre, number, late)
        for name, surprise in joins:
            (turned.setdefault(name, []) if name else still).append(surprise)
    print(f"no dial turned: median {np.median(still):.1f}, highest {max(still):.1f} of "
          f"{len(still)} joins")  # fmt: skip
    for name, found in turned.items():
        print(f"{name}: median {np.median(found):.1f}, highest {max(found):.1f} of {len(found)}")
    print(f"changes that were not there from the next bar on: {late or 'none'}")


def _joins(genre: str, number: int, late: list[str]) -> list[tuple[str, float]]:
    """Dial turned before each bar ("" for none) and the surprise at its beginning."""
    moods = list(MOODS)
    dials = Dials(genre, moods[number % 8], 100.0, "C major")
    bars = LiveMusic(dials, number, SR).bars()
    made = [next(bars) for _ in range(6)]
    turns: dict[str, Callable[[], None]] = {
        "tempo": lambda: setattr(dials, "tempo_bpm", 116.0),
        "energy": lambda: setattr(dials, "energy", 0.1),
        "energy up": lambda: setattr(dials, "energy", 1.0),
        "mood": lambda: setattr(dials, "mood", moods[(number + 3) % 8]),
        "genre": lambda: setattr(dials, "genre", GENRES[(number + 4) % 10]),
        "muted": lambda: setattr(dials, "muted", {"drums", *made[-1].parts[:2]}),
    }
    names = []
    for name, turn in turns.items():
        turn()
        block = next(bars)
        made += [block, next(bars), next(bars)]
        names += [name, "", ""]
        told = (block.tempo_bpm, block.mood, block.genre)
        if told != (dials.tempo_bpm, dials.mood, dials.genre) or dials.muted & {*block.parts}:
            late.append(f"{genre} {name}")
    whole = np.concatenate([block.audio for block in made]).mean(axis=1, dtype=np.float64)
    at = np.cumsum([len(block.audio) for block in made])[5:-1]
    return [(name, _surprise(whole, join)) for name, join in zip(names, at, strict=True)]


def _surprise(y: np.ndarray, join: int) -> float:
    """Largest error of a prediction around a sample over the mean one before, a ratio of RMS."""
    half = round(_WINDOW_S * SR)
    before = y[join - half - 2048 : join - half] + 1e-7 * np.random.default_rng(0).normal(size=2048)
    error = lfilter(librosa.lpc(before, order=_ORDER), 1.0, y[join - half - 2048 : join + half])
    usual = np.sqrt(np.mean(error[_ORDER:2048] ** 2))
    return float(np.abs(error[2048:]).max() / usual)


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "what", nargs="?", default="all", choices=("all", "files", "songs", "lengths", "joins")
    )
    parser.add_argument("--pieces", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, nargs="+", default=[15.0, 30.0])
    given = parser.parse_args()
    asked = briefs(given.pieces, given.seed)[given.first :]
    if given.what in ("all", "files"):
        measure_files(asked)
    if given.what in ("all", "songs"):
        measure_songs(asked)
    if given.what in ("all", "lengths"):
        measure_lengths(given.seconds)
    if given.what in ("all", "joins"):
        measure_joins()


if __name__ == "__main__":
    main()
