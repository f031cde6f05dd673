"""Cinematic: string ostinato, low brass, taiko, choir; long rises."""

from .base import Groove, Melody, Player, Production, Style

STYLE = Style(
    genre="cinematic",
    tempo_bpm=(76, 140),
    moods=("epic", "dark", "tense", "sad"),
    major=0.3,
    kit="taiko",
    extension="open",
    humanise_ms=8,
    major_loops=("I IV vi V", "I V vi IV", "I vi IV V"),
    minor_loops=("i bVI iv V", "i bVII bVI V", "i iv bVI V", "i bVI bVII i"),
    players=(
        Player("drums", "drums", "taiko", level=-6, reverb=-9),
        Player("basses", "bass", "basses", ("R-------R-------", "R---R---R---R---",
            "R-R-R-R-R-R-R-R-"),
               low=28, high=43, level=-8, reverb=-14, program=43),
        Player("ostinato", "arp", "spiccato", ("0-0-2-0-1-0-2-0-", "0-2-1-2-0-2-1-2-",
            "0-0-1-1-2-2-1-1-"),
               low=50, high=72, level=-10, pan=-0.3, reverb=-13, program=48),
        Player("strings", "sustain", "strings", low=55, high=79, level=-13, pan=-0.1, reverb=-10,
               lowcut=120, program=49),
        Player("horns", "melody", "horns", low=50, high=70, level=-8, pan=0.25, reverb=-10,
               program=60),
        Player("choir", "sustain", "choir", low=60, high=79, level=-16, reverb=-8, lowcut=200,
               program=52),
        Player("low brass", "power", "low_brass", ("X-------x-------", "X---------------"),
               low=36, high=55, level=-12, pan=0.35, reverb=-11, program=58),
    ),
    grooves=(
        Groove({"taiko": "X.....x.X.....x.", "taiko_high": "....x.......x.x."}, fastest=120),
        Groove({"taiko": "X...x...X...x...", "taiko_high": "......x.......xx"}, fastest=140),
        Groove({"taiko": "X...X...X...X...", "shaker": "x.o.x.o.x.o.x.o."}, slowest=100),
    ),
    melody=Melody(
        ("x-------x---x---", "x-----x-x-------", "x---x---x-------", "x---------------"),
        leap=0.3, scale="full", breath=0.15),
    forms=(
        ("climax",), ("rise", "climax"), ("rise", "theme", "climax"),
        ("intro", "theme", "rise", "climax"), ("intro", "theme", "rise", "climax", "aftermath"),
        ("intro", "theme", "rise", "climax", "still", "rise", "climax", "aftermath"),
    ),
    layers={
        "intro": ("strings", "basses", "ostinato"),
        "theme": ("strings", "basses", "horns", "ostinato", "drums"),
        "rise": ("ostinato", "basses", "strings", "drums"),
        "climax": ("drums", "basses", "ostinato", "strings", "horns", "choir", "low brass"),
        "still": ("choir", "strings", "ostinato"),
        "aftermath": ("strings", "choir", "basses", "ostinato"),
    },
    production=Production(lift=10, reverb_s=3.4, reverb_tone=4500, glue=1.5),
)  # fmt: skip
