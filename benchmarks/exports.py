"""What leaves the composer beside its sound: is it whole, exact, and read by others?

python -m benchmarks.exports files --pieces 100 --seed 1
python -m benchmarks.exports songs --pieces 20 --seed 1
python -m benchmarks.exports lengths --seconds 15 30 120 600
python -m benchmarks.exports joins

``files`` renders pieces by lot and reads back their stems, their MIDI file (mido) and their loop
pack (soundfile). ``songs`` reads the LRC file by its format and holds its times and words against
the voice's track of the MIDI file and the words that were given. ``lengths`` counts frames in every
genre. ``joins`` turns each dial of the live stream in every genre and mutes every part with it, so
that only what rings on passes into the next bar, and looks for clicks: the sharpest bend of the
wave (second difference) within 6 ms of the bar's beginning over the sharpest in the 60 ms on either
side. For comparison no dial is turned, and a step of -40 dBFS is added. With the parts unmuted it
looks whether the change is there from the next bar on.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import mido
import numpy as np
import soundfile as sf

from benchmarks.composer import SR, briefs
from benchmarks.songs import WORDS
from data_catalog.vocabulary import GENRES, MOODS
from features.audio.reader import encode
from features.harmony.pitch import key_name, parse_key
from serving.composer import (
    Block,
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
)
from serving.composer.streaming.stream import OPENING
from serving.composer.styles import style_of
from serving.engines.lanes import lanes
from serving.piece.loops import loop_pack

_STAMP = r"(\d\d):(\d\d\.\d\d)"
_WINDOW_S = 0.006
_NEAR_S = 0.06
TURNS: dict[str, dict[str, Any]] = {
    "none": {},
    "tempo": {"tempo_bpm": 116.0},
    "energy": {"energy": 0.1},
    "mood": {"mood": "epic"},
    "genre": {"genre": "classical", "mood": "tense"},
    "muted": {"muted": {"drums"}},
}
EVERYONE = {
    player.name for genre in GENRES for mood in MOODS for player in style_of(genre).band(mood)
}


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
    """Print how sharply the wave bends where a dial was turned, and changes that came late."""
    found: dict[str, list[float]] = {}
    late = []
    for genre, turn, seed in product(GENRES, TURNS, range(3)):
        before, rung, _ = _turned(genre, turn, seed, silent=True)
        found.setdefault(turn, []).append(_bend(np.concatenate([before, rung]), len(before)))
        stepped = np.concatenate([before, rung + 10 ** (-40 / 20)])
        found.setdefault("a step", []).append(_bend(stepped, len(before)))
        _, played, block = _turned(genre, turn, seed, silent=False)
        _, plain, _ = _turned(genre, "none", seed, silent=False)
        if not _came(turn, block, _rms(played) / _rms(plain)):
            late.append(f"{genre} {seed} {turn}")
    for name, bends in found.items():
        print(f"{name}: median {np.median(bends):.2f}, highest {max(bends):.2f}, above 1.5 in "
              f"{np.sum(np.array(bends) > 1.5)} of {len(bends)}")  # fmt: skip
    print(f"changes that were not there from the next bar on: {', '.join(late) or 'none'}")


def _turned(genre: str, turn: str, seed: int, silent: bool) -> tuple[np.ndarray, np.ndarray, Block]:
    """Two bars, mono, then the bar after the turn of a dial, and what it is."""
    dials = Dials(genre, "calm", 100.0, "C major")
    bars = LiveMusic(dials, seed, SR).bars()
    before = np.concatenate([next(bars).audio for _ in range(len(OPENING) + 1)])
    vars(dials).update(TURNS[turn])
    if silent:
        dials.muted = EVERYONE
    block = next(bars)
    return before.mean(axis=1), block.audio.mean(axis=1), block


def _came(turn: str, block: Block, louder: float) -> bool:
    """Whether a block is as its dial says: for energy, by its level against the bar unturned."""
    if turn == "energy":
        return louder < 0.9
    if turn == "muted":
        return "drums" not in block.parts
    return all(getattr(block, name) == value for name, value in TURNS[turn].items())


def _rms(y: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(y))))


def _bend(y: np.ndarray, join: int) -> float:
    """The sharpest bend around a join over the sharpest near it."""
    bends, half, far = np.abs(np.diff(y, 2)), round(_WINDOW_S * SR), round(_NEAR_S * SR)
    rest = np.concatenate([bends[join - far : join - half], bends[join + half : join + far]])
    return float(bends[join - half : join + half].max() / max(rest.max(), 1e-6))


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
