"""Score into audio: every player through a strip, all strips on one bus, then the master."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..exact import Dice
from ..moods import MOOD_SHAPES
from ..score import Note, Part, Score
from ..singing.song import voice_in
from ..sound import dynamics
from ..sound.singer import sing
from ..sound.soundfont import Soundfont
from ..styles import Style, style_of
from ..styles.base import Player
from .channel import Bus, Sends, Strip
from .master import fade_end, master_gain
from .vocal import balance_voice
from .voices import Voice

_KICKS = (35, 36)
_BLOCK = 1 << 13


@dataclass(frozen=True)
class Performance:
    """Sound of a score: ``mix`` and each stem float32 (frames, 2); the stems sum to the mix."""

    mix: np.ndarray
    stems: dict[str, np.ndarray]
    sample_rate: int


def render(
    score: Score,
    sample_rate: int = 44100,
    *,
    stems: bool = True,
    soundfont: Soundfont | None = None,
    on_part: Callable[[float], None] = lambda done: None,
) -> Performance:
    """Play a score. Equal scores give equal samples on every machine.

    The mix has exactly ``round(duration_s * sample_rate)`` frames, about -14 LUFS and a true peak
    below -1 dBTP. Without ``stems`` the dictionary is empty; the mix is the same. ``soundfont``,
    opened at ``sample_rate``, plays the instruments that it was chosen for. ``on_part`` is told the
    share that is done, after each part and each stem; what it raises ends the rendering.
    """
    steps = iter(np.linspace(0, 1, len(score.parts) * (1 + stems) + 3)[1:].tolist())
    frames = round(score.duration_s * sample_rate)
    style = style_of(score.genre)
    sends = _sends(score, style, frames, sample_rate, soundfont, lambda: on_part(next(steps)))
    mix = _on_bus(score, style, list(sends.values()), frames, sample_rate)
    on_part(next(steps))
    gain = master_gain(mix, style.production, sample_rate)
    on_part(next(steps))
    fade_end(gain, sample_rate)
    dynamics.scaled(mix, gain, mix)
    kept: dict[str, np.ndarray] = {}
    if stems:
        for name, send in sends.items():
            sound = _on_bus(score, style, [send], frames, sample_rate)
            dynamics.scaled(sound, gain, sound)
            kept[name] = sound
            on_part(next(steps))
    return Performance(mix, kept, sample_rate)


def mixed(score: Score, sample_rate: int) -> np.ndarray:
    """A score on the synthesizer's own instruments, before its mastering: float32 (frames, 2)."""
    frames, style = round(score.duration_s * sample_rate), style_of(score.genre)
    sends = _sends(score, style, frames, sample_rate, None, lambda: None)
    return _on_bus(score, style, list(sends.values()), frames, sample_rate)


def _sends(
    score: Score, style: Style, frames: int, sr: int, soundfont: Soundfont | None,
    on_part: Callable[[], None],
) -> dict[str, Sends]:  # fmt: skip
    struck = [(part, part.notes) for part in score.parts]
    pump = pump_curve(struck, frames, score.seconds_per_beat, sr)
    sends: dict[str, Sends] = {}
    for part in score.parts:
        sends[part.name] = _strip_of(score, part, style, frames, sr, pump, soundfont)
        on_part()
    balance_voice(sends, score, sr)
    return sends


def _on_bus(score: Score, style: Style, sends: list[Sends], frames: int, sr: int) -> np.ndarray:
    bus = Bus(style.production, sr, score.tempo_bpm, MOOD_SHAPES[score.mood].tilt)
    out = np.empty((frames, 2), np.float32)
    for start in range(0, frames, _BLOCK):
        end = min(frames, start + _BLOCK)
        block = [replace(send, sound=send.sound[start:end]) for send in sends]
        out[start:end] = bus.process(block, end - start)
    return out


def player_of(style: Style, mood: str, name: str) -> Player:
    """The player of this name in a style and a mood; any song may have a voice.

    The style's own players make room for the mood's.
    """
    balance = MOOD_SHAPES[mood].balance
    own = (replace(p, level=p.level + balance.get(p.role, 0.0)) for p in style.players)
    players = (*own, *style.colours[mood], voice_in(style))
    return next(player for player in players if player.name == name)


def _strip_of(
    score: Score, part: Part, style: Style, frames: int, sr: int, pump: np.ndarray | None,
    soundfont: Soundfont | None,
) -> Sends:  # fmt: skip
    shape = MOOD_SHAPES[score.mood]
    player = player_of(style, score.mood, part.name)
    dry = np.zeros((frames, 2), np.float32)
    if part.role in ("voice", "texture"):
        strip = Strip(player, style.production, sr, shape)
        if part.role == "voice":
            sing(dry, score.syllables, score.seconds_per_beat, sr)
        else:
            crackle(dry, score.seed, sr)
    else:
        voice = Voice(part, player, style, shape, sr, soundfont)
        strip = voice.strip
        for note in part.notes:
            voice.play(dry, note, score.seconds_per_beat)
    return strip.process(dry, pump)


def crackle(dry: np.ndarray, seed: int, sr: int) -> None:
    """Add the surface noise of a record: a soft hiss and sparse clicks."""
    dice = Dice(seed, "crackle")
    shape = np.array([1, -0.7, 0.5, -0.35, 0.2, -0.1], np.float32)
    for _ in range(int(len(dry) / sr * 14)):
        at, side = dice.integer(max(1, len(dry) - 40)), dice.integer(2)
        loud = dice.uniform()
        size = np.float32(0.25 * loud * loud * loud)
        dry[at : at + 6, side] += size * shape[: len(dry) - at]
    words = np.random.PCG64(np.random.SeedSequence([seed & 0xFFFFFFFF, 77])).random_raw(len(dry))
    hiss = (words >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1.0)
    dry += hiss[:, None] * np.float32(0.012)


def pump_curve(
    struck: Iterable[tuple[Part, Sequence[Note]]], frames: int, beat_s: float, sr: int
) -> np.ndarray | None:
    """The side-chain curve (frames,): 0 at each kick, 1 away from it; None without a kick.

    ``struck``: parts and those of their notes that count, starts in beats from the curve's first.
    """
    kicks = [
        round(note.start * beat_s * sr)
        for part, notes in struck
        if part.role == "drums"
        for note in notes
        if note.pitch in _KICKS
    ]
    if not kicks:
        return None
    curve = np.ones(frames, np.float32)
    dynamics.duck_curve(curve, np.array(kicks, np.int64), min(0.34, 0.8 * beat_s), float(sr))
    return curve
