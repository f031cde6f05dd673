"""Lo-fi: dusty swung drums, electric piano sevenths, tape wobble and crackle."""

from .base import Groove, Melody, Player, Production, Style

STYLE = Style(
    genre="lo-fi",
    tempo_bpm=(68, 92),
    moods=("calm", "dreamy", "sad", "happy"),
    major=0.6,
    kit="dusty",
    extension="ninth",
    swing=0.58,
    humanise_ms=12,
    loop_weight=0.8,
    major_loops=("I vi ii V7", "I IV iii,vi ii,V7", "I IV ii,V7 I", "I IV iii,V7/ii ii,V7"),
    minor_loops=("i iv bVII,V7 i", "i bVI iv V7", "i iv i V7"),
    players=(
        Player("drums", "drums", "dusty", level=-7, reverb=-28, drive=0.3, tone=7000),
        Player("bass", "bass", "mellow_bass", ("R-----..R---5---", "R---....R--R5---",
            "R-------5---a---"),
               low=29, high=48, level=-8, reverb=-60, program=33),
        Player("keys", "comp", "electric_piano",
               ("x-------x-----x-", "x-----x---------", "x---------x-----", "x---..x-x-------"),
               low=52, high=74, level=-8, pan=-0.1, reverb=-18, duck=0.25, program=4, strum_ms=18),
        Player("guitar", "melody", "mellow_guitar", low=60, high=81, level=-12, pan=0.25,
               reverb=-16, delay=-18, tone=4000, program=26),
        Player("vibes", "arp", "music_box", ("0---....2---..1-", "....2---..3---..",
            "3---2---........"),
               low=67, high=90, level=-20, pan=-0.35, reverb=-14, program=10),
        Player("vinyl", "texture", "crackle", level=-30),
    ),
    grooves=(
        Groove({"kick": "X......xX.......", "snare": "....X.......X...", "hat": "x.o.x.o.x.o.x.o."},
               fastest=112),
        Groove({"kick": "X.....x.x.......", "rim": "....X.......X...", "hat": "x.x.x.x.x.x.x.xo"},
               fastest=112),
        Groove({"kick": "X...x...X...x...", "snare": "....X.......X...", "hat": "x...x...x...x..."},
               slowest=112),
    ),
    melody=Melody(
        ("x---..x-x-------", "..x-x---x-------", "x-x---......x---", "x-----x---......"),
        leap=0.3, scale="pentatonic", breath=0.45, ornament=0.1),
    forms=(
        ("loop",), ("loop", "loop b"), ("intro", "loop", "loop b"),
        ("intro", "loop", "loop b", "outro"), ("intro", "loop", "loop b", "break", "loop", "outro"),
    ),
    layers={
        "intro": ("keys", "vinyl", "drums"),
        "loop": ("drums", "bass", "keys", "guitar", "vinyl"),
        "loop b": ("drums", "bass", "keys", "guitar", "vibes", "vinyl"),
        "break": ("keys", "vibes", "vinyl", "bass"),
        "outro": ("drums", "bass", "keys", "vinyl"),
    },
    production=Production(lift=12.5, reverb_s=1.0, reverb_tone=2800, delay_beats=0.75,
                          wobble_cents=9, crackle=-34, lowpass=6500, glue=2, drum_drive=0.35),
)  # fmt: skip
