"""Pop: bright four-chord loops, backbeat in a live room, strummed steel, a sung wordless hook."""

from dataclasses import replace

from .base import Groove, Melody, Player, Production, Style
from .colours import (
    CELLO,
    CHIMES,
    CHUG,
    GLOCKENSPIEL,
    NYLON,
    NYLON_TEARS,
    SHADOW,
    STRUM,
    TREMOLO,
    VOICES,
)

STYLE = Style(
    genre="pop",
    tempo_bpm=(96, 128),
    moods=("happy", "energetic", "dreamy", "sad"),
    major=0.75,
    kit="pop",
    extension="triad",
    humanise_ms=3,
    major_loops=("I V vi IV", "I vi IV V", "I IV vi V"),
    minor_loops=("i bVI bIII bVII", "i bVII bVI V", "i iv bVI V"),
    players=(
        Player("drums", "drums", "pop", level=-1, reverb=-13),
        Player("bass", "bass", "synth_bass",
               ("R---R---R---R-R-", "R-R-R-R-R-R-R-R-", "R--R--R-R--R--R-"),
               low=31, high=50, level=-10, reverb=-60, duck=0.35, tone=2500, program=38),
        Player("piano", "comp", "piano",
               ("X---x---X---x---", "X--x--x-X--x--x-", "X---x---X--x--x-"),
               low=53, high=76, level=-9, pan=-0.2, reverb=-12, program=0),
        Player("pad", "sustain", "supersaw", low=52, high=74, level=-17, reverb=-12, duck=0.3,
               lowcut=180, program=89),
        Player("lead", "melody", "hook_voice", low=60, high=77, level=-3, reverb=-12, delay=-20,
               program=53),
        Player("guitar", "comp", "steel_guitar", ("X---x-x-x-x-x-x-", "X---x---X-x-x-x-"),
               low=45, high=69, level=-22, pan=0.4, reverb=-12, strum_ms=14, program=25),
    ),
    grooves=(
        Groove({"kick": "X.......X.x.....", "snare": "....X.......X...",
                "hat": "x.o.x.o.x.o.x.o.", "clap": "....x.......x..."}, fastest=132),
        Groove({"kick": "X...x...X...x...", "snare": "....X.......X...",
                "hat": "x.x.x.x.x.x.x.x.", "clap": "....x.......x..."}, slowest=90, fastest=140),
        Groove({"kick": "X...X...X...X...", "snare": "....X.......X...",
                "hat": "X...X...X...X...", "shaker": "..o...o...o...o."}, slowest=132),
    ),
    melody=Melody(
        ("x-x-x-x---x-x---", "x---x-x-x---x---", "x-x---x-x-x-----", "..x-x-x-x---x---"),
        leap=0.2, scale="pentatonic", breath=0.25),
    forms=(
        ("chorus",), ("verse", "chorus"), ("intro", "verse", "chorus"),
        ("intro", "verse", "chorus", "outro"),
        ("intro", "verse", "chorus", "verse", "chorus", "outro"),
        ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro"),
    ),
    layers={
        "intro": ("drums", "piano", "guitar", "lead"),
        "verse": ("drums", "bass", "piano", "lead"),
        "chorus": ("drums", "bass", "piano", "pad", "lead", "guitar"),
        "bridge": ("bass", "pad", "piano", "guitar", "drums", "lead"),
        "outro": ("drums", "bass", "piano", "pad", "guitar", "lead"),
    },
    colours={
        "happy": (STRUM, GLOCKENSPIEL,),
        "energetic": (replace(CHUG, level=-8),),
        "epic": (VOICES,),
        "calm": (NYLON,),
        "dreamy": (CHIMES,),
        "sad": (NYLON_TEARS, CELLO,),
        "dark": (SHADOW,),
        "tense": (replace(TREMOLO, level=-13),),
    },
    production=Production(reverb_s=0.8, reverb_tone=8000, reverb_size=0.5, delay_beats=0.75,
                          glue=2.5),
)  # fmt: skip
