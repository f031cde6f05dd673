"""What a recording plays: its beats, key, chords and main melody, as far as can be heard.

Chords are the likeliest path through major and minor triads (templates over beat-synchronous
chroma, a Viterbi search that prefers to stay: Papadopoulos and Peeters 2007), after what drums and
distortion spread over neighbouring pitches is taken off. A recording without a clear key gets the
one that fits it best: its arrangement needs some. The melody is the
strongest pitch by the sum of its harmonics (Salamon and Gómez 2012, much simplified) for each half
beat. Results are estimates and may differ in the last digit between machines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from features.audio.reader import resample, to_mono
from features.errors import ShiroaError
from features.harmony.key import estimate_key, key_correlations
from features.harmony.pitch import KEYS, parse_key
from features.rhythm.tempo import estimate_tempo

from .pulse import extended, steadied

SHORTEST_S, LONGEST_S = 8.0, 600.0
_SR = 22050
_FFT, _HOP = 8192, 1024
_STEP = 256
_LOW_PITCH, _HIGH_PITCH = 36, 96
_MELODY_LOW, _MELODY_HIGH = 57, 86
_NEIGHBOURS = 13
_STAY = 0.2
_FEWEST_BEATS = 9
_AUDIBLE = 0.02
_IN_THREES = 0.55
_IN_KEY = 0.05
_MELODY_SHARE = 1.4
_IN_CHORD, _OUTSIDE = 1.3, 0.5
_TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 7)}


class TranscriptionError(ShiroaError):
    """A recording that can't be transcribed; ``reason`` is a slug, the message says what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Heard:
    """A recording as a score sees it.

    ``beats_s`` float64 (beats,): times of beats in seconds, the first a downbeat, which may lie
    before the recording; ``sounds_s``: when music begins and ends in it. ``chords``: one
    for each beat, (pitch class, "major" or "minor"), heard in ``chroma`` (beats, 12). ``melody``:
    MIDI pitch of each half beat, 0 where no tune stands out. ``beats_per_bar``: 3 or 4.
    """

    tempo_bpm: float
    key: str
    beats_s: np.ndarray
    chords: tuple[tuple[int, str], ...]
    chroma: np.ndarray
    melody: tuple[int, ...]
    beats_per_bar: int
    sounds_s: tuple[float, float]


def transcribe(y: np.ndarray, sr: int, on_step: Callable[[], None] = lambda: None) -> Heard:
    """Listen to ``y`` (frames,) or (frames, channels) of 8 to 600 s.

    ``on_step`` is called often; what it raises ends the listening.

    Raises ``TranscriptionError`` when it is too short or long, or has no steady beat.
    """
    seconds = len(y) / sr
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise TranscriptionError(
            "duration", f"recording of {seconds:.1f} s: must be {SHORTEST_S:g}-{LONGEST_S:g} s"
        )
    if not np.isfinite(y).all():
        raise TranscriptionError(
            "not_finite", "recording holds NaN or infinite samples: decode it again"
        )
    on_step()
    tempo = estimate_tempo(y, sr)
    on_step()
    key = estimate_key(y, sr)
    on_step()
    if tempo.bpm is None or len(tempo.beats_s) < _FEWEST_BEATS:
        raise TranscriptionError("no_beat", "no steady beat was found: give music with a pulse")
    mono = resample(to_mono(y), sr, _SR)
    sounds = _sounding(mono)
    beats = steadied(tempo.beats_s.astype(np.float64), tempo.bpm, *sounds)
    if len(beats) < _FEWEST_BEATS:
        raise TranscriptionError("no_beat", "too few beats were found: give more of the music")
    levels = _pitch_levels(mono, on_step)
    chroma = _chroma(_between(_standing_out(levels), beats))
    name = key.name or _nearest_key(chroma)
    chords = chords_of(chroma, name, np.full(len(chroma), _STAY))
    metre = 3 if tempo.beats_per_bar == 3 and _turns_in_threes(chords) else 4
    upbeat = -_downbeat(chords, metre) % metre
    halves = np.sort(np.concatenate([beats, (beats[:-1] + beats[1:]) / 2]))
    melody = _melody(_between(_standing_out(levels), halves), chords, name)
    return Heard(
        round(60.0 / float(np.median(np.diff(beats))), 2), name, extended(beats, upbeat),
        (*chords[:1] * upbeat, *chords), np.concatenate([chroma[:1].repeat(upbeat, 0), chroma]),
        (*[0] * (2 * upbeat), *melody), metre, sounds,
    )  # fmt: skip


