"""What is said of a track to a text-to-music model, in training and in serving alike.

The one place where our columns become words, so that a model is asked as it was taught. A caption
reads ``"calm jazz, 92 BPM, F minor"``: mood and genre as our vocabulary spells them, the tempo in
whole beats a minute and the key as users write it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any, Final

from features.harmony.pitch import normalise_key

CAPTION_FIELDS: Final = ("genre", "mood", "tempo_bpm", "key", "description")
DROP_FIELD_PROBABILITY: Final = 0.2
DROP_ALL_PROBABILITY: Final = 0.1
"""Captions left empty in training: what classifier-free guidance compares with."""


def caption_fields(row: Mapping[str, Any]) -> dict[str, str]:
    """The words for each known field of a track or request, unknown fields left out.

    >>> caption_fields({"genre": "jazz", "mood": None, "tempo_bpm": 92.3, "key": "F minor"})
    {'genre': 'jazz', 'tempo_bpm': '92 BPM', 'key': 'F minor'}
    """
    words: dict[str, str] = {}
    for field in ("genre", "mood", "description"):
        text = str(row.get(field) or "").strip()
        if text:
            words[field] = " ".join(text.split())
    tempo = row.get("tempo_bpm")
    if tempo is not None and math.isfinite(tempo) and tempo > 0:
        words["tempo_bpm"] = f"{round(tempo)} BPM"
    if row.get("key"):
        words["key"] = normalise_key(str(row["key"]))
    return {field: words[field] for field in CAPTION_FIELDS if field in words}


def caption(row: Mapping[str, Any]) -> str:
    """The caption of a track or request with columns ``genre, mood, tempo_bpm, key``.

    An optional ``description`` holds free text (a user's prompt). Nothing known gives "".

    >>> caption({"genre": "jazz", "mood": "calm", "tempo_bpm": 92.0, "key": "F minor"})
    'calm jazz, 92 BPM, F minor'
    >>> caption({"key": "Bb major", "description": "slow strings"})
    'slow strings, A# major'
    """
    return join_fields(caption_fields(row))


def join_fields(words: Mapping[str, str]) -> str:
    """One sentence of the words that ``caption_fields`` found."""
    style = " ".join(words[field] for field in ("mood", "genre") if field in words)
    rest = (words.get(field, "") for field in ("description", "tempo_bpm", "key"))
    return ", ".join(part for part in (style, *rest) if part)


def dropped_caption(row: Mapping[str, Any], rng: random.Random) -> str:
    """A caption with fields left out at random, so that each condition is learnt alone.

    One in ten captions is empty (for classifier-free guidance), else each field goes with
    probability 0.2, and one is always kept.
    """
    if rng.random() < DROP_ALL_PROBABILITY:
        return ""
    words = caption_fields(row)
    kept = [field for field in words if rng.random() >= DROP_FIELD_PROBABILITY]
    if words and not kept:
        kept = [rng.choice(list(words))]
    return join_fields({field: words[field] for field in kept})
