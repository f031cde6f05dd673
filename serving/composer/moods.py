"""What each mood does to a piece, as data.

Mode, tempo, register, loudness, timbre and articulation are the musical means that listeners'
ratings of valence and arousal follow most (Gabrielsson and Lindström 2010, "The role of structure
in the musical expression of emotions"), and their effects mostly add up (Eerola, Friberg and Bresin
2013, "Emotional expression in music: contribution, linearity, and additivity of primary musical
cues"), so each mood here is a sum of small shifts. Energy is staccato, dry and bright, without
pads, over driven strings; happiness is light in the bass, with a strummed guitar and an organ on
the off-beats. Calm and sad music are both slow, soft and legato; mode, register and instruments
part them: sadness lies low, in a large room (Juslin and Laukka 2004, "Expression, perception, and
induction of musical emotions"), sung by a cello over a harmonium; calm is dry and close, a plucked
nylon guitar and felted keys. Each mood's own players are heard in every genre; its balance lets the
style's players make room for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .styles.base import Player


@dataclass(frozen=True)
class MoodShape:
    """The means of a mood.

    ``major``: probability of a major key. ``tempo``: place in the style's range, -1 to 1.
    ``register``: semitones for lead and chords. ``density``: notes kept, 0 to 1.
    ``brightness``: factor on filter cut-offs; ``tilt``: dB that the whole is tilted towards the
    treble. ``velocity``: factor. ``legato``: factor on lengths. ``reverb``: dB on the send.
    ``drums``: 0 to 1, weight of the kit. ``colour``: what is added to plain triads.
    ``major_loops`` and ``minor_loops``: progressions that carry the mood. ``players``: its own.
    ``balance``: dB on the style's players of a role.
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
    players: tuple[Player, ...]
    balance: Mapping[str, float] = field(default_factory=dict)

    def trim(self, player: Player) -> float:
        """dB that the mood adds to a player's level; its own players stand as they are."""
        return 0.0 if player in self.players else self.balance.get(player.role, 0.0)


_GLOCKENSPIEL = Player(
    "glockenspiel", "arp", "music_box", ("0---2-1-3---2-1-", "0-1-2---3-1-2---"),
    low=76, high=100, level=-12, pan=0.3, reverb=-14, program=9,
)  # fmt: skip
_STRUM = Player(
    "strum", "comp", "steel_guitar", ("X---x-x-x-x-x-x-", "X---x-x---x-x-x-"),
    low=48, high=72, level=-8, pan=-0.15, reverb=-20, program=25, strum_ms=14,
)  # fmt: skip
_SKANK = Player(
    "skank", "comp", "rock_organ", ("..x-..x-..x-..x-",), low=55, high=76, level=-10, pan=0.2,
    reverb=-20, program=16,
)  # fmt: skip
_ENGINE = Player(
    "engine", "arp", "saw_pluck", ("0-0-0-0-0-0-0-0-", "0-0-2-0-0-0-2-0-"),
    low=50, high=74, level=-8, pan=-0.2, reverb=-30, drive=0.4, lowcut=120, program=81,
    slow_patterns=("0---0---0---0-0-",),
)  # fmt: skip
_CHUG = Player(
    "chug", "arp", "spiccato", ("0-0-0-0-0-0-0-0-",), low=45, high=64, level=-6, pan=0.2,
    reverb=-26, drive=0.5, program=44, slow_patterns=("0---0---0---0---",),
)  # fmt: skip
_BRASS = Player(
    "brass", "power", "low_brass", ("X-------x-------", "X---------------"),
    low=36, high=58, level=-9, pan=0.2, reverb=-9, program=61,
)  # fmt: skip
_VOICES = Player(
    "voices", "sustain", "choir", low=60, high=81, level=-14, reverb=-7, lowcut=200, program=52,
)  # fmt: skip
_FELT = Player(
    "felt", "sustain", "soft_keys", low=52, high=70, level=-8, reverb=-18, tone=2500, program=4,
)  # fmt: skip
_NYLON = Player(
    "nylon", "arp", "nylon_guitar", ("0---2---1---3---", "0---2-1-3---2---"),
    low=52, high=76, level=-8, pan=-0.2, reverb=-20, program=24,
)  # fmt: skip
_HAZE = Player(
    "haze", "sustain", "airy_pad", low=60, high=82, level=-11, reverb=-5, lowcut=250, program=89,
)  # fmt: skip
_CHIMES = Player(
    "chimes", "arp", "glass_bell", ("0-------3---2---", "....2-------3---"),
    low=74, high=96, level=-14, pan=-0.4, reverb=-4, delay=-8, program=98,
)  # fmt: skip
_CELLO = Player(
    "cello", "melody", "solo_cello", low=43, high=62, level=-6, pan=0.15, reverb=-7, program=42,
)  # fmt: skip
_HARMONIUM = Player(
    "harmonium", "sustain", "rock_organ", low=52, high=70, level=-16, reverb=-10, program=20,
)  # fmt: skip
_TEARS = Player(
    "tears", "arp", "piano", ("0---2---1---2---", "2---1---0---1---"), low=57, high=79, level=-7,
    pan=-0.25, reverb=-20, program=0,
)  # fmt: skip
_SHADOW = Player(
    "shadow", "bass", "shadow", ("T---------------",), low=28, high=40, level=-14, reverb=-12,
    drive=0.3, tone=500, program=95,
)  # fmt: skip
_TREMOLO = Player(
    "tremolo", "arp", "spiccato", ("0000000000000000", "0011001100110011"),
    low=62, high=80, level=-9, pan=-0.25, reverb=-20, lowcut=300, program=44,
)  # fmt: skip

