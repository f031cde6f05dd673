"""The same bytes on every machine: digests of the 16-bit PCM of short pieces.

Made again by ``python -m tests.serving.composer.test_golden`` when ``COMPOSER_VERSION`` grows.
"""

import hashlib
import sys

import numpy as np
import pytest

from serving.composer import COMPOSER_VERSION, Brief, compose, midi_bytes, render

GOLDEN = {
    "cinematic": "3f04c5e877bbf0ad",
    "electronic": "bd0d4647ce096c6c",
    "folk": "f272303ea721bd96",
    "hip-hop": "289b4e056a5e0906",
    "jazz": "5561ba05336ae8c5",
    "lo-fi": "3fffaae5fd6c0488",
}
GOLDEN_VERSION = "6"


def digest(genre: str) -> str:
    score = compose(Brief(genre, "happy", 120, "A minor", 4, 2026))
    pcm = np.rint(render(score, 22050, stems=False).mix * 32767).astype("<i2")
    return hashlib.sha256(midi_bytes(score) + pcm.tobytes()).hexdigest()[:16]


def test_digests_belong_to_this_version():
    assert GOLDEN_VERSION == COMPOSER_VERSION


@pytest.mark.parametrize("genre", GOLDEN)
def test_a_seed_means_the_same_bytes_on_every_machine(genre):
    assert digest(genre) == GOLDEN[genre]


if __name__ == "__main__":
    for name in GOLDEN:
        sys.stdout.write(f'    "{name}": "{digest(name)}",\n')
