"""Captions: the words that a model is taught and asked with."""

import random
from collections import Counter

from data_catalog.captions import caption, caption_fields, dropped_caption

ROW = {"genre": "jazz", "mood": "calm", "tempo_bpm": 91.6, "key": "Bb minor"}


def test_a_full_row_reads_as_a_user_would_ask():
    assert caption(ROW) == "calm jazz, 92 BPM, A# minor"


def test_what_is_not_known_is_not_said():
    row = {"genre": "jazz", "mood": None, "tempo_bpm": None, "key": None}
    assert caption(row) == "jazz"
    assert caption({}) == ""


def test_a_tempo_that_is_no_number_is_not_said():
    assert caption({"genre": "rock", "tempo_bpm": float("nan")}) == "rock"


def test_free_text_stands_beside_the_fields():
    assert caption({**ROW, "description": " slow\nstrings "}) == (
        "calm jazz, slow strings, 92 BPM, A# minor"
    )


def test_dropout_leaves_every_field_alone_sometimes_and_nothing_in_a_tenth():
    rng = random.Random(0)
    seen = Counter(dropped_caption(ROW, rng) for _ in range(5000))
    assert 0.08 < seen[""] / 5000 < 0.12
    assert {"jazz", "calm", "92 BPM", "A# minor", caption(ROW)} <= set(seen)


def test_dropout_invents_nothing():
    rng = random.Random(1)
    words = set(caption_fields(ROW).values())
    for _ in range(200):
        told = dropped_caption(ROW, rng).replace("calm jazz", "calm, jazz")
        assert set(filter(None, told.split(", "))) <= words
