import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.alignment import compare
from features.fingerprint import fingerprint, unpack
from tests.features.music import SR, song


@pytest.fixture(scope="module")
def melody() -> np.ndarray:
    return np.concatenate([song(100 + 3 * k, (5 * k) % 12, "major", 6.0) for k in range(6)])


def packed(words: list[int]) -> str:
    """The compressed text of fingerprint words, written the plain way, bit by bit."""
    small, large = [], []
    before = 0
    for word in words:
        last = -1
        for bit in range(32):
            if (word ^ before) >> bit & 1:
                distance = bit - last
                small.append(min(distance, 7))
                if distance >= 7:
                    large.append(distance - 7)
                last = bit
        small.append(0)
        before = word

    def stream(values: list[int], width: int) -> bytes:
        bits = "".join(f"{value:0{width}b}"[::-1] for value in values)
        bits += "0" * (-len(bits) % 8)
        return bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))

    head = b"\x01" + len(words).to_bytes(3, "big")
    data = head + stream(small, 3) + stream(large, 5)
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_words_come_back_from_their_compressed_text(words):
    assert unpack(packed(words)).tolist() == words


def test_a_quieter_noisier_copy_is_the_same(melody):
    noise = 0.001 * np.random.default_rng(0).standard_normal(len(melody))
    copy = (np.clip(0.5 * melody + noise, -1, 1) * 32767).astype(np.int16)
    assert compare(fingerprint(melody, SR), fingerprint(copy, SR)).similarity > 0.8


def test_an_excerpt_is_found_where_it_is(melody):
    match = compare(fingerprint(melody, SR), fingerprint(melody[8 * SR :], SR))
    assert match.similarity > 0.8
    assert match.offset_s == pytest.approx(8.0, abs=0.2)


def test_other_music_is_alike_only_in_passing(melody):
    other = np.concatenate([song(90 + 7 * k, (7 * k + 1) % 12, "minor", 6.0) for k in range(6)])
    match = compare(fingerprint(melody, SR), fingerprint(other, SR))
    assert match.overlap_s < 0.2 * len(melody) / SR


def test_two_seconds_have_no_fingerprint(melody):
    assert len(fingerprint(melody[: 2 * SR], SR)) == 0
