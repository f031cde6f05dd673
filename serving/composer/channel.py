"""A channel strip: one player's filter, drive, side-chain, place, echo, room and tape.

Everything after the drive is linear and has its own state, so blocks join without a click and
the strips of a piece sum to its mix.
"""

from __future__ import annotations

import numpy as np

from . import effects
from .exact import db_to_gain
from .styles.base import Player, Production

_OFF_DB = -59.0


class Strip:
    """Processes one player's dry sound, block after block, into its share of the mix."""

    def __init__(
        self, player: Player, production: Production, sr: int, tempo_bpm: float,
        reverb_db: float = 0.0, brightness: float = 1.0,
    ) -> None:  # fmt: skip
        self._player, self._production, self._sr = player, production, float(sr)
        drums = player.role == "drums"
        self._drive = max(player.drive, production.drum_drive if drums else 0.0)
        tone = player.tone * (min(1.3, max(0.6, brightness)) if player.tone < 17000 else 1.0)
        self._highcut = min(tone, production.lowpass)
        self._shape_state = np.zeros((2, 3))
        self._drive_state = np.zeros(2)
        self._gain = float(db_to_gain(player.level))
        self._reverb = _send(player.reverb + reverb_db)
        self._echo = _send(player.delay)
        self._lines = effects.room_lines(sr) if self._reverb else None
        self._echo_frames = int(production.delay_beats * 60.0 / tempo_bpm * sr)
        self._echo_line = np.zeros((self._echo_frames + 1, 2)) if self._echo else None
        self._echo_place = 0
        self._tape_line = np.zeros((2048, 2)) if production.wobble_cents else None
        self._tape_place, self._tape_clock = 0, 0

    def process(self, x: np.ndarray, pump: np.ndarray | None) -> np.ndarray:
        """The strip's sound for the dry block ``x`` (frames, 2), which is used up.

        ``pump`` (frames,) is the side-chain curve, 0 at a kick and 1 away from it.
        """
        if self._drive > 0:
            effects.drive(x, self._drive, self._drive_state)
        effects.tone_shape(x, self._player.lowcut, self._highcut, self._sr, self._shape_state)
        if self._player.duck > 0 and pump is not None:
            effects.duck(x, pump, self._player.duck)
        x *= _pan(self._player.pan) * np.float32(self._gain)
        out = x.copy()
        if self._echo_line is not None:
            self._echo_place = effects.echo(
                x, out, self._echo_frames, 0.42, 0.35, self._echo_line, self._echo_place, self._echo
            )
        if self._lines is not None:
            production = self._production
            effects.room(
                x, out, *self._lines, production.reverb_s, production.reverb_tone, self._sr,
                self._reverb,
            )  # fmt: skip
        if self._tape_line is not None:
            self._tape_place, self._tape_clock = effects.tape(
                out, self._wobble_frames(), self._sr, self._tape_line, self._tape_place,
                self._tape_clock,
            )  # fmt: skip
        return out

    def _wobble_frames(self) -> float:
        """Depth of the swaying delay whose slope bends pitch by ``wobble_cents``."""
        return self._production.wobble_cents / 1731.0 * self._sr / (6.2831853 * 0.55)


def _send(db: float) -> float:
    return float(db_to_gain(db)) if db > _OFF_DB else 0.0


def _pan(place: float) -> np.ndarray:
    """Balance gains of the two sides; the middle leaves both as they are."""
    return np.array([min(1.0, 1.0 - place), min(1.0, 1.0 + place)], np.float32)
