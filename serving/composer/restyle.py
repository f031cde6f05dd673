"""Style transfer: a recording's beats, chords and tune, arranged and played in another genre.

The new band follows the recording's own beat times, so both can sound together: ``strength``
fades from the recording (0) to the new arrangement alone (1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from features.audio.reader import resample

from .arrange import Context, part_of
from .brief import Brief, BriefError, complete
from .form import BEATS_PER_BAR, Plan, plan_bars
from .harmony import Progression
from .mix import Performance, render
from .moods import MOOD_SHAPES
from .rhythm import swung
from .score import Chord, Note, Part, Score, on_grid
from .soundfont import Soundfont
from .styles import style_of
from .theory import Harmony, has_flats
from .transcribe import Heard, transcribe

_INTERVALS = {"major": (0, 4, 7), "minor": (0, 3, 7)}


@dataclass(frozen=True)
class Restyled:
    """The new score, its sound over the recording's length, and what was heard."""

    score: Score
    performance: Performance
    heard: Heard


def restyle(
    y: np.ndarray, sr: int, genre: str, *, mood: str | None = None, strength: float = 1.0,
    seed: int = 0, sample_rate: int = 44100, soundfont: Soundfont | None = None,
    on_step: Callable[[], None] = lambda: None,
    on_part: Callable[[float], None] = lambda done: None,
) -> Restyled:  # fmt: skip
    """Arrange the recording ``y`` (frames,) or (frames, channels) in ``genre``.

    ``on_step`` is called often while the recording is heard. ``on_part`` is told 0 when it has been
    heard and again when its score is written, then the share of parts that have been played; what
    either raises ends the arranging.

    Raises ``TranscriptionError`` for a recording that can't be followed, ``BriefError`` for a wish
    that can't be met.
    """
    if not 0.0 <= strength <= 1.0:
        raise BriefError(f"strength={strength:g}: must be 0-1")
    complete(Brief(genre, mood, seed=seed))
    heard = transcribe(y, sr, on_step)
    on_part(0.0)
    score = arrange_heard(heard, genre, mood, len(y) / sr, seed)
    on_part(0.0)
    made = render(score, sample_rate, soundfont=soundfont, on_part=on_part)
    if strength < 1.0:
        made = _blend(made, y, sr, strength)
    return Restyled(score, made, heard)


def arrange_heard(
    heard: Heard, genre: str, mood: str | None, duration_s: float, seed: int
) -> Score:
    """A score in ``genre`` with the chords, tune and beat times of what was heard."""
    tempo = min(180.0, max(60.0, heard.tempo_bpm))
    wish = complete(Brief(genre, mood, tempo, heard.key, duration_s, seed))
    style, shape = style_of(genre), MOOD_SHAPES[wish.mood]
    bars = (len(heard.beats_s) - 1) // BEATS_PER_BAR
    layout = plan_bars(style, bars, seed)
    progression = _progression(heard, layout)
    context = Context(style, shape, wish.key, tempo, seed, layout, progression)
    parts = []
    for player in style.band(wish.mood):
        part = part_of(context, player, ring=4.0)
        if part.role == "melody" and part.notes:
            tune = _tune(
                heard, player.low + shape.register, player.high + shape.register, style.swing
            )
            part = replace(part, notes=_where_it_played(tune, part, layout))
        if part.notes:
            parts.append(_on_beats(part, heard, tempo, duration_s))
    chords = tuple(replace(c, start=_virtual(c.start, heard, tempo)) for c in progression.chords())
    return Score(
        genre=genre, mood=wish.mood, tempo_bpm=tempo, key=wish.key, beats_per_bar=BEATS_PER_BAR,
        duration_s=duration_s, seed=seed, swing=style.swing, sections=layout.sections,
        chords=chords, parts=tuple(parts),
        ending_beat=_virtual(layout.ending_beat, heard, tempo),
    )  # fmt: skip