MOOD_SHAPES: dict[str, MoodShape] = {
    "happy": MoodShape(
        0.97, 0.4, 4, 0.9, 1.0, 2.0, 1.0, 0.95, -3.0, 0.95, "plain",
        ("I IV V I", "I V IV V", "I vi IV V"), ("i bVII bVI V", "i iv bVII V"),
        (_GLOCKENSPIEL, _STRUM, _SKANK), {"bass": -7.0, "sustain": -8.0},
    ),
    "energetic": MoodShape(
        0.6, 0.9, 0, 1.0, 2.2, 6.0, 1.15, 0.5, -12.0, 1.2, "plain",
        ("I IV I V", "I bVII IV I"), ("i bVII iv V", "i bVI bVII i"),
        (_ENGINE, _CHUG), {"sustain": -8.0, "arp": -4.0, "melody": -3.0},
    ),
    "epic": MoodShape(
        0.35, 0.35, 0, 0.85, 1.2, 0.0, 1.15, 1.0, 3.0, 1.1, "plain",
        ("I V vi IV", "I IV vi V"), ("i bVI iv V", "i iv bVII i"),
        (_BRASS, _VOICES),
    ),
    "calm": MoodShape(
        0.9, -0.4, 2, 0.5, 0.55, -5.0, 0.66, 1.1, -6.0, 0.5, "soft",
        ("I IV I V", "I iii IV I"), ("i iv i v", "i bVI iv i"),
        (_FELT, _NYLON), {"power": -12.0, "comp": -5.0, "bass": -5.0, "sustain": -5.0},
    ),
    "dreamy": MoodShape(
        0.8, -0.4, 5, 0.6, 0.9, 1.0, 0.75, 1.3, 6.0, 0.45, "lush",
        ("I iii,vi IV I", "I IV I iv"), ("i bVI i bVII", "i iv bVI V"),
        (_HAZE, _CHIMES),
    ),
    "sad": MoodShape(
        0.04, -0.95, -5, 0.4, 0.85, -4.0, 0.8, 1.25, 6.0, 0.45, "soft",
        ("I iv I V", "I vi iv V"), ("i iv i V", "i bVI iv V"),
        (_CELLO, _HARMONIUM, _TEARS), {"comp": -5.0, "power": -9.0, "melody": -6.0},
    ),
    "dark": MoodShape(
        0.02, -0.15, -7, 0.6, 0.46, -8.0, 0.92, 1.0, 2.0, 0.75, "plain",
        ("I iv I V", "I iv V I"), ("i bII i V", "i bVI iv,V i"),
        (_SHADOW,),
    ),
    "tense": MoodShape(
        0.03, 0.6, -1, 1.0, 1.1, 1.5, 1.05, 0.5, -6.0, 0.8, "sharp",
        ("I iv I V", "I ii V I"), ("i bII,V i V", "i iio V i"),
        (_TREMOLO,),
    ),
}  # fmt: skip
