"""Two fingerprints laid over each other: where they agree, and what does not count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.alignment import NO_MATCH, WORD_S, compare, sounding_s

Words = npt.NDArray[np.uint32]


def music(seed: int, words: int = 400) -> Words:
    return np.random.default_rng(seed).integers(0, 2**32, words, dtype=np.uint32)


def blurred(words: Words, share: float, seed: int = 0) -> Words:
    """``words`` with that share of their bits flipped."""
    flips = np.random.default_rng(seed).random((len(words), 32)) < share
    return words ^ np.packbits(flips, axis=1).view("<u4").ravel()


def silence(words: int) -> Words:
    return np.full(words, 0x256DF977, dtype=np.uint32)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300), st.floats(0.0, 0.12))
def test_a_late_and_blurred_copy_is_found_where_it_lies(late: int, share: float) -> None:
    a = music(1)
    match = compare(a, blurred(a[late:], share))
    assert match.offset_s == pytest.approx(late * WORD_S)
    assert match.similarity == pytest.approx(1 - 2 * share, abs=0.05)


def test_the_offset_changes_its_sign_with_the_order() -> None:
    a = music(1)
    assert compare(a[50:], a).offset_s == -compare(a, a[50:]).offset_s


def test_unlike_music_does_not_match() -> None:
    assert compare(music(1), music(2)) == NO_MATCH


def test_a_copy_without_a_single_equal_word_is_found_all_the_same() -> None:
    a = music(1)
    b = a[30:] ^ np.uint32(1)
    assert compare(a, b).offset_s == pytest.approx(30 * WORD_S)


def test_shared_silence_is_no_likeness() -> None:
    a = np.concatenate([music(1, 60), silence(400)])
    b = np.concatenate([music(2, 60), silence(400)])
    assert compare(a, b) == NO_MATCH


def test_only_the_part_that_agrees_counts_as_overlap() -> None:
    a = music(1)
    b = np.concatenate([a[:200], music(2, 200)])
    assert compare(a, b).overlap_s == pytest.approx(200 * WORD_S, abs=10 * WORD_S)


@pytest.mark.parametrize("b", [music(1, 0), music(1, 5), silence(300)])
def test_what_says_too_little_matches_nothing(b: Words) -> None:
    assert compare(music(1), b) == NO_MATCH


def test_silence_is_not_counted_as_sounding() -> None:
    words = np.concatenate([music(1, 100), silence(50)])
    assert sounding_s(words) == pytest.approx(100 * WORD_S)
