"""Small engines that behave well or badly, for tests of what surrounds engines."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from serving.engines.base import Cancelled, EngineError, OnProgress, Rendering, Request

SAMPLE_RATE = 22_050


def clicks(tempo_bpm: float, duration_s: float, seed: int) -> np.ndarray:
    """A chord with a click on each beat, shape (frames, 2)."""
    frames = round(duration_s * SAMPLE_RATE)
    t = np.arange(frames) / SAMPLE_RATE
    since_beat = t % (60 / tempo_bpm)
    noise = np.random.default_rng(seed).standard_normal(frames)
    y = 0.5 * noise * np.exp(-since_beat * 60)
    for hz in (220.0, 261.63, 329.63):
        y = y + 0.08 * np.sin(2 * np.pi * hz * t)
    return np.repeat(y[:, None], 2, axis=1).astype(np.float32) * 0.5


class ClickEngine:
    """Answers at once."""

    licence = "CC0-1.0"
    commercial_use = True
    max_duration_s = 120.0
    trained = False

    def __init__(self, model_id: str = "clicks-1", name: str = "clicks"):
        self.model_id = model_id
        self.name = name

    def generate(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        on_progress(0.5, "clicking")
        y = clicks(request.tempo_bpm or 100.0, request.duration_s, request.seed)
        stems = {"Clicks!": y} if request.stems else {}
        truth = {"tempo_bpm": request.tempo_bpm or 100.0}
        return Rendering(y, SAMPLE_RATE, stems=stems, truth=truth, extras={"mid": b"MThd"})


class StuckEngine(ClickEngine):
    """Never ends and never listens."""

    def generate(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        on_progress(0.1, "stuck")
        while True:
            time.sleep(60)


class DyingEngine(ClickEngine):
    """Its process is killed the first `deaths` times it is asked."""

    def __init__(self, ledger: str, deaths: int):
        super().__init__("dying-1", "dying")
        self.ledger = Path(ledger)
        self.deaths = deaths

    def generate(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        died = len(self.ledger.read_text()) if self.ledger.exists() else 0
        if died < self.deaths:
            with self.ledger.open("a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().generate(request, on_progress, cancelled)


class HungryEngine(ClickEngine):
    """Takes more and more memory."""

    def generate(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        held = []
        while True:
            held.append(np.ones(4 * 2**20))
            time.sleep(0.02)


class MoodyEngine(ClickEngine):
    """Does what the prompt says: refuse, break, die, nap a second, dawdle for twenty, wait for
    another who meets, or click.

    It pretends to sing, and plays references as they are.
    """

    skills = ("live", "lyrics", "parts", "transfer")

    def __init__(self) -> None:
        super().__init__("moody-1", "moody")
        self.meeting = threading.Barrier(2)

    def generate(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        if request.prompt == "refuse":
            raise EngineError("unsupported", "prompt: refused; choose another model")
        if request.prompt == "break":
            raise ZeroDivisionError("division by zero")
        if request.prompt == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if request.prompt == "meet":
            self.meeting.wait(timeout=20)
        for step in range({"dawdle": 100, "nap": 5}.get(request.prompt or "", 0)):
            if cancelled():
                raise Cancelled
            on_progress(step / 100, "dawdling")
            time.sleep(0.2)
        made = super().generate(request, on_progress, cancelled)
        made.extras["txt"] = b"| Am |"
        halves = [("verse", 0.0), ("chorus", 5.0)]
        made.truth["sections"] = [
            {"name": name, "start_s": start, "end_s": start + 5.0} for name, start in halves
        ]
        if request.lyrics:
            words = [{"text": "La ", "start_s": 0.0, "end_s": 7.5}]
            made.truth["lyrics"] = [[*words, {"text": "la", "start_s": 7.5, "end_s": 15.0}]]
            made.extras["lrc"] = b"[00:00.00]La la\n"
        if request.reference is not None:
            from features.audio.reader import decode

            heard = decode(request.reference)
            made.audio = heard.samples[: len(made.audio)] * np.float32(request.strength)
        return made


class BandEngine(MoodyEngine):
    """Moody, with a second part: a hum at -23 dB."""

    def generate(
        self, request: Request, on_progress: OnProgress, cancelled: Callable[[], bool]
    ) -> Rendering:
        made = super().generate(request, on_progress, cancelled)
        if request.stems:
            t = np.arange(len(made.audio)) / SAMPLE_RATE
            hum = 0.1 * np.sin(2 * np.pi * 110.0 * t)
            made.stems["hum"] = np.repeat(hum[:, None], 2, axis=1).astype(np.float32)
        return made
