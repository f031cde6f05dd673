"""Patterns into hits: swing, ghost notes, fills, and the small unevenness of players."""

from __future__ import annotations

from collections.abc import Iterator

from ..exact import Dice
from ..score import Note, on_grid
from ..styles.base import STEPS, Groove, Style

DRUM_NOTES = {
    "kick": 36, "snare": 38, "rim": 37, "clap": 39, "hat": 42, "pedal_hat": 44, "open_hat": 46,
    "tom_low": 45, "tom_mid": 47, "tom_high": 50, "crash": 49, "ride": 51, "tambourine": 54,
    "shaker": 70, "stomp": 35, "taiko": 41, "taiko_high": 43,
}  # fmt: skip

WEIGHTS = {"X": 1.0, "x": 0.74, "o": 0.36}

FILLS: dict[str, dict[str, str]] = {
    "pop": {"snare": "........x.xxx.Xx", "tom_low": "............x..."},
    "rock": {
        "snare": "........XxXx....",
        "tom_mid": "............Xx..",
        "tom_low": "..............XX",
    },
    "club": {"clap": "....X.......X.xX", "snare": "........o.x.xxXX"},
    "trap": {"hat": "x.x.x.x.xoxoxxxx", "snare": "....X.......X..x"},
    "brush": {"snare": "..o..o..o.x.o.x.", "ride": "X...x.o.X......."},
    "hand": {"shaker": "x.o.x.o.x.x.x.x.", "tambourine": "....x.......x.x."},
    "taiko": {"taiko": "X...x...X.x.XxXx", "taiko_high": "....x...x.x.x.xx"},
    "dusty": {"snare": "....X.......X.ox", "kick": "X......x..x....."},
    "soft": {},
}

SLOW_BPM, FAST_BPM = 96.0, 140.0
_SPARSE_BPM, _FULL_BPM = 66.0, 108.0
_BACKBEAT = ("snare", "clap", "tambourine", "rim", "pedal_hat")
_CRASH_KITS = ("pop", "rock", "club", "taiko")


def swung(step: float, swing: float) -> float:
    """Position in beats of a step (quarter of a beat), with off-beats moved late.

    ``swing`` is where the off-beat eighth falls in its beat (0.5 straight, 0.667 triplets), as
    for the sixteenths of styles that swing those.
    """
    beat, inside = divmod(step, 4)
    if inside <= 2:
        return beat + inside / 2 * swing
    return beat + swing + (inside - 2) / 2 * (1 - swing)


def hits(pattern: str) -> Iterator[tuple[int, str, int]]:
    """The strokes of a pattern: step, letter, steps that it lasts.

    >>> list(hits("R--.8---"))
    [(0, 'R', 3), (4, '8', 4)]
    """
    for step, letter in enumerate(pattern):
        if letter in ".-":
            continue
        end = step + 1
        while end < len(pattern) and pattern[end] == "-":
            end += 1
        yield step, letter, end - step


def between_beats(tempo_bpm: float) -> float:
    """How much is played between the beats, and how loud, 0.25 to 1.

    The beat that listeners feel is the pulse with the strongest accents at a moderate rate
    (Parncutt, "A perceptual model of pulse salience", 1994): where beats are further apart than
    they like, what lies between has to stay below them, or the music is felt at twice its tempo.
    """
    if tempo_bpm >= FAST_BPM:
        return 0.25
    place = (tempo_bpm - _SPARSE_BPM) / (_FULL_BPM - _SPARSE_BPM)
    return 0.25 + 0.75 * min(1.0, max(0.0, place))


def groove_for(style: Style, tempo_bpm: float, dice: Dice) -> Groove | None:
    """A groove of the style that suits the tempo."""
    fitting = [g for g in style.grooves if g.slowest <= tempo_bpm <= g.fastest]
    return dice.pick(fitting or list(style.grooves)) if style.grooves else None


def fill(groove: Groove, kit: str) -> Groove:
    """The groove with its second half given to the kit's fill."""
    lanes = {name: lane[: STEPS // 2] + "." * (STEPS // 2) for name, lane in groove.lanes.items()}
    for name in ("kick", "stomp"):
        if name in groove.lanes:
            lanes[name] = groove.lanes[name]
    for name, lane in FILLS[kit].items():
        half = STEPS // 2
        lanes[name] = lanes.get(name, "." * STEPS)[:half] + lane[half:]
    return Groove(lanes)


def drum_bar(
    groove: Groove, bar_beat: float, style: Style, tempo_bpm: float, energy: float,
    fullness: float, dice: Dice, crash: bool,
) -> list[Note]:  # fmt: skip
    """One bar of the kit. Below a fullness of 0.6 the ghost notes are left out."""
    notes = []
    for lane, pattern in groove.lanes.items():
        for step, letter, _ in hits(pattern):
            weight = WEIGHTS[letter]
            if weight < 0.5 and (fullness < 0.6 or tempo_bpm >= FAST_BPM):
                continue
            if step % 4:
                weight *= 0.4 + 0.6 * between_beats(tempo_bpm)
            if step % 8 == 4 and tempo_bpm >= FAST_BPM and lane in _BACKBEAT:
                weight *= 0.7
            start = swung(step, style.swing) + late(style, tempo_bpm, dice, step)
            strength = weight * (0.52 + 0.48 * energy) * (0.8 + 0.2 * fullness)
            strength *= 1.0 + 0.05 * dice.bell()
            notes.append(hit(lane, bar_beat + max(0.0, start), strength))
    if crash and style.kit in _CRASH_KITS:
        notes.append(hit("crash", bar_beat, 0.7 + 0.2 * energy))
    return notes


def hit(lane: str, start: float, strength: float) -> Note:
    """A stroke on one drum."""
    return Note(on_grid(start), 0.25, DRUM_NOTES[lane], min(1.0, max(0.05, strength)))


def late(style: Style, tempo_bpm: float, dice: Dice, step: int) -> float:
    """Deviation in beats of one stroke; strokes on the beat keep closer."""
    spread = style.humanise_ms * (0.4 if step % 4 == 0 else 1.0)
    return dice.bell() * spread / 1000.0 * tempo_bpm / 60.0 * 0.6
