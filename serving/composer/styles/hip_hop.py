"""Hip-hop: 808 sub, kick and snare in a booth, rolling hats, a rapped line without words."""

from dataclasses import replace

from .base import Groove, Melody, Player, Production, Style
from .colours import BRASS, CHIMES, HARMONIUM, NYLON, PALM_MUTES, PICKED_TREMOLO, SHADOW, STRUM

STYLE = Style(
    genre="hip-hop",
    tempo_bpm=(78, 100),
    moods=("dark", "energetic", "tense", "calm"),
    major=0.2,
    kit="trap",
    extension="triad",
    humanise_ms=4,
    swing=0.54,
    major_loops=("I IV I V", "I iii IV V"),
    minor_loops=("i i bVI V", "i bVI i V", "i iv i V"),
    players=(
        Player("drums", "drums", "trap", level=-2, reverb=-14, drive=0.1),
        Player("808", "bass", "sub_808",
               ("R-----..R---..R-", "R-------..R-R---", "R---..R-R-------"),
               low=24, high=41, level=-5, reverb=-70, drive=0.45, program=39),
        Player("bells", "arp", "dark_bell", ("0-..2-..1-..3-..", "0---3---2---1-2-",
            "0---2---3---2---"),
               low=64, high=86, level=-9, pan=-0.15, reverb=-12, delay=-16, program=14),
        Player("strings", "sustain", "dark_strings", low=53, high=72, level=-14, reverb=-14,
               lowcut=200, program=48),
        Player("rap", "melody", "rap_voice", low=48, high=57, level=-8, reverb=-18, program=53),
    ),
    grooves=(
        Groove({"kick": "X.....x...X.....", "snare": "....X.......X...",
                "hat": "x.x.x.x.x.x.x.xo", "clap": "....X.......X..."}, fastest=112),
        Groove({"kick": "X..x....X.x.....", "snare": "....X.......X...",
                "hat": "x.x.xoo.x.x.x.x.", "clap": "....x.......x..."}, fastest=112),
        Groove({"kick": "X...x...X...x...", "snare": "....X.......X...",
                "hat": "x...x...x...x...", "clap": "....X.......X..."}, slowest=112),
    ),
    melody=Melody(
        ("x-x-xxx-x-x-x-..", "..x-x-x-xxx-x---", "x-xxx-x-..x-x-x-", "x-x-..x-xxx-x-x-"),
        leap=0.1, scale="pentatonic", breath=0.1),
    forms=(
        ("hook",), ("verse", "hook"), ("intro", "verse", "hook"),
        ("intro", "verse", "hook", "outro"),
        ("intro", "verse", "hook", "verse", "hook", "outro"),
        ("intro", "hook", "verse", "hook", "verse", "bridge", "hook", "outro"),
    ),
    layers={
        "intro": ("bells", "strings", "drums", "rap"),
        "verse": ("drums", "808", "bells", "rap"),
        "hook": ("drums", "808", "bells", "strings", "rap"),
        "bridge": ("strings", "rap", "bells", "drums"),
        "outro": ("drums", "808", "bells", "rap"),
    },
    colours={
        "happy": (replace(STRUM, level=-12),),
        "energetic": (PALM_MUTES,),
        "epic": (BRASS,),
        "calm": (NYLON,),
        "dreamy": (CHIMES,),
        "sad": (HARMONIUM,),
        "dark": (SHADOW,),
        "tense": (PICKED_TREMOLO,),
    },
    production=Production(reverb_s=0.6, reverb_tone=8000, reverb_size=0.5, delay_beats=0.75,
                          glue=2.5, drum_drive=0.3),
)  # fmt: skip
