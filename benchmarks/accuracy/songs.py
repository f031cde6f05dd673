"""Tempo on real recordings whose beat is in a MIDI file beside them (notes.mid, song.ogg).

Frets on Fire songs are of that kind: Debian packages fretsonfire-songs-sectoid and -muldjord. The
truth is the tempo that covers most of the song. Run: python -m benchmarks.accuracy.songs FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from features.audio.reader import decode, to_mono
from features.harmony.key import estimate_key
from features.rhythm.tempo import estimate_tempo

TOLERANCE = 0.04


def midi_tempo(path: Path) -> float:
    """The tempo in beats a minute that a MIDI file keeps for the most ticks."""
    data = path.read_bytes()
    changes: list[tuple[int, float]] = []
    at = 14
    last_tick = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"MTrk":
            found, end = _track_tempi(data[at + 8 : at + 8 + length])
            changes += found
            last_tick = max(last_tick, end)
        at += 8 + length
    spans: dict[float, int] = {}
    changes.sort()
    for (tick, bpm), (after, _) in zip(changes, [*changes[1:], (last_tick, 0.0)], strict=True):
        spans[bpm] = spans.get(bpm, 0) + after - tick
    return max(spans, key=lambda bpm: spans[bpm])


def _track_tempi(track: bytes) -> tuple[list[tuple[int, float]], int]:
    """Tempo changes (tick, bpm) of a track, and its last tick (Standard MIDI Files 1.0)."""
    tick, at, status = 0, 0, 0
    found = []
    while at < len(track):
        delta, at = _variable(track, at)
        tick += delta
        if track[at] & 0x80:
            status = track[at]
            at += 1
        if status in (0xFF, 0xF0, 0xF7):
            kind = track[at] if status == 0xFF else -1
            length, at = _variable(track, at + (status == 0xFF))
            if kind == 0x51:
                found.append((tick, 60e6 / int.from_bytes(track[at : at + length], "big")))
            at += length
        else:
            at += 1 if status & 0xF0 in (0xC0, 0xD0) else 2
    return found, tick


def _variable(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = data[at]
        value = value << 7 | byte & 0x7F
        at += 1
        if not byte & 0x80:
            return value, at


def main(folder: Path) -> None:
    """Print the table."""
    import essentia

    essentia.log.infoActive = False
    import essentia.standard as es

    hits: dict[str, list[bool]] = {"Shiroa": [], "degara": [], "Percival": []}
    print("| song | MIDI | Shiroa | confidence | degara | Percival | key |")
    print("|---|---|---|---|---|---|---|")
    for notes in sorted(folder.rglob("notes.mid")):
        audio = decode(notes.with_name("song.ogg"))
        y = to_mono(audio.samples)
        truth = midi_tempo(notes)
        tempo = estimate_tempo(y, audio.sample_rate)
        key = estimate_key(y, audio.sample_rate)
        bpms = {
            "Shiroa": tempo.bpm or 0.0,
            "degara": es.RhythmExtractor2013(method="degara")(y)[0],
            "Percival": es.PercivalBpmEstimator()(y),
        }
        for name, bpm in bpms.items():
            hits[name].append(abs(bpm / truth - 1) < TOLERANCE)
        print(
            f"| {notes.parent.name} | {truth:.2f} | {bpms['Shiroa']:.2f} | {tempo.confidence:.2f} |"
            f" {bpms['degara']:.1f} | {bpms['Percival']:.1f} | {key.name} ({key.confidence:.2f}) |"
        )
    for name, right in hits.items():
        print(f"{name}: {sum(right)} of {len(right)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
