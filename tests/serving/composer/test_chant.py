"""Wordless singing: a note is a syllable at its pitch."""

import numpy as np
import pytest

from serving.composer.sound.instruments import Instrument
from serving.composer.sound.patch import Sung
from serving.composer.sound.patches import PATCHES

SR = 22050
VOICES = [name for name, patch in PATCHES.items() if isinstance(patch, Sung)]


def sung(voice: str, pitch: int, seconds: float = 1.0) -> np.ndarray:
    out = np.zeros((round((seconds + 0.5) * SR), 2), np.float32)
    Instrument(voice, pitch, SR).play(out, 0, round(seconds * SR), pitch, 0.8)
    return out.mean(axis=1)


def heard_cents(y: np.ndarray, pitch: int) -> float:
    """How far the strongest period near a pitch lies from it, by autocorrelation."""
    wanted = SR / (440.0 * 2 ** ((pitch - 69) / 12))
    lags = np.arange(int(wanted / 1.3), int(wanted * 1.3))
    strength = [float(y[:-lag] @ y[lag:]) for lag in lags]
    return float(1200 * np.log2(wanted / lags[int(np.argmax(strength))]))


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("pitch", [50, 57, 64])
def test_a_held_note_is_sung_at_its_pitch(voice, pitch):
    middle = sung(voice, pitch)[round(0.15 * SR) : round(0.45 * SR)]
    assert abs(heard_cents(middle, pitch)) < 60


@pytest.mark.parametrize("voice", VOICES)
def test_a_note_is_over_when_its_release_is(voice):
    y = sung(voice, 57, 0.4)
    assert np.abs(y[: round(0.4 * SR)]).max() > 0.05
    assert np.abs(y[round(0.85 * SR) :]).max() < 1e-3


def test_notes_are_sung_on_different_syllables():
    spectra = [np.abs(np.fft.rfft(sung("hook_voice", 60, s)[:4096])) for s in (0.3, 0.5, 0.7)]
    alike = [np.corrcoef(spectra[0], other)[0, 1] for other in spectra[1:]]
    assert min(alike) < 0.95
