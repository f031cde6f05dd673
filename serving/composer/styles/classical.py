"""Classical: string section, piano figures, woodwind tune; no drums; functional harmony."""

from .base import Melody, Player, Production, Style

STYLE = Style(
    genre="classical",
    tempo_bpm=(72, 132),
    moods=("calm", "happy", "sad", "epic"),
    major=0.6,
    extension="triad",
    humanise_ms=9,
    loop_weight=0.85,
    major_loops=("I IV V I", "I ii V I", "I IV V7/V,V I", "I vi ii V", "I IV I V"),
    minor_loops=("i iv V i", "i iio V i", "i bVI iio V", "i iv i V"),
    players=(
        Player("celli", "bass", "celli", ("R---3---R---5---", "R-------R-------",
            "R---R---5---R---"),
               low=36, high=55, level=-9, pan=0.3, reverb=-13, program=42),
        Player("piano", "arp", "piano", ("0-2-1-2-0-2-1-2-", "0-1-2-1-3-1-2-1-",
            "0-2-3-2-0-2-3-2-"),
               low=48, high=72, level=-7, pan=-0.1, reverb=-15, program=0),
        Player("violas", "comp", "violas", ("x---x---x---x---", "x-------x-------"),
               low=55, high=72, level=-16, pan=0.2, reverb=-12, lowcut=120, program=48),
        Player("violins", "melody", "violins", low=67, high=91, level=-8, pan=-0.35, reverb=-12,
               program=40),
        Player("flute", "melody", "flute", low=72, high=93, level=-13, pan=0.05, reverb=-12,
               program=73),
        Player("pizzicato", "bass", "pizzicato", ("R...5...8...3...", "R...3...5...R..."),
               low=48, high=67, level=-14, pan=0.4, reverb=-14, program=45),
    ),
    melody=Melody(
        ("x---x-x-x---x---", "x-------x---x---", "x---x---x-x-x-x-", "x-----x-x---x---",
         "x---x---x-------"),
        leap=0.2, scale="full", breath=0.15, ornament=0.1),
    forms=(
        ("theme",), ("theme", "answer"), ("theme", "answer", "coda"),
        ("intro", "theme", "answer", "coda"),
        ("intro", "theme", "answer", "development", "theme", "coda"),
        ("intro", "theme", "answer", "development", "answer", "development", "theme", "coda"),
    ),
    layers={
        "intro": ("piano", "celli"),
        "theme": ("piano", "celli", "violins", "violas"),
        "answer": ("piano", "celli", "flute", "violas", "pizzicato"),
        "development": ("piano", "celli", "violins", "violas", "flute", "pizzicato"),
        "coda": ("piano", "celli", "violins", "violas", "flute"),
    },
    production=Production(lift=13.5, reverb_s=2.4, reverb_tone=5000, glue=0.5),
)  # fmt: skip
