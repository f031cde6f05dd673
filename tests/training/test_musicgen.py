"""Fine-tuning end to end on the tiny base: what is learnt, written and registered."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from data_catalog import models
from data_catalog.bases import BaseMissing
from tests.musicgen_home import musicgen_home
from training.musicgen.exhausted import advised
from training.musicgen.finetune import FinetuneError, MusicgenConfig, finetune_musicgen

CONFIG = MusicgenConfig("songs", base="tiny", steps=40, batch=3, window_s=2.0, checkpoint_every=10)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return musicgen_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def trained(home):
    told = []
    return finetune_musicgen(home, CONFIG, told.append), told


def test_the_validation_loss_falls_below_what_counting_reaches(trained):
    metrics = trained[0].metrics
    assert metrics["loss_end"] < metrics["loss_start"] - 1
    assert metrics["loss_end"] < metrics["unigram_entropy"]


def test_the_folder_holds_an_adapter_and_how_it_was_made(trained):
    folder = trained[0].path
    meta = json.loads((folder / "meta.json").read_text())
    assert {file.suffix for file in folder.iterdir()} <= {".safetensors", ".json", ".md"}
    assert meta["snapshot"]["name"] == "songs"
    assert meta["licence"] == "CC0-1.0"
    assert meta["training_licences"] == {"CC0-1.0": 9}
    assert meta["precision"] == "float32"


def test_in_bfloat16_it_learns_nearly_the_same_and_the_record_says_so(home, trained, monkeypatch):
    monkeypatch.setattr("training.team._WIDE", 1)
    monkeypatch.setattr("training.team._computes_bfloat16", lambda: True)
    # the rates of the long run's first four steps
    short = replace(CONFIG, steps=4, warmup=0.5, sample_every=4)
    meta = json.loads((finetune_musicgen(home, short).path / "meta.json").read_text())
    wide = json.loads((trained[0].path / "meta.json").read_text())
    assert meta["precision"] == "bfloat16"
    assert meta["train_losses"] != wide["train_losses"][:4]
    assert meta["train_losses"] == pytest.approx(wide["train_losses"][:4], rel=0.02)


def test_it_is_registered_as_a_candidate(home, trained):
    record = models.get(home, trained[0].model_id)
    assert (record.kind, record.status, record.commercial_use) == ("musicgen", "candidate", True)


def test_progress_counts_to_the_last_step(trained):
    last = trained[1][-1]
    assert (last.done, last.total) == (40, 40)


def test_the_same_question_is_not_trained_twice(home, trained):
    told = []
    again = finetune_musicgen(home, CONFIG, told.append)
    assert again == trained[0]
    assert not any(progress.note.startswith("loss") for progress in told)


def test_absent_weights_are_named_with_the_way_to_get_them(home, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    config = MusicgenConfig("songs", base="facebook/musicgen-nowhere")
    with pytest.raises(BaseMissing, match="hf download"):
        finetune_musicgen(home, config)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_with_the_way_out(tmp_path):
    with (
        pytest.raises(FinetuneError, match="SHIROA_HOME") as told,
        advised(CONFIG, tmp_path, tmp_path),
    ):
        Path("/dev/full").write_text("codes")
    assert told.value.reason == "disk_full"


@pytest.mark.parametrize(("depth", "layers"), [(24, "--layers 6, "), (2, "--layers 1, "), (1, "")])
def test_too_little_memory_is_told_with_the_flags_that_need_less(tmp_path, depth, layers):
    base = json.dumps({"decoder": {"num_hidden_layers": depth}})
    (tmp_path / "config.json").write_text(base)
    flags = f"--micro-batch 1, --gradient-checkpointing, {layers}--window 1$"
    with pytest.raises(FinetuneError, match=flags), advised(CONFIG, tmp_path, tmp_path):
        torch.empty(2**60)


def test_all_faults_of_a_config_are_told_at_once():
    with pytest.raises(FinetuneError, match=r"steps=0.*rank=0.*micro_batch=3"):
        MusicgenConfig("songs", steps=0, rank=0, batch=4, micro_batch=3)
