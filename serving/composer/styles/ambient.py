"""Ambient: slow pads, drone, sparse bells and a soft pulse in a very large room."""

from .base import Groove, Melody, Player, Production, Style
from .colours import CELLO, ENGINE, GLOCKENSPIEL, GLOW, HAZE, PULSES, SHADOW, VOICES

STYLE = Style(
    genre="ambient",
    tempo_bpm=(60, 90),
    moods=("calm", "dreamy", "dark", "sad"),
    major=0.6,
    kit="soft",
    extension="ninth",
    humanise_ms=6,
    major_loops=("I I IV I", "I IV I V", "I vi IV I"),
    minor_loops=("i i bVI i", "i bVI i iv", "i i bVII i"),
    players=(
        Player("pad", "sustain", "airy_pad", low=50, high=74, level=-13, reverb=-5, lowcut=90,
               program=88),
        Player("choir", "sustain", "choir", low=57, high=79, level=-17, reverb=-5, lowcut=200,
               program=91),
        Player("drone", "bass", "drone", ("T---------------",), low=29, high=43, level=-10,
               reverb=-14, program=96),
        Player("pulse", "arp", "soft_pluck", ("0---2---1---2---", "0---1---2---1---",
            "2---1---0---1---"),
               low=57, high=81, level=-3, pan=0.2, reverb=-12, delay=-16, program=46),
        Player("bells", "melody", "glass_bell", low=72, high=96, level=-16, pan=-0.25, reverb=-4,
               delay=-12, program=98),
        Player("drums", "drums", "soft", level=-9, reverb=-10),
    ),
    grooves=(Groove({"kick": "X...x...x...x..."}),),
    melody=Melody(
        ("x-------x-------", "x---------------", "........x-------", "x-------........"),
        leap=0.5, scale="pentatonic", breath=0.4),
    forms=(
        ("drift",), ("rise", "drift"), ("rise", "drift", "fall"),
        ("rise", "drift", "still", "fall"), ("rise", "drift", "still", "drift", "fall"),
    ),
    layers={
        "rise": ("pad", "pulse", "drone", "drums"),
        "drift": ("pad", "drone", "pulse", "bells", "choir", "drums"),
        "still": ("choir", "drone", "bells", "pulse"),
        "fall": ("pad", "pulse", "drone", "choir", "drums"),
    },
    colours={
        "happy": (GLOCKENSPIEL,),
        "energetic": (ENGINE,),
        "epic": (VOICES,),
        "calm": (GLOW,),
        "dreamy": (HAZE,),
        "sad": (CELLO,),
        "dark": (SHADOW,),
        "tense": (PULSES,),
    },
    production=Production(reverb_s=6.5, reverb_tone=3500, delay_beats=1.5, glue=0.5),
)  # fmt: skip
