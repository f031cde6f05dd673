"""Style transfer: a recording's beats, chords and tune, arranged and played in another genre.

The new band follows the recording's own beat times, so both can sound together: ``strength``
fades from the recording (0) to the new arrangement alone (1). It counts them as its style would, in
half or double time where that suits it (`metrical`); chords change when the recording's do and are
coloured as the style's (`heard_harmony`); the tune is sung in its rhythms (`given_tune`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from features.audio.reader import resample

from ..brief import Brief, BriefError, complete
from ..mixing.mix import Performance, render
from ..moods import MOOD_SHAPES
from ..score import Chord, Part, Score, on_grid
from ..sound.soundfont import Soundfont
from ..styles import style_of
from ..writing.arrange import Context, part_of
from ..writing.form import plan_bars
from ..writing.harmony import Progression, extension_for
from .heard_harmony import progression_of
from .heard_tune import line_of
from .metrical import Grid, feel_bpm, grid_for
from .transcribe import Heard, transcribe

_AT_ONCE, _SHORTEST = 0.1, 0.05


@dataclass(frozen=True)
class Restyled:
    """The new score, its sound over the recording's length, what was heard, and the beats that
    the band plays on."""

    score: Score
    performance: Performance
    heard: Heard
    grid: Grid


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
    grid = grid_for(heard, style_of(genre))
    score = arrange_heard(heard, genre, mood, len(y) / sr, seed)
    on_part(0.0)
    made = render(score, sample_rate, soundfont=soundfont, on_part=on_part)
    if strength < 1.0:
        made = _blend(made, y, sr, strength)
    return Restyled(score, made, heard, grid)


def arrange_heard(
    heard: Heard, genre: str, mood: str | None, duration_s: float, seed: int
) -> Score:
    """A score in ``genre`` with the chords and tune of what was heard, on the beats of
    `metrical.grid_for`."""
    wish = complete(Brief(genre, mood, key=heard.key, duration_s=duration_s, seed=seed))
    style, shape = style_of(genre), MOOD_SHAPES[wish.mood]
    grid = grid_for(heard, style)
    layout = plan_bars(style, grid.bars, seed)
    progression = progression_of(heard, grid, layout, extension_for(style, wish.mood))
    context = Context(
        style, shape, wish.key, feel_bpm(style, grid.tempo_bpm), seed, layout, progression,
        line_of(heard, grid),
    )  # fmt: skip
    players = style.band(wish.mood)
    begin, end = (time * grid.tempo_bpm / 60.0 for time in heard.sounds_s)
    ring = max(1.0, end - grid.even(layout.ending_beat))
    parts = (_on_beats(part_of(context, p, ring), grid, (begin, end)) for p in players)
    return Score(
        genre=genre, mood=wish.mood, tempo_bpm=grid.tempo_bpm, key=wish.key,
        beats_per_bar=grid.beats_per_bar, duration_s=duration_s, seed=seed, swing=style.swing,
        sections=layout.sections,
        chords=_chords(progression, grid),
        parts=tuple(part for part in parts if part.notes),
        ending_beat=grid.even(layout.ending_beat), opening_beat=grid.even(0.0),
    )  # fmt: skip


def _chords(progression: Progression, grid: Grid) -> tuple[Chord, ...]:
    """The chords on the beats of the grid, from the recording's first frame on."""
    moved = []
    for chord in progression.chords():
        start, end = grid.even(chord.start), grid.even(chord.start + chord.length)
        if end > 0.0:
            moved.append(replace(chord, start=max(0.0, start), length=end - max(0.0, start)))
    return tuple(moved)


def _on_beats(part: Part, grid: Grid, sounds: tuple[float, float]) -> Part:
    """The part on the beats of the grid, while the recording ``sounds`` (beats, from and to).

    What lasts longer than it is late begins with the recording.
    """
    begin, end = sounds
    notes = []
    for note in part.notes:
        planned = grid.even(note.start)
        stop = min(grid.even(note.start + note.length), end)
        start = max(0.0, planned if planned > begin - _AT_ONCE else begin)
        if grid.left_out(note.start) or stop - start < max(start - planned, _SHORTEST):
            continue
        notes.append(replace(note, start=on_grid(start), length=on_grid(stop - start)))
    return replace(part, notes=tuple(notes))


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


def on_paper(score: Score, grid: Grid) -> Score:
    """The score with each chord at the beat of its bar, as it would be written down."""
    beats_s = grid.beats_s

    def written(chord: Chord) -> Chord:
        beat = np.abs(beats_s - chord.start * score.seconds_per_beat).argmin()
        return replace(chord, start=float(beat))

    return replace(score, chords=tuple(written(chord) for chord in score.chords))
