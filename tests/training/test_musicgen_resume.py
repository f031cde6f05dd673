"""A fine-tuning that is killed goes on as if it had not been."""

import json
import signal
import subprocess
import sys

import pytest
from safetensors.numpy import load_file

from tests.musicgen_home import musicgen_home
from training.interrupts import uninterrupted
from training.musicgen.finetune import FinetuneError, MusicgenConfig, finetune_musicgen

CONFIG = MusicgenConfig(
    "songs", base="tiny", steps=9, batch=4, micro_batch=2, window_s=2.0, ema=0.9, checkpoint_every=3
)
KILLED_AT = 7
STOPPED_AT = 8

VICTIM = f"""
import os, signal, sys
from pathlib import Path
from data_catalog.home import Home
from training.musicgen.finetune import MusicgenConfig, finetune_musicgen

def tell(progress):
    if progress.note.startswith("loss") and progress.done == {KILLED_AT}:
        os.kill(os.getpid(), signal.SIGKILL)

finetune_musicgen(Home(Path(sys.argv[1])), {CONFIG!r}, tell)
"""


@pytest.fixture(scope="module", autouse=True)
def interruptible():
    """Ctrl-C interrupts, also where the tests run in the background and would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, interruptible):
    """The same fine-tuning, once straight, and once killed in its seventh step, stopped by Ctrl-C
    after its eighth and started again.
    """
    straight = finetune_musicgen(musicgen_home(tmp_path_factory.mktemp("straight")), CONFIG)
    home = musicgen_home(tmp_path_factory.mktemp("killed"))
    victim = subprocess.run([sys.executable, "-c", VICTIM, str(home.root)], check=False)
    assert victim.returncode == -signal.SIGKILL
    told = []

    def stop(progress):
        told.append(progress)
        if progress.done == STOPPED_AT and progress.loss:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        finetune_musicgen(home, CONFIG, stop)
    told.append(None)
    return straight, finetune_musicgen(home, CONFIG, told.append), told


def losses(trained):
    return json.loads((trained.path / "meta.json").read_text())["train_losses"]


def test_after_a_kill_it_goes_on_from_the_last_checkpoint(runs):
    before = runs[2][: runs[2].index(None)]
    assert [progress.done for progress in before if progress.loss] == [7, 8]


def test_stopped_by_a_person_it_goes_on_where_it_was(runs):
    after = runs[2][runs[2].index(None) + 1 :]
    assert [progress.done for progress in after if progress.loss] == [9]


def test_a_signal_waits_for_what_must_not_be_left_half_done():
    done = []

    def work():
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["whole"]


def test_its_losses_are_those_of_a_run_that_was_not_killed(runs):
    straight, resumed, _ = runs
    assert losses(resumed) == losses(straight)
    assert resumed.metrics["validation_curve"] == straight.metrics["validation_curve"]


def test_its_weights_are_the_same_to_the_last_bit(runs):
    straight, resumed = (load_file(run.path / "adapter_model.safetensors") for run in runs[:2])
    assert straight.keys() == resumed.keys()
    assert all((straight[name] == resumed[name]).all() for name in straight)


def test_a_loss_that_is_no_number_stops_and_names_the_tracks(tmp_path):
    home = musicgen_home(tmp_path)
    config = MusicgenConfig(
        "songs", base="tiny", steps=5, batch=2, window_s=2.0, learning_rate=1e30
    )
    with pytest.raises(FinetuneError, match=r"the loss is .* on the tracks 000000") as stopped:
        finetune_musicgen(home, config)
    assert stopped.value.reason == "loss_not_finite"
    assert not (home.models).exists()
