"""Rock: distorted guitars left and right, picked bass, big drums."""

from dataclasses import replace

from .base import Groove, Melody, Player, Production, Style
from .colours import ACCORDION, BRASS, CELLO, CHIMES, HAZE, KEYS, PALM_MUTES, PULSES, SHADOW, VOICES

STYLE = Style(
    genre="rock",
    tempo_bpm=(104, 160),
    moods=("energetic", "epic", "tense", "dark"),
    major=0.5,
    kit="rock",
    extension="triad",
    humanise_ms=5,
    major_loops=("I IV V IV", "I bVII IV I", "I V IV I", "I V vi IV"),
    minor_loops=("i bVI bVII i", "i bVII bVI bVII", "i iv bVII i", "i bIII bVII iv"),
    players=(
        Player("drums", "drums", "rock", level=-2, reverb=-10),
        Player("bass", "bass", "pick_bass",
               ("R-R-R-R-R-R-R-R-", "R-R-R-R-R-R-5-8-", "R---R-R-R---R-R-"),
               low=28, high=45, level=-11, reverb=-60, drive=0.35, tone=900, program=34),
        Player("guitar left", "power", "dist_guitar",
               ("X-x-x-x-X-x-x-x-", "X---x-x-X---x-x-", "X---x---X---x-x-"),
               low=40, high=60, level=-9, pan=-0.85, reverb=-18, drive=0.88, tone=4600,
               lowcut=90, program=30),
        Player("guitar right", "power", "dist_guitar",
               ("X-x-x-x-X-x-x-x-", "X---x-x-X---x-x-", "X---x---X---x-x-"),
               low=40, high=62, level=-9, pan=0.85, reverb=-18, drive=0.8, tone=3900,
               lowcut=90, program=29),
        Player("shout", "melody", "low_voice", low=55, high=71, level=-6, reverb=-14, delay=-24,
               drive=0.35, program=53),
        Player("lead", "melody", "lead_guitar", low=59, high=81, level=-9, reverb=-15,
               delay=-17, drive=0.75, tone=6000, lowcut=150, program=30),
        Player("organ", "sustain", "rock_organ", low=55, high=74, level=-12, reverb=-20,
               drive=0.2, program=18),
    ),
    grooves=(
        Groove({"kick": "X.......X.x.....", "snare": "....X.......X...",
                "hat": "X.x.X.x.X.x.X.x."}, fastest=145),
        Groove({"kick": "X.x.....X.x.....", "snare": "....X.......X...",
                "ride": "X...X...X...X..."}, slowest=90),
        Groove({"kick": "X...x...X...x...", "snare": "....X.......X...",
                "open_hat": "X...X...X...X..."}, slowest=120),
    ),
    melody=Melody(
        ("x---x-x-x-------", "x-x-x-x-x-x-x---", "x-----x-x---x---", "x--x--x-x-------"),
        leap=0.35, scale="pentatonic", breath=0.35),
    forms=(
        ("chorus",), ("verse", "chorus"), ("intro", "verse", "chorus"),
        ("intro", "verse", "chorus", "outro"),
        ("intro", "verse", "chorus", "verse", "chorus", "outro"),
        ("intro", "verse", "chorus", "verse", "chorus", "solo", "chorus", "outro"),
    ),
    layers={
        "intro": ("drums", "guitar left", "guitar right", "bass", "lead"),
        "verse": ("drums", "bass", "guitar left", "guitar right", "shout"),
        "chorus": ("drums", "bass", "guitar left", "guitar right", "shout", "organ"),
        "solo": ("drums", "bass", "guitar left", "guitar right", "lead"),
        "outro": ("drums", "bass", "guitar left", "guitar right", "organ"),
    },
    colours={
        "happy": (ACCORDION,),
        "energetic": (replace(PALM_MUTES, level=-13),),
        "epic": (BRASS, VOICES,),
        "calm": (KEYS,),
        "dreamy": (HAZE, CHIMES,),
        "sad": (CELLO,),
        "dark": (SHADOW,),
        "tense": (replace(PULSES, level=-14),),
    },
    production=Production(reverb_s=0.8, reverb_tone=7000, reverb_size=0.5, delay_beats=1.0,
                          glue=3.5, drum_drive=0.25),
)  # fmt: skip
