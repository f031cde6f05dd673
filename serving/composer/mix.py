"""Score into audio: every player through a strip, the sum through bus compression and a limiter.

The bus works as one gain curve on all strips alike, so the stems sum to the mix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.loudness import measure_loudness

from . import effects
from .channel import Strip
from .exact import Dice, db_to_gain
from .instruments import DrumMachine, play
from .moods import MOOD_SHAPES
from .score import Part, Score
from .styles import Style, style_of
from .styles.base import Player

TARGET_LUFS = -14.0
CEILING_DBTP = -1.3
_LOOK_S = 0.003
_KICKS = (35, 36)


@dataclass(frozen=True)
class Performance:
    """Sound of a score: ``mix`` and each stem float32 (frames, 2); the stems sum to the mix."""

    mix: np.ndarray
    stems: dict[str, np.ndarray]
    sample_rate: int


def render(score: Score, sample_rate: int = 44100, *, stems: bool = True) -> Performance:
    """Play a score. Equal scores give equal samples on every machine.

    The mix has exactly ``round(duration_s * sample_rate)`` frames, about -14 LUFS and a true peak
    below -1 dBTP. Without ``stems`` the dictionary is empty and less memory is needed.
    """
    frames = round(score.duration_s * sample_rate)
    style = style_of(score.genre)
    pump = _pump(score, frames, sample_rate)
    mix = np.zeros((frames, 2), np.float32)
    kept: dict[str, np.ndarray] = {}
    for part in score.parts:
        sound = _play_part(score, part, style, frames, sample_rate, pump)
        mix += sound
        if stems:
            kept[part.name] = sound
    gain = _master(mix, style, sample_rate)
    _fade(gain, sample_rate)
    gain32 = gain.astype(np.float32)[:, None]
    mix *= gain32
    for sound in kept.values():
        sound *= gain32
    return Performance(mix, kept, sample_rate)


def player_of(style: Style, name: str) -> Player:
    """The style's player of this name."""
    return next(player for player in style.players if player.name == name)


def _play_part(
    score: Score, part: Part, style: Style, frames: int, sr: int, pump: np.ndarray | None
) -> np.ndarray:
    shape = MOOD_SHAPES[score.mood]
    player = player_of(style, part.name)
    dry = np.zeros((frames, 2), np.float32)
    play_notes(dry, part, player, style, score.seconds_per_beat, sr, shape.brightness, score.seed)
    strip = Strip(player, style.production, sr, score.tempo_bpm, shape.reverb, shape.brightness)
    return strip.process(dry, pump)


def play_notes(
    dry: np.ndarray, part: Part, player: Player, style: Style, beat_s: float, sr: int,
    brightness: float, seed: int, offset: int = 0,
) -> None:  # fmt: skip
    """Add the notes of a part to ``dry``, whose first frame is frame ``offset`` of the piece."""
    if part.role == "drums":
        machine = DrumMachine(style.kit, sr)
        for note in part.notes:
            machine.play(dry, round(note.start * beat_s * sr) - offset, note)
        return
    if part.role == "texture":
        crackle(dry, seed, sr)
        return
    middle = (player.low + player.high) // 2
    for note in part.notes:
        start = round(note.start * beat_s * sr) - offset
        hold = max(64, round(note.length * beat_s * sr))
        play(dry, part.patch, start, hold, note.pitch, note.velocity, sr, brightness, middle)


def crackle(dry: np.ndarray, seed: int, sr: int) -> None:
    """Add the surface noise of a record: a soft hiss and sparse clicks."""
    dice = Dice(seed, "crackle")
    clicks = int(len(dry) / sr * 14)
    for _ in range(clicks):
        at, side = dice.integer(max(1, len(dry) - 40)), dice.integer(2)
        size = 0.25 * dice.uniform() ** 3
        shape = np.float32(size) * np.array([1, -0.7, 0.5, -0.35, 0.2, -0.1], np.float32)
        dry[at : at + 6, side] += shape[: len(dry) - at]
    words = np.random.PCG64(np.random.SeedSequence([seed & 0xFFFFFFFF, 77])).random_raw(len(dry))
    hiss = (words >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1.0)
    dry += hiss[:, None] * np.float32(0.012)


def _pump(score: Score, frames: int, sr: int) -> np.ndarray | None:
    kicks = [
        round(note.start * score.seconds_per_beat * sr)
        for part in score.parts if part.role == "drums"
        for note in part.notes if note.pitch in _KICKS
    ]  # fmt: skip
    if not kicks:
        return None
    curve = np.ones(frames)
    seconds = min(0.34, 0.8 * score.seconds_per_beat)
    effects.duck_curve(curve, np.array(kicks, np.int64), seconds, float(sr))
    return curve


def _master(mix: np.ndarray, style: Style, sr: int) -> np.ndarray:
    """Gain for each frame: to the target loudness, glued, limited."""
    level = _gain_db(mix, sr)
    gain = np.ones(len(mix))
    threshold = float(db_to_gain(-13.0 - level))
    if style.production.glue > 0:
        ratio = 1.0 + 0.35 * style.production.glue
        effects.bus_gain(mix, gain, threshold, ratio, 0.012, 0.18, float(sr), 0.0)
    ceiling = CEILING_DBTP
    made = gain
    for _ in range(3):
        lift = _gain_db(mix * made[:, None].astype(np.float32), sr)
        made = made * float(db_to_gain(lift))
        effects.limit_gain(
            mix, made, float(db_to_gain(ceiling)), max(8, int(_LOOK_S * sr)), 0.08, float(sr)
        )
        peak = _true_peak(mix * made[:, None].astype(np.float32), sr)
        if peak > -1.05:
            made *= float(db_to_gain(_rounded(-1.1 - peak)))
    return made


def _gain_db(x: np.ndarray, sr: int) -> float:
    """Gain in dB that brings ``x`` to the target, rounded so that last bits can't matter."""
    now = measure_loudness(x, sr).integrated_lufs
    if now is None:
        peak = float(np.max(np.abs(x), initial=0.0))
        return _rounded(-3.0 - 20.0 * float(np.log10(peak))) if peak > 1e-6 else 0.0
    return _rounded(TARGET_LUFS - now)


def _true_peak(x: np.ndarray, sr: int) -> float:
    peak = measure_loudness(x, sr).true_peak_dbtp
    return -120.0 if peak is None else peak


def _rounded(db: float) -> float:
    return round(db * 20.0) / 20.0


def _fade(gain: np.ndarray, sr: int) -> None:
    """The very end goes to zero, so that a long room never stops with a click."""
    n = min(len(gain) // 4, int(0.6 * sr))
    ramp = np.arange(n, 0, -1, dtype=np.float64) / n
    gain[len(gain) - n :] *= ramp * ramp * (3.0 - 2.0 * ramp)
