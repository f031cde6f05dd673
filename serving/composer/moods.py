"""What each mood does to a piece, as data.

Mode, tempo, register, loudness, timbre and articulation are the musical means that listeners'
ratings of valence and arousal follow most (Gabrielsson and Lindström 2010, "The role of structure
in the musical expression of emotions"), and their effects mostly add up (Eerola, Friberg and Bresin
2013, "Emotional expression in music: contribution, linearity, and additivity of primary musical
cues"), so each mood here is a sum of small shifts. Energy is short, dry and bright, without pads;
happiness is light in the bass. Calm and sad music are both slow, soft and legato; mode, register
and room part them: sadness lies low, in a large room (Juslin and Laukka 2004, "Expression,
perception, and induction of musical emotions"); calm is dry and close. Each mood also brings
players of its own, for whom its balance makes room; which ones, the style says
(``styles/colours.py``): what is happy in folk would be out of place in ambient music.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MoodShape:
    """The means of a mood.

    ``major``: probability of a major key. ``tempo``: place in the style's range, -1 to 1.
    ``register``: semitones for lead and chords. ``density``: notes kept, 0 to 1.
    ``brightness``: factor on filter cut-offs; ``tilt``: dB that the whole is tilted towards the
    treble. ``velocity``: factor. ``legato``: factor on lengths. ``reverb``: dB on the send.
    ``drums``: 0 to 1, weight of the kit. ``colour``: what is added to plain triads.
    ``major_loops`` and ``minor_loops``: progressions that carry the mood. ``balance``: dB on
    the style's players of a role, for those that the mood brings.
    """

    major: float
    tempo: float
    register: int
    density: float
    brightness: float
    tilt: float
    velocity: float
    legato: float
    reverb: float
    drums: float
    colour: str
    major_loops: tuple[str, ...]
    minor_loops: tuple[str, ...]
    balance: Mapping[str, float] = field(default_factory=dict)


MOOD_SHAPES: dict[str, MoodShape] = {
    "happy": MoodShape(
        0.97, 0.4, 4, 0.9, 1.0, 2.0, 1.0, 0.95, -3.0, 0.95, "plain",
        ("I IV V I", "I V IV V", "I vi IV V"), ("i bVII bVI V", "i iv bVII V"),
        {"bass": -7.0, "sustain": -8.0},
    ),
    "energetic": MoodShape(
        0.6, 0.9, 0, 1.0, 1.5, 2.0, 1.15, 0.65, -12.0, 1.2, "plain",
        ("I IV I V", "I bVII IV I"), ("i bVII iv V", "i bVI bVII i"),
        {"sustain": -8.0, "arp": -4.0, "melody": -3.0},
    ),
    "epic": MoodShape(
        0.35, 0.35, 0, 0.85, 1.2, 0.0, 1.15, 1.0, 3.0, 1.1, "plain",
        ("I V vi IV", "I IV vi V"), ("i bVI iv V", "i iv bVII i"),
    ),
    "calm": MoodShape(
        0.9, -0.4, 2, 0.5, 0.55, -5.0, 0.66, 1.1, -6.0, 0.5, "soft",
        ("I IV I V", "I iii IV I"), ("i iv i v", "i bVI iv i"),
        {"power": -12.0, "comp": -5.0, "bass": -5.0, "sustain": -5.0},
    ),
    "dreamy": MoodShape(
        0.8, -0.4, 5, 0.6, 0.9, 1.0, 0.75, 1.3, 6.0, 0.45, "lush",
        ("I iii,vi IV I", "I IV I iv"), ("i bVI i bVII", "i iv bVI V"),
    ),
    "sad": MoodShape(
        0.04, -0.95, -2, 0.4, 0.85, -4.0, 0.8, 1.25, 6.0, 0.45, "soft",
        ("I iv I V", "I vi iv V"), ("i iv i V", "i bVI iv V"),
        {"comp": -3.0, "power": -9.0, "melody": -6.0},
    ),
    "dark": MoodShape(
        0.02, -0.15, -5, 0.6, 0.58, -8.0, 0.92, 1.0, 2.0, 0.5, "plain",
        ("I iv,V I V", "I V I iv,V"), ("i bII,V i V", "i bVI V i", "i iv,V i V"),
        {"sustain": 4.0, "arp": 4.0},
    ),
    "tense": MoodShape(
        0.03, 0.6, -1, 1.0, 1.0, -0.5, 1.05, 0.75, -6.0, 0.8, "sharp",
        ("I iv I V", "I ii V I"), ("i bII,V i V", "i iio V i"),
    ),
}  # fmt: skip
