"""Every method of fine-tuning learns, and what it writes serves."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from data_catalog.bases import tiny_folder
from data_catalog.captions import caption
from data_catalog.snapshots.snapshot import load_snapshot
from features.audio.reader import probe
from features.musicgen.language_model import MusicLM
from serving.engines.musicgen_load import load_adapted
from tests.musicgen_home import GENRES, musicgen_home, tiny_base
from training.musicgen import samples as musicgen_samples
from training.musicgen.data import (
    TRACK_WINDOWS,
    Example,
    full_captions,
    load_examples,
    read_captions,
    step_examples,
)
from training.musicgen.finetune import FinetuneError, MusicgenConfig, finetune_musicgen, model_id_of
from training.musicgen.loop import rate_at
from training.musicgen.model import free_weights

CONFIG = MusicgenConfig(
    "songs", base="tiny", steps=6, batch=4, window_s=2.0, learning_rate=5e-3, micro_batch=2
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return musicgen_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def plain(home):
    """A fine-tuning to compare others with."""
    return finetune_musicgen(home, replace(CONFIG, seed=5))


def losses(trained):
    return json.loads((trained.path / "meta.json").read_text())["train_losses"]


@torch.inference_mode()
def served_loss(home, trained, config):
    """Validation loss of the model folder as serving loads it."""
    lm = load_adapted(tiny_folder(home), trained.path)
    rows = load_snapshot(home, "songs").rows
    told = load_examples(home, rows, lm, config, lambda progress: None).validation
    return lm.loss(lm.batch([e.codes for e in told]), lm.condition(full_captions(told))).item()


@pytest.mark.parametrize(("method", "layers"), [("lora", 1), ("dora", None), ("full", 1)])
def test_serving_loads_exactly_what_was_learnt(home, method, layers):
    config = replace(CONFIG, method=method, layers=layers)
    trained = finetune_musicgen(home, config)
    assert trained.metrics["loss_end"] < trained.metrics["loss_start"]
    assert served_loss(home, trained, config) == pytest.approx(
        trained.metrics["loss_end"], abs=2e-4
    )


@pytest.mark.parametrize("method", ["lora", "full"])
def test_layers_before_the_last_ones_stay_as_they_are(method):
    lm = MusicLM.load(tiny_base())
    learnt = free_weights(lm, replace(CONFIG, method=method, layers=1)).parameters
    assert any(".layers.1." in name for name in learnt)
    assert not any(part in name for name in learnt for part in (".layers.0.", "embed_tokens"))


def test_the_moving_average_is_what_is_kept(home):
    config = replace(CONFIG, ema=0.5)
    trained = finetune_musicgen(home, config)
    assert served_loss(home, trained, config) == pytest.approx(
        trained.metrics["loss_end"], abs=2e-4
    )


@pytest.mark.parametrize("change", [{"micro_batch": 1}, {"gradient_checkpointing": True}])
def test_saving_memory_changes_no_loss(home, plain, change):
    saving = finetune_musicgen(home, replace(CONFIG, seed=5, **change))
    assert losses(saving) == pytest.approx(losses(plain), rel=1e-4)


@pytest.fixture
def half_second_samples(monkeypatch):
    monkeypatch.setattr(musicgen_samples, "SAMPLE_S", 0.5)


def test_samples_of_each_genre_are_kept_beside_the_weights(home, half_second_samples):
    trained = finetune_musicgen(home, replace(CONFIG, steps=2, sample_every=2))
    names = sorted(path.name for path in (trained.path / "samples").iterdir())
    assert names == [f"step-000002-{genre}.flac" for genre in sorted(GENRES)]
    assert probe(trained.path / "samples" / names[0]).duration_s == pytest.approx(0.5)


def test_writing_samples_changes_no_loss(home, plain, half_second_samples):
    heard = finetune_musicgen(home, replace(CONFIG, seed=5, sample_every=3))
    assert losses(heard) == losses(plain)


def test_sung_tracks_can_be_left_out(home):
    lm = load_adapted(tiny_folder(home), None)
    rows = load_snapshot(home, "songs").rows

    def tracks(config):
        found = load_examples(home, rows, lm, config, lambda progress: None)
        return {example.row["track_id"] for example in (*found.train, *found.validation)}

    assert tracks(CONFIG) - tracks(replace(CONFIG, instrumental=True)) == {"0" * 64}


def test_free_text_joins_the_caption_of_its_track(home, tmp_path):
    told = tmp_path / "captions.csv"
    told.write_text(f"track_id,description\n{'0' * 64},slow strings\n")
    config = replace(CONFIG, captions=str(told))
    rows = load_snapshot(home, "songs").rows
    found = load_examples(
        home, rows, load_adapted(tiny_folder(home), None), config, lambda progress: None
    )
    captions = {e.row["track_id"]: caption(e.row) for e in found.train}
    assert captions["0" * 64] == "ambient, slow strings, 90 BPM"
    assert sum("slow strings" in text for text in captions.values()) == 1


def test_other_words_in_the_same_file_make_another_model(tmp_path):
    told = tmp_path / "captions.csv"
    names = set()
    for words in ("slow strings", "fast drums"):
        told.write_text(f"track_id,description\n{'0' * 64},{words}\n")
        names.add(model_id_of(replace(CONFIG, captions=str(told)), "digest"))
    assert len(names) == 2


def test_captions_without_their_columns_are_refused(tmp_path):
    told = tmp_path / "captions.csv"
    told.write_text("track,text\n0,slow strings\n")
    with pytest.raises(FinetuneError, match="columns track_id and description"):
        read_captions(told)


@pytest.mark.slow
def test_two_processes_learn_what_one_does(plain, tmp_path):
    config = replace(CONFIG, seed=5)
    other = musicgen_home(tmp_path)
    program = (
        "import sys; from pathlib import Path; from data_catalog.home import Home\n"
        "from training.musicgen.finetune import MusicgenConfig, finetune_musicgen\n"
        f"finetune_musicgen(Home(Path(sys.argv[1])), {config!r})\n"
    )
    script = tmp_path / "finetune.py"
    script.write_text(program)
    launch = ["accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1"]
    subprocess.run(
        [sys.executable, "-m", *launch, "--main_process_port", "0", str(script), str(other.root)],
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path.cwd())},
    )
    together = finetune_musicgen(other, config)
    assert losses(together) == pytest.approx(losses(plain), rel=1e-4)


def test_the_rate_warms_up_and_falls_along_a_cosine():
    config = MusicgenConfig("songs", base="tiny", steps=100, warmup=0.1, learning_rate=1.0)
    rates = [rate_at(step, config) for step in range(100)]
    assert rates[9] == max(rates) == 1.0
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.1, abs=0.01)


def test_an_epoch_takes_every_song_and_no_long_track_takes_it_over():
    codes = np.zeros((4, 1), np.int16)
    long_mix = [Example(codes, {"track_id": "mix", "place": place}) for place in range(100)]
    songs = [Example(codes, {"track_id": f"song {n}", "place": 0}) for n in range(12)]
    first = step_examples([*long_mix, *songs], 0, batch=20, seed=0)
    told = Counter(example.row["track_id"] for example in first)
    assert told == {"mix": TRACK_WINDOWS} | {f"song {n}": 1 for n in range(12)}
    second = step_examples([*long_mix, *songs], 1, batch=20, seed=0)
    chosen = [
        {example.row["place"] for example in epoch if example.row["track_id"] == "mix"}
        for epoch in (first, second)
    ]
    assert chosen[0] != chosen[1]
