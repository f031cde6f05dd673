"""Players that moods bring into the band: each style says which of them, and so in what sound."""

from __future__ import annotations

from dataclasses import replace

from .base import Player

GLOCKENSPIEL = Player(
    "glockenspiel", "arp", "music_box", ("0---2-1-3---2-1-", "0-1-2---3-1-2---"),
    low=76, high=100, level=-12, pan=0.3, reverb=-14, program=9,
)  # fmt: skip
STRUM = Player(
    "strum", "comp", "steel_guitar", ("X---x-x-x-x-x-x-", "X---x-x---x-x-x-"),
    low=48, high=72, level=-8, pan=-0.15, reverb=-20, program=25, strum_ms=14,
)  # fmt: skip
ACCORDION = Player(
    "accordion", "comp", "rock_organ", ("..x-..x-..x-..x-",), low=55, high=76, level=-10, pan=0.2,
    reverb=-20, program=21,
)  # fmt: skip
STABS = Player(
    "stabs", "comp", "piano", ("..x-..x-..x-..x-",), low=55, high=76, level=-10, pan=0.2,
    reverb=-20, program=0,
)  # fmt: skip
PIZZICATI = Player(
    "pizzicati", "comp", "pizzicato", ("..x-..x-..x-..x-",), low=55, high=79, level=-9, pan=0.2,
    reverb=-14, program=45,
)  # fmt: skip
PLUCKS = Player(
    "plucks", "arp", "bright_pluck", ("0-2-1-2-3-2-1-2-",), low=64, high=88, level=-12, pan=0.3,
    reverb=-15, delay=-14, program=46,
)  # fmt: skip
ENGINE = Player(
    "engine", "arp", "saw_pluck", ("0-0-0-0-0-0-0-0-", "0-0-2-0-0-0-2-0-"),
    low=50, high=74, level=-8, pan=-0.2, reverb=-30, drive=0.4, lowcut=120, program=81,
    slow_patterns=("0---0---0---0-0-",),
)  # fmt: skip
CHUG = Player(
    "chug", "arp", "spiccato", ("0-0-0-0-0-0-0-0-",), low=45, high=64, level=-6, pan=0.2,
    reverb=-26, drive=0.5, program=44, slow_patterns=("0---0---0---0---",),
)  # fmt: skip
PALM_MUTES = Player(
    "palm mutes", "power", "dist_guitar", ("x-x-x-x-x-x-x-x-",), low=40, high=57, level=-10,
    pan=-0.4, reverb=-24, drive=0.8, tone=4500, program=28, slow_patterns=("x---x---x---x-x-",),
)  # fmt: skip
HAMMERED_PIANO = Player(
    "hammered piano", "comp", "piano", ("X-x-x-x-X-x-x-x-",), low=50, high=74, level=-9,
    pan=-0.15, reverb=-20, program=0, slow_patterns=("X---X---X---X---",),
)  # fmt: skip
BRASS = Player(
    "brass", "power", "low_brass", ("X-------x-------", "X---------------"),
    low=36, high=58, level=-9, pan=0.2, reverb=-9, program=61,
)  # fmt: skip
VOICES = Player(
    "voices", "sustain", "choir", low=60, high=81, level=-14, reverb=-7, lowcut=200, program=52,
)  # fmt: skip
NYLON = Player(
    "nylon", "arp", "nylon_guitar", ("0---2---1---3---", "0---2-1-3---2---"),
    low=52, high=76, level=-8, pan=-0.2, reverb=-20, program=24,
)  # fmt: skip
HARP = replace(NYLON, name="harp", patch="soft_pluck", low=60, high=84, program=46)
GLOW = Player(
    "glow", "sustain", "warm_pad", low=52, high=72, level=-12, reverb=-12, tone=2500, program=89,
)  # fmt: skip
KEYS = Player(
    "soft keys", "sustain", "electric_piano", low=52, high=72, level=-9, reverb=-14, program=4,
)  # fmt: skip
HAZE = Player(
    "haze", "sustain", "airy_pad", low=60, high=82, level=-11, reverb=-5, lowcut=250, program=89,
)  # fmt: skip
CHIMES = Player(
    "chimes", "arp", "glass_bell", ("0-------3---2---", "....2-------3---"),
    low=74, high=96, level=-14, pan=-0.4, reverb=-4, delay=-8, program=98,
)  # fmt: skip
CELLO = Player(
    "cello", "melody", "solo_cello", low=43, high=62, level=-8, pan=0.15, reverb=-7, program=42,
)  # fmt: skip
HARMONIUM = Player(
    "harmonium", "sustain", "rock_organ", low=52, high=70, level=-16, reverb=-10, program=20,
)  # fmt: skip
TEARS = Player(
    "tears", "arp", "piano", ("0---2---1---2---", "2---1---0---1---"), low=57, high=79, level=-7,
    pan=-0.25, reverb=-20, program=0,
)  # fmt: skip
NYLON_TEARS = replace(TEARS, name="nylon tears", patch="nylon_guitar", program=24)
DARK_STRINGS = Player(
    "dark strings", "sustain", "dark_strings", low=48, high=72, level=-10, reverb=-8, program=48,
)  # fmt: skip
SHADOW = Player(
    "shadow", "bass", "shadow", ("T---------------",), low=28, high=40, level=-12, reverb=-12,
    drive=0.3, tone=500, program=95,
)  # fmt: skip
TREMOLO = Player(
    "tremolo", "arp", "spiccato", ("0000000000000000", "0011001100110011"),
    low=62, high=80, level=-9, pan=-0.25, reverb=-20, lowcut=300, program=44,
)  # fmt: skip
PICKED_TREMOLO = replace(TREMOLO, name="picked tremolo", patch="steel_guitar", program=25)
PULSES = replace(TREMOLO, name="pulses", patch="saw_pluck", program=81)
