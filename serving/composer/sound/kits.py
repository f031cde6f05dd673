"""Drum kits as data, by General MIDI percussion number."""

from __future__ import annotations

from .patch import Drum

_HAT = Drum(metal=0.5, metal_s=0.07, metal_hz=6500, side=0.15)
_OPEN = Drum(metal=0.5, metal_s=0.38, metal_hz=6000, side=0.15)
_CRASH = Drum(metal=0.55, metal_s=1.9, metal_hz=4200, noise=0.3, noise_s=1.2, low=2500,
              high=12000, side=-0.2)  # fmt: skip
_CLAP = Drum(noise=1.3, noise_s=0.16, low=700, high=4500, hands=1.0)
_RIDE = Drum(metal=0.34, metal_s=0.7, metal_hz=4800, tone_hz=4100, tone=0.05, tone_s=0.3, side=0.2)
_SHAKER = Drum(noise=0.5, noise_s=0.07, low=4500, high=12000, side=0.25)

_BASE: dict[int, Drum] = {
    35: Drum(tone_hz=62, drop=1.2, drop_s=0.06, tone_s=0.3, tone=1.0, noise=0.15, noise_s=0.04,
             low=80, high=1200),
    36: Drum(tone_hz=50, drop=3.0, drop_s=0.09, tone_s=0.35, tone=1.0, click=0.25),
    37: Drum(tone_hz=1100, tone=0.35, tone_s=0.05, noise=0.5, noise_s=0.04, low=1200, high=6000),
    38: Drum(tone_hz=185, drop=0.6, drop_s=0.05, tone_s=0.14, tone=0.5, noise=0.95, noise_s=0.2,
             low=400, high=8000),
    39: _CLAP, 42: _HAT, 44: Drum(metal=0.4, metal_s=0.09, metal_hz=5200), 46: _OPEN,
    45: Drum(tone_hz=85, drop=0.7, drop_s=0.12, tone_s=0.45, tone=0.9, noise=0.2, noise_s=0.06),
    47: Drum(tone_hz=125, drop=0.6, drop_s=0.1, tone_s=0.38, tone=0.9, noise=0.2, noise_s=0.06),
    50: Drum(tone_hz=175, drop=0.5, drop_s=0.1, tone_s=0.3, tone=0.85, noise=0.2, noise_s=0.05),
    49: _CRASH, 51: _RIDE,
    54: Drum(metal=0.4, metal_s=0.16, metal_hz=7500, noise=0.2, noise_s=0.08, low=5000,
             high=13000, side=-0.2),
    70: _SHAKER,
    # Between two tones: tuned to one (58 Hz, A#), the long taiko turned C# major into A# minor.
    41: Drum(tone_hz=50, drop=0.9, drop_s=0.12, tone_s=0.9, tone=1.1, noise=0.5, noise_s=0.09,
             low=60, high=900, click=0.15),
    43: Drum(tone_hz=98, drop=0.5, drop_s=0.1, tone_s=0.5, tone=0.8, noise=0.5, noise_s=0.07,
             low=150, high=2500),
}  # fmt: skip

KITS: dict[str, dict[int, Drum]] = {
    "pop": _BASE,
    "rock": _BASE | {
        36: Drum(tone_hz=62, drop=2.2, drop_s=0.05, tone_s=0.22, tone=1.0, click=0.5, noise=0.2,
                 noise_s=0.03, low=1500, high=6000),
        38: Drum(tone_hz=200, drop=0.5, drop_s=0.05, tone_s=0.2, tone=0.7, noise=1.2,
                 noise_s=0.32, low=300, high=7500),
    },
    "club": _BASE | {
        36: Drum(tone_hz=46, drop=5.5, drop_s=0.08, tone_s=0.4, tone=1.15, click=0.35),
        42: Drum(metal=0.45, metal_s=0.045, metal_hz=8500),
        46: Drum(metal=0.55, metal_s=0.25, metal_hz=7500),
    },
    "trap": _BASE | {
        36: Drum(tone_hz=44, drop=4.0, drop_s=0.07, tone_s=0.5, tone=1.15, click=0.3),
        38: Drum(tone_hz=230, drop=0.4, drop_s=0.03, tone_s=0.08, tone=0.4, noise=1.1,
                 noise_s=0.13, low=900, high=10000),
        42: Drum(metal=0.36, metal_s=0.035, metal_hz=9000),
    },
    "brush": _BASE | {
        36: Drum(tone_hz=68, drop=0.8, drop_s=0.05, tone_s=0.25, tone=0.7),
        38: Drum(tone_hz=210, tone=0.15, tone_s=0.08, noise=0.7, noise_s=0.2, low=1500,
                 high=6500),
        51: Drum(metal=0.42, metal_s=0.85, metal_hz=5200, tone_hz=4600, tone=0.07, tone_s=0.35,
                 side=0.25),
    },
    "hand": _BASE,
    "taiko": _BASE,
    "dusty": _BASE | {
        36: Drum(tone_hz=56, drop=1.6, drop_s=0.06, tone_s=0.24, tone=1.0, noise=0.15,
                 noise_s=0.03, low=300, high=2500),
        38: Drum(tone_hz=170, drop=0.4, drop_s=0.04, tone_s=0.1, tone=0.5, noise=0.8,
                 noise_s=0.15, low=300, high=4500),
        42: Drum(metal=0.3, metal_s=0.05, metal_hz=5000),
    },
    "soft": _BASE | {
        36: Drum(tone_hz=52, drop=0.5, drop_s=0.1, tone_s=0.7, tone=0.7, noise=0.3, noise_s=0.05,
                 low=150, high=1500),
    },
}  # fmt: skip
