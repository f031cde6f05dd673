"""What each mood does to a piece, as data.

Mode, tempo, register, loudness and articulation are the musical means that listeners' ratings
of valence and arousal follow most (Gabrielsson and Lindström 2010, "The role of structure in the
musical expression of emotions").
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MoodShape:
    """The means of a mood.

    ``major``: probability of a major key. ``tempo``: place in the style's range, -1 to 1.
    ``register``: semitones for lead and chords. ``density``: notes kept, 0 to 1.
    ``brightness``: factor on filter cut-offs. ``velocity``: factor. ``legato``: factor on lengths.
    ``reverb``: dB on the send. ``drums``: 0 to 1, weight of the kit. ``colour``: what is added to
    plain triads. ``major_loops`` and ``minor_loops``: progressions that carry the mood.
    """

    major: float
    tempo: float
    register: int
    density: float
    brightness: float
    velocity: float
    legato: float
    reverb: float
    drums: float
    colour: str
    major_loops: tuple[str, ...]
    minor_loops: tuple[str, ...]


MOOD_SHAPES: dict[str, MoodShape] = {
    "happy": MoodShape(
        0.97, 0.5, 3, 0.9, 1.3, 1.0, 0.8, -1.0, 0.9, "plain",
        ("I IV V I", "I V IV V", "I vi IV V"), ("i bVII bVI V", "i iv bVII V"),
    ),
    "energetic": MoodShape(
        0.6, 0.9, 2, 1.0, 1.5, 1.12, 0.7, -3.0, 1.0, "plain",
        ("I IV I V", "I bVII IV I"), ("i bVII iv V", "i bVI bVII i"),
    ),
    "epic": MoodShape(
        0.35, 0.35, 0, 0.85, 1.2, 1.15, 1.0, 2.0, 1.0, "open",
        ("I V vi IV", "I IV vi V"), ("i bVI iv V", "i iv bVII i"),
    ),
    "calm": MoodShape(
        0.9, -0.8, -1, 0.45, 0.65, 0.72, 1.15, 2.0, 0.45, "soft",
        ("I IV I V", "I iii IV I"), ("i iv i v", "i bVI iv i"),
    ),
    "dreamy": MoodShape(
        0.8, -0.4, 4, 0.6, 0.8, 0.78, 1.25, 4.0, 0.5, "lush",
        ("I iii IV I", "I IV I iv"), ("i bVI i bVII", "i iv bVI V"),
    ),
    "sad": MoodShape(
        0.06, -0.7, -3, 0.5, 0.6, 0.75, 1.15, 2.5, 0.5, "soft",
        ("I iv I V", "I vi iv V"), ("i iv i V", "i bVI iv V"),
    ),
    "dark": MoodShape(
        0.02, -0.15, -7, 0.6, 0.5, 0.92, 1.0, 1.5, 0.75, "plain",
        ("I iv I V", "I IV iv I"), ("i bII i V", "i bVI iv i"),
    ),
    "tense": MoodShape(
        0.04, 0.6, -1, 0.95, 1.05, 1.05, 0.6, -1.0, 0.85, "sharp",
        ("I iv I V", "I ii V I"), ("i bII V i", "i iio V i"),
    ),
}  # fmt: skip
