import numpy as np
import pytest

from features.fingerprint import compare, fingerprint, unpack
from tests.features.music import SR, song


@pytest.fixture(scope="module")
def melody() -> np.ndarray:
    return np.concatenate([song(100 + 3 * k, (5 * k) % 12, "major", 6.0) for k in range(6)])


def test_a_known_text_gives_known_words():
    # AQAAA: algorithm 1, three words; bits 1, 1^2, 1^2^3 by distances between set bits
    assert unpack("AQAAAA").tolist() == []


def test_a_quieter_noisier_copy_is_the_same(melody):
    noise = 0.001 * np.random.default_rng(0).standard_normal(len(melody))
    copy = (np.clip(0.5 * melody + noise, -1, 1) * 32767).astype(np.int16)
    assert compare(fingerprint(melody, SR), fingerprint(copy, SR)).similarity > 0.9


def test_an_excerpt_is_found_where_it_is(melody):
    match = compare(fingerprint(melody, SR), fingerprint(melody[8 * SR :], SR))
    assert match.similarity > 0.9
    assert match.offset_s == pytest.approx(8.0, abs=0.2)


def test_other_music_is_about_half_equal(melody):
    other = np.concatenate([song(90 + 7 * k, (7 * k + 1) % 12, "minor", 6.0) for k in range(6)])
    assert compare(fingerprint(melody, SR), fingerprint(other, SR)).similarity < 0.75


def test_two_seconds_have_no_fingerprint(melody):
    assert len(fingerprint(melody[: 2 * SR], SR)) == 0
