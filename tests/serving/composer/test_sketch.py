"""Music that is heard while it is made is as loud as its finished file."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from features.levels.loudness import measure_loudness
from serving.composer import Brief, Dials, LiveMusic, compose, compose_song, recital, render
from serving.composer.mixing.master import TARGET_LUFS, Glue, Level
from serving.composer.mixing.sketch import sketched_level
from serving.composer.styles.base import Production

SR = 22_050


@pytest.mark.parametrize(
    ("genre", "mood"), [("electronic", "calm"), ("cinematic", "epic"), ("jazz", "sad")]
)
def test_a_preview_is_as_loud_as_its_file(genre: str, mood: str) -> None:
    """One level for each genre missed these by -6, +6 and -4 dB."""
    score = compose(Brief(genre, mood, duration_s=12.0, seed=5))
    heard = measure_loudness(np.concatenate(list(recital(score, SR))), SR).integrated_lufs
    file = measure_loudness(render(score, SR, stems=False).mix, SR).integrated_lufs
    assert heard == pytest.approx(file, abs=2.0)


def test_a_voice_counts_where_it_sings() -> None:
    brief = Brief("folk", "calm", 100.0, "D minor", 20.0, seed=3)
    sung, played = compose_song(brief, "Carry me over the water"), compose(brief)
    assert sketched_level(sung).lift_db != sketched_level(played).lift_db


def test_live_music_comes_out_near_the_level_of_files() -> None:
    for genre, mood in (("electronic", "sad"), ("cinematic", "epic")):
        bars = LiveMusic(Dials(genre, mood, 120.0, "C minor", energy=1.0), 4, SR).bars()
        sound = np.concatenate([block.audio for block in islice(bars, 10)])
        loudness = measure_loudness(sound, SR).integrated_lufs
        assert loudness == pytest.approx(TARGET_LUFS, abs=3.0), genre


def test_the_compressor_goes_on_over_the_joins_of_blocks() -> None:
    noise = np.random.default_rng(1).normal(0, 0.2, (4000, 2)).astype(np.float32)
    level, production = Level(3.0, 2.0), Production(glue=3.0)
    whole, pieces = noise.copy(), noise.copy()
    Glue(production, level, SR).process(whole)
    glue = Glue(production, level, SR)
    for piece in np.split(pieces, [700, 1500]):
        glue.process(piece)
    assert np.array_equal(whole, pieces)
    assert np.abs(whole).mean() > 1.2 * np.abs(noise).mean()


def test_a_score_of_rests_has_a_level() -> None:
    score = compose(Brief("pop", duration_s=5.0, seed=1))
    silent = replace(score, parts=tuple(replace(part, notes=()) for part in score.parts))
    assert np.isfinite(sketched_level(silent).lift_db)
