"""Acoustic fingerprints: the same words for the same recording, whatever its coding or level.

Chromaprint's, as AcoustID uses it (https://acoustid.org/chromaprint), computed by Essentia. A
word of 32 bits covers about 2.6 s; there is one for each 0.124 s.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.encoding import resample
from features.errors import ShiroaError

WORD_S: Final = 1365 / 11_025
_NATIVE_RATES: Final = (11_025, 22_050, 44_100)


class FingerprintUnavailableError(ShiroaError, RuntimeError):
    """Essentia, which computes the fingerprint, isn't installed."""


def fingerprint(y: npt.NDArray[Any], sr: int) -> npt.NDArray[np.uint32]:
    """Words (n,) of mono ``y`` (frames,), float in [-1, 1] or int16; none for less than 3 s.

    Raises ``FingerprintUnavailableError`` where Essentia isn't installed.
    """
    try:
        import essentia
    except ImportError as error:
        raise FingerprintUnavailableError(
            "fingerprints need essentia: pip install essentia"
        ) from error
    essentia.log.infoActive = False
    import essentia.standard as es

    if y.dtype == np.int16:
        y = y.astype(np.float32) / (1 << 15)
    if sr not in _NATIVE_RATES:
        y, sr = resample(y, sr, _NATIVE_RATES[1]), _NATIVE_RATES[1]
    if len(y) < 3 * sr:
        return np.empty(0, np.uint32)
    text = es.Chromaprinter(sampleRate=sr)(np.ascontiguousarray(y, np.float32))
    return unpack(text)


def unpack(text: str) -> npt.NDArray[np.uint32]:
    """Words of a compressed Chromaprint fingerprint.

    The format: one byte for the algorithm, three for the number of words; then, for each word
    XORed with the one before, the distances between its set bits, 3 bits each with 0 at the end;
    distances of 7 and more continue in a second stream of 5 bits each.
    """
    raw = np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), np.uint8)
    if len(raw) < 4:
        return np.empty(0, np.uint32)
    count = int(raw[1]) << 16 | int(raw[2]) << 8 | int(raw[3])
    bits = np.unpackbits(raw[4:], bitorder="little")
    small = _groups(bits, 3)
    ends = np.flatnonzero(small == 0)[:count]
    if len(ends) < count:
        return np.empty(0, np.uint32)
    used = int(ends[-1]) + 1 if count else 0
    distance = small[:used].astype(np.int64)
    large = np.flatnonzero(distance == 7)
    start = (used * 3 + 7) // 8 * 8
    distance[large] += _groups(bits[start:], 5)[: len(large)]
    return _integrated(distance, ends)


def _groups(bits: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    whole = len(bits) // width * width
    return (bits[:whole].reshape(-1, width) << np.arange(width, dtype=np.uint8)).sum(
        axis=1, dtype=np.uint8
    )


def _integrated(
    distance: npt.NDArray[np.int64], ends: npt.NDArray[np.intp]
) -> npt.NDArray[np.uint32]:
    """Words from distances between set bits; each word ends with a distance of 0."""
    word = np.zeros(len(distance), np.int64)
    word[ends[:-1] + 1] = 1
    word = np.cumsum(word)
    total = np.cumsum(distance)
    before = np.concatenate([[0], total[ends[:-1]]])
    position = total - before[word] - 1
    set_bit = distance > 0
    flips = np.zeros(len(ends), np.uint32)
    np.bitwise_or.at(
        flips, word[set_bit], np.left_shift(np.uint32(1), position[set_bit].astype(np.uint32))
    )
    return np.bitwise_xor.accumulate(flips)
