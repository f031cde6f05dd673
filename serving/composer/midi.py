"""A Standard MIDI File (format 1) of a score: tempo, key, names, programs and all notes."""

from __future__ import annotations

import struct
from pathlib import Path

from features.harmony.pitch import parse_key

from .score import TICKS_PER_BEAT, Part, Score

_FIFTHS_MAJOR = {0: 0, 7: 1, 2: 2, 9: 3, 4: 4, 11: 5, 6: 6, 1: -5, 8: -4, 3: -3, 10: -2, 5: -1}
_DRUM_CHANNEL = 9


def write_midi(score: Score, path: str | Path) -> None:
    """Write the score as a MIDI file that any sequencer opens."""
    Path(path).write_bytes(midi_bytes(score))


def midi_bytes(score: Score) -> bytes:
    """The MIDI file of a score."""
    melodic = [channel for channel in range(16) if channel != _DRUM_CHANNEL]
    tracks = [_conductor(score)]
    for part in score.parts:
        if part.role == "texture":
            continue
        channel = _DRUM_CHANNEL if part.role == "drums" else melodic.pop(0)
        tracks.append(_track(part, channel))
    head = b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), TICKS_PER_BEAT)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(t)) + t for t in tracks)


def _conductor(score: Score) -> bytes:
    pitch_class, mode = parse_key(score.key)
    fifths = _FIFTHS_MAJOR[(pitch_class + (3 if mode == "minor" else 0)) % 12]
    micros = round(60_000_000 / score.tempo_bpm)
    events = [
        (0, 0, _meta(0x03, f"{score.genre} {score.mood}".encode())),
        (0, 0, _meta(0x51, micros.to_bytes(3, "big"))),
        (0, 0, _meta(0x58, bytes([score.beats_per_bar, 2, 24, 8]))),
        (0, 0, _meta(0x59, struct.pack("bB", fifths, int(mode == "minor")))),
    ]
    for section in score.sections:
        beat = max(0.0, score.opening_beat + section.bar * score.beats_per_bar)
        events.append((round(beat * TICKS_PER_BEAT), 0, _meta(0x06, section.name.encode())))
    return _serialise(events)


def _track(part: Part, channel: int) -> bytes:
    events = [(0, 0, _meta(0x03, part.name.encode()))]
    if channel != _DRUM_CHANNEL:
        events.append((0, 1, bytes([0xC0 | channel, part.program])))
    for note in part.notes:
        on = round(note.start * TICKS_PER_BEAT)
        off = max(on + 1, round((note.start + note.length) * TICKS_PER_BEAT))
        velocity = max(1, min(127, round(note.velocity * 127)))
        events.append((on, 3, bytes([0x90 | channel, note.pitch, velocity])))
        events.append((off, 2, bytes([0x80 | channel, note.pitch, 0])))
    return _serialise(events)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes([0xFF, kind]) + _varlen(len(data)) + data


def _varlen(value: int) -> bytes:
    out = [value & 0x7F]
    while value > 0x7F:
        value >>= 7
        out.append(0x80 | (value & 0x7F))
    return bytes(reversed(out))


def _serialise(events: list[tuple[int, int, bytes]]) -> bytes:
    now, out = 0, bytearray()
    for tick, _, data in sorted(events, key=lambda e: (e[0], e[1])):
        out += _varlen(tick - now) + data
        now = tick
    return bytes(out + b"\x00" + _meta(0x2F, b""))