def _progression(heard: Heard, layout: Plan) -> Progression:
    spans: list[tuple[float, float, Harmony]] = []
    flat = has_flats(heard.key)
    for beat, (root, mode) in enumerate(heard.chords[: int(layout.ending_beat) + 1]):
        chord = Harmony("", root, _INTERVALS[mode], flat)
        if spans and spans[-1][2] == chord:
            start, length, _ = spans[-1]
            spans[-1] = (start, length + 1.0, chord)
        else:
            spans.append((float(beat), 1.0, chord))
    return Progression(tuple(spans))


def _tune(heard: Heard, low: int, high: int, swing: float) -> list[Note]:
    """The melody that was heard, moved by octaves into a range; repeated pitches held."""
    notes: list[Note] = []
    for half, pitch in enumerate(heard.melody):
        if pitch == 0:
            continue
        while pitch < low:
            pitch += 12
        while pitch > high:
            pitch -= 12
        beat, off = divmod(half, 2)
        start = on_grid(beat + (swung(2, swing) if off else 0.0))
        if notes and notes[-1].pitch == pitch and half % 4 and notes[-1].length < 2:
            notes[-1] = replace(notes[-1], length=notes[-1].length + 0.5)
        else:
            notes.append(Note(start, 0.46, pitch, 0.78 if off else 0.85))
    return notes


def _where_it_played(tune: list[Note], part: Part, layout: Plan) -> tuple[Note, ...]:
    """The tune in those sections in which the style gives this player a melody."""
    playing = [
        (s.bar * BEATS_PER_BAR, (s.bar + s.bars) * BEATS_PER_BAR)
        for s in layout.sections
        if any(s.bar * 4 <= n.start < (s.bar + s.bars) * 4 for n in part.notes)
    ]
    return tuple(n for n in tune if any(a <= n.start < b for a, b in playing))


def _virtual(beat: float, heard: Heard, tempo: float) -> float:
    """The time of a beat of the recording, in beats of the constant tempo from its first frame."""
    times = heard.beats_s
    whole = min(int(beat), len(times) - 2)
    at = times[whole] + (beat - whole) * (times[whole + 1] - times[whole])
    return float(at * tempo / 60.0)


def _on_beats(part: Part, heard: Heard, tempo: float, duration_s: float) -> Part:
    end = duration_s * tempo / 60.0
    moved = []
    for note in part.notes:
        start = _virtual(note.start, heard, tempo)
        if 0.0 <= start < end - 0.05:
            moved.append(replace(note, start=on_grid(start), length=min(note.length, end - start)))
    return replace(part, notes=tuple(moved))


def _blend(made: Performance, y: np.ndarray, sr: int, strength: float) -> Performance:
    """The recording under the arrangement, at constant power, kept below full scale."""
    stereo = np.repeat(y[:, None], 2, axis=1) if y.ndim == 1 else y[:, [0, -1]]
    source = resample(stereo.astype(np.float32), sr, made.sample_rate)[: len(made.mix)]
    loud = float(np.sqrt(np.mean(made.mix**2)) / max(1e-6, np.sqrt(np.mean(source**2))))
    source = np.pad(source, ((0, len(made.mix) - len(source)), (0, 0)))
    under = source * np.float32((1.0 - strength) ** 0.5 * loud)
    stems = {name: stem * np.float32(strength**0.5) for name, stem in made.stems.items()}
    mix = made.mix * np.float32(strength**0.5) + under
    scale = np.float32(min(1.0, 0.89 / max(1e-6, float(np.abs(mix).max()))))
    stems = {name: stem * scale for name, stem in stems.items()} | {"recording": under * scale}
    return Performance(mix * scale, stems, made.sample_rate)


def on_paper(score: Score, heard: Heard) -> Score:
    """The score with each chord at the beat of its bar, as it would be written down."""
    beats_s = heard.beats_s

    def written(chord: Chord) -> Chord:
        beat = np.abs(beats_s - chord.start * score.seconds_per_beat).argmin()
        return replace(chord, start=float(beat))

    return replace(score, chords=tuple(written(chord) for chord in score.chords))
