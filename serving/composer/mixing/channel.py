"""Channel strips, and the bus they meet on: place, echo, room, tape.

A strip shapes one player's sound and says how much of it goes to the echo and the room. All that
the bus does is linear, so a bus for each strip gives stems that sum to the bus of all strips.
Everything keeps its state between blocks: blocks join without a click.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..exact import db_to_gain
from ..moods import MoodShape
from ..sound import effects
from ..styles.base import Player, Production
from . import space

_OFF_DB = -59.0
_RUMBLE_HZ = 30.0
_OPEN_HZ = 17000.0


@dataclass(frozen=True)
class Sends:
    """Shaped sound of one player (frames, 2) and its gains to the echo and the room."""

    sound: np.ndarray
    echo: float
    room: float


class Strip:
    """Filter, drive, side-chain, level and place of one player, block after block."""

    def __init__(
        self, player: Player, production: Production, sr: int, shape: MoodShape
    ) -> None:  # fmt: skip
        self._player, self._sr = player, float(sr)
        self._drive = max(player.drive, production.drum_drive if player.role == "drums" else 0.0)
        tone = player.tone * (
            min(1.3, max(0.6, shape.brightness)) if player.tone < _OPEN_HZ else 1.0
        )
        self._highcut = min(tone, production.lowpass)
        self._low_state, self._high_state = np.zeros(2), np.zeros(4)
        self._drive_state = np.zeros(2, np.float32)
        level = player.level + (12.0 * (shape.drums - 1.0) if player.role == "drums" else 0.0)
        gain = db_to_gain(float(level))
        self._gains = gain * min(1.0, 1.0 - player.pan), gain * min(1.0, 1.0 + player.pan)
        self._echo, self._room = _send(player.delay), _send(player.reverb + shape.reverb)

    def process(self, dry: np.ndarray, pump: np.ndarray | None) -> Sends:
        """Shape the block ``dry`` (frames, 2) in place.

        ``pump`` (frames,) float32 is the side-chain curve, 0 at a kick and 1 away from it.
        """
        if self._drive > 0:
            effects.drive(dry, self._drive, self._drive_state)
        if self._player.lowcut > _RUMBLE_HZ:
            effects.high_pass(dry, float(self._player.lowcut), self._sr, self._low_state)
        if self._highcut < _OPEN_HZ:
            effects.low_pass(dry, float(self._highcut), self._sr, self._high_state)
        if self._player.duck > 0 and pump is not None:
            effects.duck(dry, pump, self._player.duck)
        effects.place(dry, *self._gains)
        return Sends(dry, self._echo, self._room)


class Bus:
    """Sums strips, with one echo, room, tape and tilt for all of them."""

    def __init__(
        self, production: Production, sr: int, tempo_bpm: float, tilt_db: float = 0.0
    ) -> None:
        self._production, self._sr = production, float(sr)
        self._room, self._room_place = space.room_state(sr, production.reverb_size), 0
        self._echo_frames = int(production.delay_beats * 60.0 / tempo_bpm * sr)
        self._echo_line, self._echo_place = np.zeros((self._echo_frames + 1, 2)), 0
        self._tape_line = np.zeros((2048, 2))
        self._tilt = db_to_gain(float(tilt_db))
        self._tilt_state, self._rumble_state = np.zeros(2), np.zeros(2)
        self._tape_place, self._tape_clock = 0, 0

    def process(self, inputs: list[Sends], frames: int) -> np.ndarray:
        """The sum (frames, 2) of a block's strips with their echo and room."""
        even = frames + frames % 2
        out = np.zeros((even, 2), np.float32)
        echo, room = np.zeros_like(out), np.zeros_like(out)
        for each in inputs:
            effects.send(each.sound, out, echo, room, each.echo, each.room)
        production = self._production
        if any(each.echo > 0 for each in inputs):
            self._echo_place = space.echo(
                echo, out, self._echo_frames, 0.42, 0.35, self._echo_line, self._echo_place
            )
        self._room_place = space.room(
            room, out, *self._room, self._room_place, production.reverb_s,
            production.reverb_tone, self._sr,
        )  # fmt: skip
        if production.wobble_cents > 0:
            self._tape_place, self._tape_clock = space.tape(
                out, self._wobble_frames(), self._sr, self._tape_line, self._tape_place,
                self._tape_clock,
            )  # fmt: skip
        effects.high_pass(out, _RUMBLE_HZ, self._sr, self._rumble_state)
        effects.tilt(out, self._tilt, self._sr, self._tilt_state)
        return out[:frames]

    def _wobble_frames(self) -> float:
        """Depth of the swaying delay whose slope bends pitch by ``wobble_cents``."""
        return self._production.wobble_cents / 1731.0 * self._sr / (6.2831853 * 0.55)


def _send(db: float) -> float:
    return db_to_gain(float(db)) if db > _OFF_DB else 0.0
