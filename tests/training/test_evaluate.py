import json
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_catalog.snapshots.snapshot import SnapshotError, create_snapshot
from data_catalog.vocabulary import KEYS
from tests.training.catalog import learnable_home
from tests.training.clap_tiny import write_tiny_clap
from training.distance import frechet, frechet_unbiased, kernel_distance, tag_divergence
from training.evaluation.clap import ClapMissing, load_clap
from training.evaluation.clips import Order, grid, stuck_share
from training.evaluation.evaluate import (
    EvaluationConfig,
    EvaluationError,
    compare_evaluations,
    evaluate,
)

SR = 22050


def metronome(order: Order) -> tuple[np.ndarray, int]:
    """Decaying chords in the key asked for, one a beat, the first of each bar louder."""
    t = np.arange(int(order.duration_s * SR)) / SR
    tonic, mode = order.key.split()
    steps = [0, 4 if mode == "major" else 3, 7, 12]
    pitch = 48 + KEYS.index(f"{tonic} major")
    beat = t * order.tempo_bpm / 60
    chord = sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch + s - 69) / 12) * t) for s in steps)
    loud = np.where(np.floor(beat) % 4 == 0, 1.0, 0.6)
    y = 0.12 * chord * loud * np.exp(-5 * (beat % 1))
    return np.stack([y, y], axis=1).astype(np.float32), SR


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    home = learnable_home(folder / "home", 30)
    create_snapshot(home, "spring")
    clap = str(write_tiny_clap(folder / "clap"))
    config = EvaluationConfig("metronome", "spring", clips=3, duration_s=8, clap=clap)
    return home, evaluate(home, config, metronome)


def test_the_json_is_what_the_caller_gets(made):
    stored = json.loads((made[1].folder / "evaluation.json").read_text())
    assert stored == json.loads(json.dumps(made[1].figures))


def test_each_clip_is_written_and_measured(made):
    clips = made[1].figures["clips"]
    assert [(made[1].folder / clip["file"]).exists() for clip in clips] == [True] * 3
    assert all(clip["loudness_lufs"] < 0 for clip in clips)


def test_a_metronome_keeps_its_tempo(made):
    clips = made[1].figures["clips"]
    assert [clip["tempo_right"] for clip in clips].count(True) >= 2


def test_adherence_comes_with_an_interval(made):
    tempo = made[1].figures["adherence"]["tempo"]
    assert tempo["low"] <= tempo["value"] <= tempo["high"]
    assert tempo["high"] - tempo["low"] > 0.1


def test_the_page_plays_every_clip(made):
    sources = []

    class Players(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "audio":
                sources.append(dict(attributes)["src"])

    Players().feed(made[1].page.read_text())
    assert sources == [clip["file"] for clip in made[1].figures["clips"]]


def test_the_clap_score_is_the_mean_over_clips(made):
    found = made[1].figures["clap"]
    assert found["score"]["value"] == pytest.approx(
        np.mean(list(found["clips"].values())), abs=1e-4
    )
    assert list(found["clips"]) == [clip["file"] for clip in made[1].figures["clips"]]


def test_long_audio_is_heard_window_by_window(made):
    clap = load_clap(made[1].figures["clap"]["model"])
    tone = np.sin(np.arange(32_000) / 9).astype(np.float32)
    noise = np.random.default_rng(0).normal(size=16_000).astype(np.float32)
    once, both = clap.of_audio(tone[:16_000], 8000), clap.of_audio(np.append(tone, noise), 8000)
    assert clap.of_audio(tone, 8000) @ once > both @ once


@pytest.mark.parametrize("name", ["no/such/hub", "."])
def test_absent_clap_weights_say_how_to_get_them(name):
    with pytest.raises(ClapMissing, match="hf download laion"):
        load_clap(name)


def test_two_evaluations_stand_side_by_side(made, tmp_path):
    page = compare_evaluations(made[1].folder, made[1].folder, tmp_path / "both")
    assert page.read_text().count("<audio") == 6


def test_different_grids_are_not_compared(made, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    figures = made[1].figures | {"config": made[1].figures["config"] | {"clips": 5}}
    (other / "evaluation.json").write_text(json.dumps(figures))
    with pytest.raises(EvaluationError, match="evaluate both models alike"):
        compare_evaluations(made[1].folder, other, tmp_path / "both")


def test_a_folder_without_an_evaluation_is_named(tmp_path):
    with pytest.raises(EvaluationError, match="holds no evaluation"):
        compare_evaluations(tmp_path, tmp_path, tmp_path / "both")


def test_a_broken_clip_is_a_finding(made):
    def broken(order: Order) -> tuple[np.ndarray, int]:
        return np.full((SR, 2), np.nan, np.float32), SR

    config = EvaluationConfig("broken", "spring", clips=1, duration_s=8)
    figures = evaluate(made[0], config, broken).figures
    assert figures["defects"]["faults"] == {"unreadable": 1}
    assert figures["clips"][0]["reason"] == "the audio is empty or not finite"
    assert figures["clap"]["score"] is None
    assert figures["clap"]["reason"]


def test_an_unknown_snapshot_stops_before_any_music_is_made(made):
    with pytest.raises(SnapshotError, match="there are: spring"):
        evaluate(made[0], EvaluationConfig("metronome", "autumn"), metronome)


@pytest.mark.parametrize("field", ["clips", "duration_s"])
def test_a_grid_without_clips_or_length_is_refused(field):
    with pytest.raises(EvaluationError, match=f"{field}=0"):
        EvaluationConfig("metronome", "spring", **{field: 0})


def test_the_grid_asks_for_every_key():
    assert {order.key for order in grid(24)} == set(KEYS)


def test_the_grid_is_the_same_every_time():
    assert grid(5) == grid(24)[:5]


def test_a_loop_of_one_second_is_stuck():
    second = np.random.default_rng(0).normal(size=(SR, 1))
    assert stuck_share(np.tile(second, (6, 1)), SR) == 1


def test_music_that_goes_on_is_not_stuck():
    order = grid(1)[0]
    assert stuck_share(metronome(order)[0], SR) == 0


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(-5, 5))
def test_shifting_a_set_moves_it_by_the_square(seed, shift):
    x = np.random.default_rng(seed).normal(size=(20, 6))
    assert frechet(x, x + shift) == pytest.approx(6 * shift**2, abs=1e-6)


def test_frechet_of_normals_is_the_closed_form():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (20000, 3)), rng.normal(1, 2, (20000, 3))
    assert frechet(a[:4000], b[:4000]) == pytest.approx(3 * (1 + 1), rel=0.05)


def test_few_rows_no_longer_look_far_away():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 60, 40))
    assert abs(frechet_unbiased(a, b)) < 0.2 * frechet(a, b)


def test_kernel_distance_of_one_distribution_is_about_zero():
    a, b = np.random.default_rng(0).normal(size=(2, 80, 20))
    assert abs(kernel_distance(a, b)) < 0.01 < kernel_distance(a + 1, b)


def test_equal_tags_do_not_diverge():
    tags = np.random.default_rng(0).uniform(size=(8, 50))
    assert tag_divergence(tags, tags) == pytest.approx(0)
