"""The answers of frozen layers are kept, and using them changes nothing that is learnt."""

import numpy as np
import pytest
import torch

from features.musicgen.language_model import MusicLM
from tests.musicgen_home import tiny_base
from training.musicgen.config import MusicgenConfig
from training.musicgen.data import Example
from training.musicgen.loop import new_state, take_step
from training.musicgen.model import free_weights
from training.musicgen.prefix import CAPTION_VARIANTS, FrozenPrefix, prefix_captions
from training.team import join_team

CONFIG = MusicgenConfig("songs", base="tiny", steps=4, batch=2, layers=1, learning_rate=1e-2)
CAPTIONS = ["calm jazz, 92 BPM", ""]


def window(frames: int) -> Example:
    codes = np.random.default_rng(frames).integers(0, 64, (4, frames)).astype(np.int16)
    row = {"track_id": str(frames), "genre": "jazz", "mood": "calm", "tempo_bpm": 92.0}
    return Example(codes, row | {"key": "F minor"})


WINDOWS = [window(60), window(40)]


@pytest.fixture
def trainable():
    return free_weights(MusicLM.load(tiny_base()), CONFIG)


def test_scores_are_those_of_the_whole_decoder(trainable, tmp_path):
    lm = trainable.lm
    batch = lm.batch([example.codes for example in WINDOWS])
    with torch.no_grad():
        whole = lm.logits(batch.inputs, lm.condition(CAPTIONS))
        kept = FrozenPrefix(lm, 1, tmp_path).logits(batch, WINDOWS, CAPTIONS)
    told = batch.labels >= 0
    assert (whole[told] - kept[told]).abs().max() < 0.01 * whole[told].abs().max()


def test_the_second_time_nothing_is_computed_and_every_loss_is_the_same(tmp_path, monkeypatch):
    def losses():
        fresh = free_weights(MusicLM.load(tiny_base()), CONFIG)
        state, prefix = new_state(fresh, CONFIG), FrozenPrefix(fresh.lm, 1, tmp_path)
        for _ in range(CONFIG.steps):
            take_step(state, fresh.lm, WINDOWS, CONFIG, join_team(), prefix)
        return state.losses

    first = losses()
    monkeypatch.delattr(FrozenPrefix, "_answer")
    assert losses() == first


def test_above_the_limit_nothing_is_kept(trainable, tmp_path, monkeypatch):
    monkeypatch.setattr("training.musicgen.prefix.KEPT_BYTES", 1)
    prefix = FrozenPrefix(trainable.lm, 1, tmp_path)
    batch = trainable.lm.batch([example.codes for example in WINDOWS])
    prefix.logits(batch, WINDOWS, CAPTIONS)
    assert list(tmp_path.iterdir()) == []


def test_a_window_meets_few_captions_again_and_again():
    told = {prefix_captions(WINDOWS, step, 0)[0] for step in range(60)}
    assert 1 < len(told) <= CAPTION_VARIANTS
