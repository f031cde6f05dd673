"""Is what is heard while it is made as loud as its finished file?

`python -m benchmarks.previews --pieces 40` plays pieces over genres, moods, tempi and keys as their
preview does and as their file is, and compares short-term loudness (EBU Tech 3341, 3 s) at every
second, where the one may go over into the other. With `--songs`, pieces that are sung; with
`--soundfont FILE`, acoustic parts are played from it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.composer import briefs
from features.levels.meter import SEGMENTS_PER_SECOND, LevelMeter
from serving.composer import compose, compose_song, recital, render
from serving.composer.sound.soundfont import open_soundfont

SR = 44100
WORDS = "Carry me over the water"
_SILENCE_LUFS = -40.0


def main() -> None:
    """Print the differences of each piece, and how many stay within 2 dB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--songs", action="store_true", help="pieces that are sung")
    parser.add_argument("--soundfont", type=Path, help="what acoustic instruments are played from")
    given = parser.parse_args()
    font = open_soundfont(given.soundfont, SR) if given.soundfont else None
    worst, every = [], []
    for brief in briefs(given.pieces, given.seed)[given.first :]:
        wish = replace(brief, duration_s=given.seconds)
        score = compose_song(wish, WORDS) if given.songs else compose(wish)
        heard = short_term_lufs(np.concatenate(list(recital(score, SR, font))))
        file = short_term_lufs(render(score, SR, stems=False, soundfont=font).mix)
        differences = (heard - file)[file > _SILENCE_LUFS]
        worst.append(np.abs(differences).max())
        every.append(differences)
        print(f"{brief.genre}, {brief.mood}, {brief.tempo_bpm:g} BPM: {differences.min():+.1f} to "
              f"{differences.max():+.1f} dB", flush=True)  # fmt: skip
    seams = np.abs(np.concatenate(every))
    print(f"within 2 dB at every second: {np.sum(np.array(worst) <= 2.0)} of {len(worst)} pieces; "
          f"{np.mean(seams <= 2.0):.3f} of {len(seams)} seconds; 95% within "
          f"{np.percentile(seams, 95):.1f} dB, most {seams.max():.1f}")  # fmt: skip


def short_term_lufs(y: np.ndarray) -> np.ndarray:
    """Loudness of the three seconds before each second from the third on, of ``y`` (frames, 2)."""
    meter = LevelMeter(SR, 2)
    meter.add(y)
    total = np.concatenate([[0.0], np.cumsum(meter.levels().energy)])
    wide = 3 * SEGMENTS_PER_SECOND
    mean = (total[wide:] - total[:-wide]) / wide
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(1e-10, mean[::SEGMENTS_PER_SECOND])))


if __name__ == "__main__":
    main()
