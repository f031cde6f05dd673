"""Where the time of an extraction goes: processor time of each part for a second of audio.

Best of some rounds over all files, on one core.
Run: python -m benchmarks.stages FILE... [--rounds N]
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.extraction import decode_checked, decode_only
from features.audio.reader import AudioReader
from features.bandwidth import BandwidthMeter
from features.descriptors import describe
from features.extract import extract_file, read_signal
from features.fingerprint import fingerprint
from features.harmony.chroma import chroma_of
from features.harmony.key import key_of
from features.levels.loudness import loudness_of
from features.levels.meter import LevelMeter
from features.rhythm.periodicity import rhythm_of
from features.rhythm.tempo import tempo_of
from features.spectrum import ANALYSIS_RATE, analyse, long_peaks, mel_bands


def parts(path: Path) -> dict[str, Callable[[], object]]:
    """The parts of the extraction of one file, each on what the parts before it give."""
    with AudioReader(path) as reader:
        info, blocks = reader.info, [block.copy() for block in reader.blocks()]
    signal = read_signal(path)
    spectrum = analyse(signal.mono)
    chroma = chroma_of(spectrum)
    rhythm = rhythm_of(spectrum.mel, chroma.frames)
    tempo, key = tempo_of(rhythm), key_of(chroma)
    levels = LevelMeter(info.sample_rate, info.channels)
    bandwidth = BandwidthMeter(info.sample_rate)

    def hashed() -> None:
        md5 = hashlib.md5(usedforsecurity=False)
        for block in blocks:
            md5.update(block.data)

    def fed(meter: Any) -> Any:
        for block in blocks:
            meter.add(block)
        return meter

    return {
        "decoding alone (soundfile, int16)": lambda: decode_only(path),
        "decoding in blocks with the MD5 of the PCM": lambda: decode_checked(path),
        "of which the MD5": hashed,
        "levels: K-weighting, true peak, clipping, DC": lambda: loudness_of(fed(levels).levels()),
        "bandwidth": lambda: fed(bandwidth).cutoff(),
        "mel bands": lambda: mel_bands(signal.mono),
        "spectral peaks of long frames": lambda: long_peaks(signal.mono),
        "chroma": lambda: chroma_of(spectrum),
        "rhythm": lambda: rhythm_of(spectrum.mel, chroma.frames),
        "tempo, beats, bars": lambda: tempo_of(rhythm),
        "key": lambda: key_of(chroma),
        "fingerprint": lambda: fingerprint(signal.mono, ANALYSIS_RATE),
        "descriptors": lambda: describe(
            spectrum, rhythm, chroma.frames, chroma.focus, tempo, key, signal.loudness
        ),
        "`extract_file` without tags": lambda: extract_file(path, tagger_cache=None),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    spent: dict[str, float] = {}
    audio_s = 0.0
    for path in options.files:
        with AudioReader(path) as reader:
            audio_s += reader.info.duration_s
        for name, part in parts(path).items():
            spent[name] = spent.get(name, 0.0) + best(part, options.rounds)
    print("| part | ms for each second of audio |\n|---|---|")
    for name, seconds in spent.items():
        print(f"| {name} | {1000 * seconds / audio_s:.2f} |")


def best(part: Callable[[], object], rounds: int) -> float:
    """The least processor time of ``rounds`` calls, in seconds."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        part()
        times.append(time.process_time() - started)
    return min(times)


if __name__ == "__main__":
    main()
