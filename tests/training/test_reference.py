from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.audio.reader import encode
from features.extract import extract_file
from features.fingerprint import fingerprint
from features.tagger.tagging import Tags
from tests.training.test_evaluate import SR, metronome
from training.evaluation.clips import Clip, Order
from training.evaluation.reference import Reference, likenesses


def order(key: str, tempo_bpm: float, seed: int) -> Order:
    return Order("jazz", "calm", tempo_bpm, key, 20, seed)


def melody(seed: int) -> np.ndarray:
    """20 s of a random melody over chords, mono: telling enough for a fingerprint."""
    rng = np.random.default_rng(seed)
    t = np.arange(20 * SR) / SR
    notes = 220 * 2 ** (rng.integers(0, 24, 80) / 12)
    tune = np.sin(2 * np.pi * np.cumsum(np.repeat(notes, SR // 4 + 1)[: len(t)]) / SR)
    return (0.5 * tune + 0.3 * metronome(order("C major", 100 + seed, seed))[0][:, 0]).astype("f4")


@pytest.fixture(scope="module")
def reference():
    prints = {n: fingerprint(melody(n), SR) for n in range(3)}
    embeddings = np.random.default_rng(0).normal(size=(3, 200))
    return Reference(("a", "b", "c"), embeddings, np.ones((3, 50)), prints)


def clip_of(y: np.ndarray, folder: Path, embedding: np.ndarray) -> Clip:
    path = folder / "clip.flac"
    encode(path, y[:, None], SR)
    found = extract_file(path, tagger_cache=None)
    found = replace(found, tags=Tags({}, embedding, 1))
    return Clip(order("C major", 100, 0), path, 1.0, found, None, 0.0)


def test_a_cut_of_a_track_is_a_copy(reference, tmp_path):
    cut = melody(1)[5 * SR : 17 * SR]
    (found,) = likenesses(reference, [clip_of(cut, tmp_path, reference.embeddings[0])])
    assert (found["copy"], found["same_sound"]) == (True, "b")


def test_other_music_that_sounds_alike_is_none(reference, tmp_path):
    (found,) = likenesses(reference, [clip_of(melody(7), tmp_path, reference.embeddings[0])])
    assert (found["copy"], found["nearest"]) == (False, "a")
    assert found["cosine"] == pytest.approx(1, abs=1e-3)
