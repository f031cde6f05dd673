"""Jazz: swung ride, walking double bass, seventh and ninth chords, a horn or vibes."""

from dataclasses import replace

from .base import Groove, Melody, Player, Production, Style
from .colours import BRASS, CHIMES, HAMMERED_PIANO, NYLON, NYLON_TEARS, SHADOW, STABS, TREMOLO

STYLE = Style(
    genre="jazz",
    tempo_bpm=(88, 168),
    moods=("happy", "calm", "sad", "dreamy"),
    major=0.55,
    kit="brush",
    extension="seventh",
    swing=0.645,
    humanise_ms=7,
    loop_weight=0.85,
    major_loops=("I V7/ii ii,V7 I", "I vi ii V7", "I ii,V7 I V7", "I IV iii,V7/ii ii,V7"),
    minor_loops=("i iv i V7", "i bVI iio,V7 i", "i iio,V7 i iv", "i iv iio,V7 i"),
    players=(
        Player("drums", "drums", "brush", level=-9, reverb=-12),
        Player("bass", "bass", "upright_bass", ("R---3---5---a---", "R---5---8---a---",
               "R---5---3---a---"), low=28, high=50, level=-10, tone=700, reverb=-16,
               program=32),
        Player("piano", "comp", "jazz_piano",
               ("x--...x-....x---", "x-....x---x-....", "x---..x-..x-....", "..x---..x-....x-"),
               low=50, high=74, level=-12, pan=-0.25, reverb=-13, program=0),
        Player("sax", "melody", "sax", low=56, high=79, level=-2, pan=0.15, reverb=-12,
               program=66),
        Player("vibes", "arp", "vibes", ("0---....2---3---", "..0---..3---....",
            "3-..2-..1---...."),
               low=60, high=84, level=-17, pan=0.35, reverb=-16, program=11),
    ),
    grooves=(
        Groove({"ride": "X...x.o.X...x.o.", "pedal_hat": "....x.......x...",
                "kick": "o...o...o...o...", "snare": ".......o......o."}, fastest=140),
        Groove({"ride": "X...x.o.X...x...", "pedal_hat": "....X.......X...",
                "kick": "o...o...o...o...", "rim": "............x..."}, fastest=140),
        Groove({"ride": "X...X...X...X.o.", "pedal_hat": "x...x...x...x...",
                "kick": "x...x...x...x..."}, slowest=140),
    ),
    melody=Melody(
        ("x-x-x-x-x---x-x-", "x---x-x-x-x-x---", "..x-x-x-x-x-x-x-", "x-x-x---..x-x---",
         "x-----x-x-x-x-x-"),
        leap=0.3, scale="full", breath=0.3, ornament=0.15),
    forms=(
        ("head",), ("intro", "head"), ("intro", "head", "outro"), ("intro", "head", "solo",
            "outro"),
        ("intro", "head", "bridge", "solo", "head", "outro"),
        ("intro", "head", "bridge", "head", "solo", "solo", "head", "outro"),
    ),
    layers={
        "intro": ("drums", "bass", "piano", "sax"),
        "head": ("drums", "bass", "piano", "sax"),
        "bridge": ("drums", "bass", "piano", "vibes", "sax"),
        "solo": ("drums", "bass", "piano", "vibes", "sax"),
        "outro": ("drums", "bass", "piano", "vibes", "sax"),
    },
    colours={
        "happy": (STABS,),
        "energetic": (replace(HAMMERED_PIANO, level=-13),),
        "epic": (BRASS,),
        "calm": (NYLON,),
        "dreamy": (CHIMES,),
        "sad": (NYLON_TEARS,),
        "dark": (SHADOW,),
        "tense": (replace(TREMOLO, level=-14),),
    },
    production=Production(reverb_s=0.7, reverb_tone=6000, reverb_size=0.5, glue=1),
)  # fmt: skip
