"""Electronic: four on the floor, off-beat bass, super-saw, pumping side-chain."""

from .base import Groove, Melody, Player, Production, Style

STYLE = Style(
    genre="electronic",
    tempo_bpm=(118, 140),
    moods=("energetic", "dark", "happy", "dreamy"),
    major=0.35,
    kit="club",
    extension="triad",
    humanise_ms=0,
    major_loops=("I V vi IV", "I IV I V"),
    minor_loops=("i bVI bIII bVII", "i i bVI bVII", "i bVII bVI bVII"),
    players=(
        Player("drums", "drums", "club", level=-3, reverb=-30),
        Player("bass", "bass", "acid_bass",
               ("..R-..R-..R-..R-", "R.RRR.RRR.RRR.R8", "..RR..RR..RR..R8"),
               low=29, high=46, level=-9, reverb=-60, duck=0.8, drive=0.3, program=38),
        Player("supersaw", "comp", "supersaw",
               ("x--x--x---x--x--", "x-----x-----x---", "..x---x---x---x-"),
               low=55, high=79, level=-12, reverb=-15, delay=-22, duck=0.75, lowcut=180,
               program=90),
        Player("arp", "arp", "saw_pluck", ("0123210312302132", "0.2.1.3.0.2.1.3.",
            "0202131302021313"),
               low=60, high=86, level=-14, pan=0.25, reverb=-18, delay=-12, duck=0.4, lowcut=250,
               program=81),
        Player("lead", "melody", "square_lead", low=67, high=88, level=-12, reverb=-16,
               delay=-13, duck=0.3, program=80),
        Player("pad", "sustain", "dark_pad", low=48, high=70, level=-18, reverb=-10, duck=0.8,
               lowcut=150, program=95),
    ),
    grooves=(
        Groove({"kick": "X...X...X...X...", "clap": "....X.......X...",
                "open_hat": "..x...x...x...x.", "hat": "o.o.o.o.o.o.o.o."}, fastest=150),
        Groove({"kick": "X...X...X...X...", "clap": "....X.......X...",
                "hat": "xoxoxoxoxoxoxoxo", "rim": "...x..x...x..x.."}, slowest=100, fastest=140),
        Groove({"kick": "X...X...X...X...", "snare": "....x.......x...",
                "hat": "x...x...x...x...", "clap": "x...x...x...x..."}, slowest=140),
    ),
    melody=Melody(
        ("x--x--x---x-x---", "x-x-..x-x-..x---", "x---..x---..x-x-"),
        leap=0.3, scale="pentatonic", breath=0.3),
    forms=(
        ("drop",), ("build", "drop"), ("intro", "build", "drop"),
        ("intro", "verse", "build", "drop"), ("intro", "verse", "build", "drop", "outro"),
        ("intro", "verse", "build", "drop", "break", "build", "drop", "outro"),
    ),
    layers={
        "intro": ("drums", "arp"),
        "verse": ("drums", "bass", "arp", "pad"),
        "build": ("drums", "arp", "pad", "supersaw"),
        "drop": ("drums", "bass", "supersaw", "lead", "arp"),
        "break": ("pad", "arp", "lead", "drums"),
        "outro": ("drums", "bass", "arp"),
    },
    production=Production(lift=8.5, reverb_s=2.2, reverb_tone=7000, delay_beats=0.75, glue=3,
                          drum_drive=0.15),
)  # fmt: skip
