"""Folk: strummed and picked strings in a small room, a voice, fiddle and whistle, soft stomps."""

from dataclasses import replace

from .base import Groove, Melody, Player, Production, Style
from .colours import (
    ACCORDION,
    CHIMES,
    HARP,
    HAZE,
    NYLON_TEARS,
    PICKED_TREMOLO,
    SHADOW,
    STRUM,
    VOICES,
)

STYLE = Style(
    genre="folk",
    tempo_bpm=(84, 128),
    moods=("happy", "calm", "sad", "dreamy"),
    major=0.75,
    kit="hand",
    extension="triad",
    humanise_ms=8,
    major_loops=("I IV I V", "I V IV I", "I IV V I", "I vi IV V"),
    minor_loops=("i bVII i V", "i bVII bVI V", "i iv i bVII"),
    players=(
        Player("drums", "drums", "hand", level=-18, reverb=-12),
        Player("guitar", "comp", "steel_guitar",
               ("X---x-x-x-x-x-x-", "X---x---X-x-x-x-", "X---x-x---x-x-x-"),
               low=43, high=69, level=-8, pan=-0.35, lowcut=160, reverb=-10, program=25,
               strum_ms=34),
        Player("picking", "arp", "nylon_guitar", ("0-2-1-3-0-2-1-3-", "0-3-2-1-0-3-2-1-"),
               low=52, high=76, level=-12, pan=0.4, reverb=-10, program=24),
        Player("bass", "bass", "upright_bass", ("R-------5-------", "R---....5---....",
            "R---5---R---5---"),
               low=29, high=48, level=-12, tone=700, reverb=-20, program=32),
        Player("hum", "melody", "hook_voice", low=60, high=76, level=-6, reverb=-9, program=53),
        Player("fiddle", "melody", "fiddle", low=62, high=84, level=-15, pan=0.25, reverb=-9,
               program=110),
        Player("whistle", "melody", "whistle", low=74, high=95, level=-17, pan=-0.1, reverb=-9,
               program=78),
    ),
    grooves=(
        Groove({"stomp": "X...o...X...o...", "shaker": "x.o.x.o.x.o.x.o.",
                "tambourine": "....x.......x..."}, fastest=140),
        Groove({"stomp": "X.......X.......", "clap": "....x.......x...",
            "shaker": "x.o.X.o.x.o.X.o."}, fastest=120),
        Groove({"stomp": "X...x...X...x...", "tambourine": "x...X...x...X..."}, slowest=115),
    ),
    melody=Melody(
        ("x---x-x-x---x---", "x-x-x---x-x-x---", "x---x---x-x-x-x-", "x-----x-x-------"),
        leap=0.25, scale="pentatonic", breath=0.25, ornament=0.12),
    forms=(
        ("verse",), ("verse", "chorus"), ("intro", "verse", "chorus"),
        ("intro", "verse", "chorus", "outro"),
        ("intro", "verse", "chorus", "verse", "chorus", "outro"),
        ("intro", "verse", "chorus", "verse", "bridge", "chorus", "chorus", "outro"),
    ),
    layers={
        "intro": ("guitar", "picking", "hum"),
        "verse": ("guitar", "bass", "hum", "drums"),
        "chorus": ("guitar", "picking", "bass", "hum", "fiddle", "drums"),
        "bridge": ("picking", "bass", "whistle", "fiddle", "drums"),
        "outro": ("guitar", "picking", "bass", "hum", "drums"),
    },
    colours={
        "happy": (ACCORDION,),
        "energetic": (replace(STRUM, level=-12),),
        "epic": (VOICES,),
        "calm": (HARP,),
        "dreamy": (HAZE, CHIMES,),
        "sad": (NYLON_TEARS,),
        "dark": (SHADOW,),
        "tense": (replace(PICKED_TREMOLO, level=-14),),
    },
    production=Production(reverb_s=0.5, reverb_tone=7000, reverb_size=0.4, glue=1),
)  # fmt: skip