def _sounding(y: np.ndarray) -> tuple[float, float]:
    """When mono ``y`` begins and ends to sound, in seconds."""
    frames = np.abs(y[: len(y) // _HOP * _HOP]).reshape(-1, _HOP).max(axis=1)
    loud = np.flatnonzero(frames > _AUDIBLE * np.percentile(frames, 95))
    return float(loud[0] * _HOP / _SR), min(len(y) / _SR, float((loud[-1] + 1) * _HOP / _SR))


def _pitch_levels(y: np.ndarray, on_step: Callable[[], None]) -> np.ndarray:
    """Compressed level of each semitone (frames, pitches 36 to 96) at 22,050 Hz."""
    window = np.hanning(_FFT).astype(np.float32)
    padded = np.pad(y, _FFT // 2)
    count = len(y) // _HOP
    hz = np.fft.rfftfreq(_FFT, 1 / _SR)
    pitch = 12 * np.log2(np.maximum(hz, 1) / 440.0) + 69
    nearest = np.rint(pitch).astype(int)
    use = (nearest >= _LOW_PITCH) & (nearest <= _HIGH_PITCH) & (np.abs(pitch - nearest) < 0.35)
    fold = np.zeros((len(hz), _HIGH_PITCH - _LOW_PITCH + 1))
    fold[np.flatnonzero(use), nearest[use] - _LOW_PITCH] = 1.0
    fold /= np.maximum(fold.sum(axis=0), 1.0)
    out = np.empty((count, fold.shape[1]))
    for i in range(count):
        if i % _STEP == 0:
            on_step()
        spectrum = np.abs(np.fft.rfft(padded[i * _HOP : i * _HOP + _FFT] * window))
        out[i] = spectrum @ fold
    return np.log1p(40.0 * out / max(1e-9, float(np.percentile(out.max(axis=1), 95))))


def _between(levels: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Mean level between each two times, and after the last for as long as before it."""
    edges = np.append(times, 2 * times[-1] - times[-2])
    frames = np.clip((edges * _SR / _HOP).astype(int), 0, len(levels) - 1)
    return np.array([levels[a : max(a + 1, b)].mean(axis=0) for a, b in pairwise(frames)])


def _standing_out(levels: np.ndarray) -> np.ndarray:
    """How far each pitch rises above the mean of the octave around it, 0 at least."""
    from scipy.ndimage import uniform_filter1d

    around = uniform_filter1d(levels, _NEIGHBOURS, axis=1, mode="nearest")
    return np.maximum(0.0, levels - around)


def _nearest_key(chroma: np.ndarray) -> str:
    """The key whose profile the mean of ``chroma`` (beats, 12) follows most."""
    return KEYS[int(np.argmax(key_correlations(chroma.mean(axis=0))))]


def _chroma(levels: np.ndarray) -> np.ndarray:
    weights = 1.0 / (1.0 + np.maximum(0, np.arange(levels.shape[1]) - 36) / 12)
    folded = np.zeros((len(levels), 12))
    for index in range(levels.shape[1]):
        folded[:, (index + _LOW_PITCH) % 12] += weights[index] * levels[:, index]
    return folded / np.maximum(np.linalg.norm(folded, axis=1, keepdims=True), 1e-9)


def chords_of(chroma: np.ndarray, key: str, cost: np.ndarray) -> list[tuple[int, str]]:
    """The likeliest triad of each stretch of ``chroma`` (stretches, 12), in a key.

    ``cost`` (stretches,): what a change to each has to gain, as a difference of correlations.
    """
    names = [(root, mode) for mode in ("major", "minor") for root in range(12)]
    templates = np.zeros((24, 12))
    for row, (root, mode) in enumerate(names):
        templates[row, [(root + step) % 12 for step in _TRIADS[mode]]] = 1
    fits = _centred(chroma) @ _centred(templates).T
    tonic = parse_key(key)[0]
    home = [(tonic + step) % 12 for step in _home(key)]
    diatonic = np.array([templates[r][home].sum() for r in range(24)])
    fits = fits + _IN_KEY * (diatonic >= 3)
    score, back = fits[0], []
    for row, change in zip(fits[1:], cost[1:], strict=True):
        moved = float(score.max()) - change
        back.append(np.where(score >= moved, np.arange(24), int(score.argmax())))
        score = np.maximum(score, moved) + row
    path = [int(score.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return [names[i] for i in reversed(path)]


def _home(key: str) -> list[int]:
    """Steps of the key's scale over its tonic; a minor key has both sevenths."""
    major = parse_key(key)[1] == "major"
    return [0, 2, 4, 5, 7, 9, 11] if major else [0, 2, 3, 5, 7, 8, 10, 11]


def _centred(rows: np.ndarray) -> np.ndarray:
    """Each row without its mean, at length 1."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _downbeat(chords: list[tuple[int, str]], metre: int) -> int:
    """The phase of a bar at which chords change most."""
    return int(np.argmax(_changes(chords, metre)))


def _turns_in_threes(chords: list[tuple[int, str]]) -> bool:
    """Whether chords change on the first of three beats, and less plainly on one of four."""
    threes, fours = (_changes(chords, metre) for metre in (3, 4))
    total = max(1, sum(threes))
    return max(threes) / total > _IN_THREES and 3 * max(threes) > 4 * max(fours)


def _changes(chords: list[tuple[int, str]], metre: int) -> list[int]:
    changes = [0] * metre
    for beat in range(1, len(chords)):
        changes[beat % metre] += chords[beat] != chords[beat - 1]
    return changes


def _melody(levels: np.ndarray, chords: list[tuple[int, str]], key: str) -> list[int]:
    """Strongest pitch of each half beat by the sum of its harmonics; 0 where none stands out.

    Tones of the chord are favoured, and tones outside the key have to be plain.
    """
    pitches = np.arange(_MELODY_LOW, _MELODY_HIGH + 1)
    salience = np.zeros((len(levels), len(pitches)))
    for harmonic, weight in ((0, 1.0), (12, 0.55), (19, 0.35)):
        index = np.minimum(pitches + harmonic - _LOW_PITCH, levels.shape[1] - 1)
        salience += weight * levels[:, index]
    salience *= 1.0 + 0.012 * np.arange(len(pitches))
    outside = ~np.isin((pitches - parse_key(key)[0]) % 12, _home(key))
    salience[:, outside] *= _OUTSIDE
    for half, row in enumerate(salience):
        root, mode = chords[min(half // 2, len(chords) - 1)]
        row[np.isin((pitches - root) % 12, _TRIADS[mode])] *= _IN_CHORD
    best = salience.argmax(axis=1)
    strong = salience.max(axis=1) > _MELODY_SHARE * salience.mean(axis=1)
    return [int(pitches[b]) if ok else 0 for b, ok in zip(best, strong, strict=True)]
