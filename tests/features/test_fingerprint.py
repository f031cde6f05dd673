import base64

import numpy as np
import pytest

from features.alignment import compare
from features.fingerprint import fingerprint
from tests.features.music import SR, song


@pytest.fixture(scope="module")
def melody() -> np.ndarray:
    return np.concatenate([song(100 + 3 * k, (5 * k) % 12, "major", 6.0) for k in range(6)])


def unpacked(text: str) -> np.ndarray:
    """Words of Chromaprint's compressed text.

    After a head of four bytes, each word, XORed with the one before, is the distances between its
    set bits, 3 bits each with 0 at the end; what a distance has above 7 follows in 5 bits each.
    """
    raw = np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), np.uint8)
    count = int.from_bytes(raw[1:4].tobytes(), "big")
    bits = np.unpackbits(raw[4:], bitorder="little")
    small = bits[: len(bits) // 3 * 3].reshape(-1, 3) @ [1, 2, 4]
    small = small[: np.flatnonzero(small == 0)[count - 1] + 1]
    rest = bits[(3 * len(small) + 7) // 8 * 8 :]
    large = iter(rest[: len(rest) // 5 * 5].reshape(-1, 5) @ [1, 2, 4, 8, 16])
    words, flips, position = [0], 0, -1
    for distance in small:
        if distance == 0:
            words.append(words[-1] ^ flips)
            flips, position = 0, -1
        else:
            position += int(distance) + (int(next(large)) if distance == 7 else 0)
            flips |= 1 << position
    return np.array(words[1:], np.uint32)


def test_words_are_those_of_chromaprint(melody):
    import essentia

    essentia.log.infoActive = False
    from essentia.standard import Chromaprinter

    theirs = unpacked(Chromaprinter(sampleRate=SR)(melody.astype(np.float32)))
    ours = fingerprint(melody, SR)
    assert len(ours) == len(theirs)
    assert np.bitwise_count(ours ^ theirs).mean() < 0.02 * 32


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
