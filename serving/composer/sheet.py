"""A score on paper and in pieces: chord sheet, sections as JSON, and loops for a sequencer."""

from __future__ import annotations

import io
import json
import wave
import zipfile

import numpy as np

from .midi import midi_bytes
from .mix import Performance
from .score import Score, Section

_STILL = (1980, 1, 1, 0, 0, 0)
_LOUDEST_LOOP = 0.98


def chord_sheet(score: Score) -> str:
    """The chords in text, a line for four bars, under the name of each section.

    >>> from serving.composer import Brief, compose
    >>> print(chord_sheet(compose(Brief("folk", tempo_bpm=100, key="G major"))).split("\\n")[0])
    folk, G major, 100 BPM, 4/4
    """
    metre = score.beats_per_bar
    lines = [f"{score.genre}, {score.key}, {score.tempo_bpm:g} BPM, {metre}/4"]
    for section in score.sections:
        lines += ["", f"[{section.name}]"]
        bars = [_bar(score, section.bar + i) for i in range(section.bars)]
        lines += ["| " + " | ".join(bars[i : i + 4]) + " |" for i in range(0, len(bars), 4)]
    return "\n".join([*lines, "", f"[end]\n| {score.chords[-1].symbol} |", ""])


def sections_json(score: Score) -> str:
    """The truth about the piece as JSON, times of sections and chords in seconds too."""
    beat_s = score.seconds_per_beat
    truth = score.truth()
    truth["sections"] = [
        {
            "name": s.name,
            "bar": s.bar,
            "bars": s.bars,
            "energy": s.energy,
            "start_s": round(s.bar * score.beats_per_bar * beat_s, 6),
        }
        for s in score.sections
    ]
    truth["chords"] = [
        {
            "symbol": c.symbol,
            "numeral": c.numeral,
            "start_s": round(c.start * beat_s, 6),
            "length_s": round(c.length * beat_s, 6),
        }
        for c in score.chords
    ]
    return json.dumps(truth, indent=1)


def loop_pack(score: Score, performance: Performance) -> bytes:
    """A zip of each section's stems, cut at the bar, with the chord sheet, JSON and MIDI.

    Every loop is 16-bit WAV of exactly its bars, with 3 ms of fade at both ends.
    """
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        _store(archive, "chords.txt", chord_sheet(score).encode())
        _store(archive, "score.json", sections_json(score).encode())
        _store(archive, "score.mid", midi_bytes(score))
        for number, section in enumerate(score.sections, 1):
            for name, stem in performance.stems.items():
                loop = _loop(score, section, stem, performance.sample_rate)
                if loop is not None:
                    path = f"{number:02d} {section.name}/{name} {score.tempo_bpm:g}bpm.wav"
                    _store(archive, path, _wav(loop, performance.sample_rate))
    return box.getvalue()


def _bar(score: Score, bar: int) -> str:
    first = bar * score.beats_per_bar
    inside = [c.symbol for c in score.chords if first <= c.start < first + score.beats_per_bar]
    return " ".join(inside) or "%"


def _loop(score: Score, section: Section, stem: np.ndarray, sr: int) -> np.ndarray | None:
    bar_s = score.beats_per_bar * score.seconds_per_beat
    start = round(section.bar * bar_s * sr)
    end = round((section.bar + section.bars) * bar_s * sr)
    loop = stem[start:end]
    if len(loop) < end - start or float(np.abs(loop).max(initial=0.0)) < 1e-3:
        return None
    return _without_click(loop)


def _without_click(loop: np.ndarray) -> np.ndarray:
    """The loop with 3 ms of fade at both ends."""
    n = min(len(loop) // 4, 132)
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)[:, None]
    faded = loop.copy()
    faded[:n] *= ramp
    faded[-n:] *= ramp[::-1]
    return faded


def _wav(y: np.ndarray, sr: int) -> bytes:
    box = io.BytesIO()
    peak = float(np.abs(y).max())
    safe = y * min(1.0, _LOUDEST_LOOP / max(peak, 1e-9))
    with wave.open(box, "wb") as file:
        file.setnchannels(y.shape[1])
        file.setsampwidth(2)
        file.setframerate(sr)
        file.writeframes(np.rint(safe * 32767).astype("<i2").tobytes())
    return box.getvalue()


def _store(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _STILL), data, zipfile.ZIP_DEFLATED)
