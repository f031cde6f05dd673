"""Brief in, score out: form, harmony, then what each player does in each section."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..brief import Brief, complete
from ..exact import Dice
from ..moods import MOOD_SHAPES, MoodShape
from ..score import Note, Part, Score, Section, on_grid
from ..styles import Style, style_of
from ..styles.base import Groove, Player
from .form import BEATS_PER_BAR, Plan, plan
from .given_tune import Line
from .harmony import Progression, progress
from .melody import Voice, ideas, pick_phrase, tune
from .players import accompany, last_notes
from .rhythm import SLOW_BPM, drum_bar, fill, groove_for, hit

_BUILDS = ("build", "rise")
_SWELL = 0.6


@dataclass(frozen=True)
class Context:
    """What every player of a piece knows. A ``line`` is a tune that is given, not invented."""

    style: Style
    shape: MoodShape
    key: str
    tempo_bpm: float
    seed: int
    plan: Plan
    progression: Progression
    line: Line | None = None


def compose(brief: Brief) -> Score:
    """Compose what a brief asks for; equal briefs give equal scores.

    Raises ``BriefError`` with every fault of the brief.
    """
    wish = complete(brief)
    style = style_of(wish.genre)
    layout = plan(style, wish.duration_s, wish.tempo_bpm, Dice(wish.seed, "form", wish.genre))
    progression = progress(
        style, wish.mood, wish.key, layout, Dice(wish.seed, "harmony", wish.genre)
    )
    context = Context(
        style, MOOD_SHAPES[wish.mood], wish.key, wish.tempo_bpm, wish.seed, layout, progression
    )
    ring = wish.duration_s * wish.tempo_bpm / 60.0 - layout.ending_beat
    parts = tuple(part_of(context, player, ring) for player in style.band(wish.mood))
    return Score(
        genre=wish.genre, mood=wish.mood, tempo_bpm=wish.tempo_bpm, key=wish.key,
        beats_per_bar=BEATS_PER_BAR, duration_s=wish.duration_s, seed=wish.seed,
        swing=style.swing, sections=layout.sections, chords=progression.chords(),
        parts=tuple(part for part in parts if part.notes), ending_beat=layout.ending_beat,
    )  # fmt: skip


def part_of(context: Context, player: Player, ring: float) -> Part:
    """Everything that one player plays; ``ring`` beats are left after the last chord."""
    notes: list[Note] = []
    for number, section in enumerate(context.plan.sections):
        if _plays(context, player, section):
            notes += _section(context, player, section, number)
    end = context.plan.ending_beat
    kept = [replace(n, length=min(n.length, end - n.start)) for n in notes if n.start < end - 0.05]
    if _plays(context, player, context.plan.sections[-1]):
        kept += _ending(context, player, end, ring)
    kept.sort(key=lambda n: (n.start, n.pitch))
    return Part(player.name, player.role, player.patch, player.program, tuple(kept))


def _plays(context: Context, player: Player, section: Section) -> bool:
    """The mood's own players are there throughout, the style's where its layers say."""
    mine = player not in context.style.players
    return mine or player.name in context.style.layers[section.name]


def _section(context: Context, player: Player, section: Section, number: int) -> list[Note]:
    dice = Dice(context.seed, player.name, number)
    if player.role == "drums":
        return _drums(context, section, number, dice)
    if player.role == "melody":
        return _melody(context, player, section, dice)
    if player.role == "texture":
        start = float(section.bar * BEATS_PER_BAR)
        return [Note(start, float(section.bars * BEATS_PER_BAR), 60, 0.8)]
    same = Dice(context.seed, player.name, section.name)
    slow = context.tempo_bpm < SLOW_BPM and player.slow_patterns
    pattern = same.pick(slow or player.patterns)
    return accompany(
        context.style, context.shape, player, pattern, context.progression, section,
        context.tempo_bpm, context.plan.ending_beat, same, dice,
    )  # fmt: skip


def _drums(context: Context, section: Section, number: int, dice: Dice) -> list[Note]:
    groove = groove_for(
        context.style, context.tempo_bpm, Dice(context.seed, "groove", section.name)
    )
    if groove is None:
        return []
    notes = []
    for bar in range(section.bars):
        turning = bar == section.bars - 1 and section.bars > 1
        played = fill(groove, context.style.kit) if turning else _thinned(groove, section)
        if turning and section.name == "build":
            played = Groove({n: lane for n, lane in played.lanes.items() if n != "kick"})
        notes += drum_bar(
            played, float((section.bar + bar) * BEATS_PER_BAR), context.style, context.tempo_bpm,
            _swelling(section, bar), context.shape.drums, dice,
            crash=bar == 0 and section.energy > 0.7,
        )  # fmt: skip
    return notes


def _swelling(section: Section, bar: int) -> float:
    """The energy of a bar: what builds up begins low and ends high."""
    if section.name not in _BUILDS:
        return section.energy
    return min(1.0, section.energy + _SWELL * ((bar + 1) / section.bars - 0.7))


def _thinned(groove: Groove, section: Section) -> Groove:
    """In quiet sections the loudest voices of the kit wait."""
    if section.energy >= 0.5:
        return groove
    lanes = {n: lane for n, lane in groove.lanes.items() if n not in ("clap", "open_hat", "crash")}
    return Groove(lanes)


def _melody(context: Context, player: Player, section: Section, dice: Dice) -> list[Note]:
    same = Dice(context.seed, "tune", section.name)
    material = ideas(context.style, context.shape.density, same)
    shift = context.shape.register
    voice = Voice(
        player.low + shift, player.high + shift,
        min(1.0, 0.78 * context.shape.velocity * (0.62 + 0.38 * section.energy)),
        context.shape.legato,
    )  # fmt: skip
    if context.line is not None:
        return context.line.sung(
            context.style, context.shape.density, section, context.progression, voice,
            context.tempo_bpm, dice,
        )  # fmt: skip
    return tune(
        context.style, context.key, context.progression, section.bar, section.bars, voice,
        material, context.tempo_bpm, dice, pick_phrase(same),
    )  # fmt: skip


def _ending(context: Context, player: Player, end: float, ring: float) -> list[Note]:
    length = on_grid(max(0.25, min(ring * 0.7, 8.0)))
    if player.role == "drums":
        lanes = [name for name in ("kick", "stomp", "taiko") if _has(context.style, name)]
        notes = [hit(name, end, 0.9 * context.shape.velocity) for name in lanes]
        if context.style.kit in ("pop", "rock", "club", "taiko"):
            notes.append(hit("crash", end, 0.7))
        return notes
    chord = context.progression.at(end)
    return last_notes(player, context.shape, chord, end, length)


def _has(style: Style, lane: str) -> bool:
    return any(lane in groove.lanes for groove in style.grooves)
