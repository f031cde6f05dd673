"""Precision and recall of each quality verdict on composed pieces and spoilt copies of them.

A verdict is right on a copy that was spoilt in its way; on any other it is a false alarm.
Run: python -m benchmarks.accuracy.verdicts PIECES
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.accuracy.clips import JUDGED_FROM, score_of
from features.audio.reader import decode, encode, resample, to_mono
from features.harmony.chroma import chroma_of
from features.quality import measure_quality, with_tuning
from features.spectrum import ANALYSIS_RATE, analyse
from serving.composer import render

SR = 44_100
DURATION_S = 10.0
INVERTED = np.array([1, -1], np.float32)
Audio = tuple[np.ndarray, int]


def coded(container: str, quality: float) -> Callable[[np.ndarray], Audio]:
    """Through a lossy codec and back."""

    def spoil(y: np.ndarray) -> Audio:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"a.{container}"
            encode(path, y, SR, quality=quality)
            audio = decode(path)
        return audio.samples, audio.sample_rate

    return spoil


def through(low: int, high: int) -> Callable[[np.ndarray], Audio]:
    """At the sampling rate ``low``, then at ``high``."""
    return lambda y: (resample(resample(y, SR, low), low, high), high)


def louder(db: float) -> Callable[[np.ndarray], Audio]:
    """Raised until it clips."""
    return lambda y: (np.clip(y / np.abs(y).max() * 10 ** (db / 20), -1, 1), SR)


def silence(y: np.ndarray) -> np.ndarray:
    """Four seconds of it."""
    return np.zeros((4 * SR, 2), y.dtype)


SPOILT: dict[str, tuple[str, Callable[[np.ndarray], Audio]]] = {
    "as written": ("", lambda y: (y, SR)),
    "12 dB quieter": ("", lambda y: (y / 4, SR)),
    "up to full scale": ("", lambda y: (y / np.abs(y).max(), SR)),
    "3 dB too loud": ("clipped", louder(3)),
    "6 dB too loud, then quieter": ("clipped", lambda y: (louder(6)(y)[0] / 2, SR)),
    "4 s silence before": ("silent_start", lambda y: (np.concatenate([silence(y), y]), SR)),
    "4 s silence after": ("silent_end", lambda y: (np.concatenate([y, silence(y)]), SR)),
    "DC of 0.02": ("dc_offset", lambda y: (y + np.float32(0.02), SR)),
    "left twice": ("mono_as_stereo", lambda y: (y[:, [0, 0]], SR)),
    "left and its inverse": ("phase_inverted", lambda y: (y[:, [0, 0]] * INVERTED, SR)),
    "right inverted": ("phase_inverted", lambda y: (y * INVERTED, SR)),
    "MP3, lowest quality": ("lossy_origin", coded("mp3", 0.0)),
    "MP3, medium quality": ("lossy_origin", coded("mp3", 0.5)),
    "MP3, best quality": ("lossy_origin", coded("mp3", 1.0)),
    "Vorbis, low quality": ("lossy_origin", coded("ogg", 0.1)),
    "8 kHz in 44.1": ("upsampled", through(8_000, SR)),
    "16 kHz in 44.1": ("upsampled", through(16_000, SR)),
    "22.05 kHz in 44.1": ("upsampled", through(22_050, SR)),
    "24 kHz in 48": ("upsampled", through(24_000, 48_000)),
    "44.1 kHz in 48": ("upsampled", through(SR, 48_000)),
    "44.1 kHz in 96": ("upsampled", through(SR, 96_000)),
    "44.1 kHz said to be 48": ("wrong_speed", lambda y: (y, 48_000)),
    "48 kHz said to be 44.1": ("wrong_speed", lambda y: (resample(y, SR, 48_000), SR)),
    "tuned 40 cents up": ("", lambda y: (resample(y, SR, round(SR / 2 ** (40 / 1200))), SR)),
    "44.1 kHz said to be 22.05": ("wrong_speed", lambda y: (y, 22_050)),
}


def verdicts_of(y: np.ndarray, rate: int) -> tuple[str, ...]:
    """What extraction says of int16 ``y`` (frames, channels)."""
    mono = resample(to_mono(y) / np.float32(1 << 15), rate, ANALYSIS_RATE)
    chroma = chroma_of(analyse(mono))
    return with_tuning(measure_quality(y, rate), chroma.tuning_cents, chroma.focus).verdicts


def main(pieces: int) -> None:
    """Print verdicts by kind of spoiling, then precision and recall of each verdict."""
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for number in range(JUDGED_FROM, JUDGED_FROM + pieces):
        y = render(score_of(number, DURATION_S), SR, stems=False).mix
        for name, (fault, spoil) in SPOILT.items():
            samples, rate = spoil(y)
            heard = np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
            found.append((name, fault, verdicts_of(heard, rate)))
    print("| copy | its verdict | given | other verdicts |\n|---|---|---|---|")
    for name, (fault, _) in SPOILT.items():
        given = [verdicts for copy, _, verdicts in found if copy == name]
        others = sorted({v for verdicts in given for v in verdicts if v != fault})
        counts = ", ".join(f"{v} {sum(v in verdicts for verdicts in given)}" for v in others)
        right = sum(fault in verdicts for verdicts in given)
        print(f"| {name} | {fault} | {f'{right} of {len(given)}' if fault else ''} | {counts} |")
    print("\n| verdict | precision | recall |\n|---|---|---|")
    for verdict in dict.fromkeys(fault for fault, _ in SPOILT.values() if fault):
        said = [fault == verdict for _, fault, verdicts in found if verdict in verdicts]
        due = [verdict in verdicts for _, fault, verdicts in found if fault == verdict]
        precision = f"{np.mean(said):.3f} of {len(said)}" if said else "never given"
        print(f"| {verdict} | {precision} | {np.mean(due):.3f} of {len(due)} |")


if __name__ == "__main__":
    main(int(sys.argv[1]))
