"""What the tiny base learns, and that a broken layout of codes would not pass for learning."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from data_catalog.bases import tiny_folder
from features.musicgen.language_model import IGNORED, Batch, MusicLM, row_losses
from serving.engines.musicgen_load import load_adapted
from tests.musicgen_home import GENRES, musicgen_home, song, tiny_base
from training.musicgen.data import Example, Examples
from training.musicgen.finetune import MusicgenConfig, finetune_musicgen
from training.musicgen.loop import train
from training.musicgen.model import load_trainable
from training.musicgen.tokens import EncodeReport

CONFIG = MusicgenConfig("songs", base="tiny", steps=60, batch=3, window_s=2.0)

OPENING = 12
"""Frames for which a caption tells; later ones follow from what has sounded, whatever it says."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return musicgen_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def trained(home):
    return finetune_musicgen(home, CONFIG)


@pytest.fixture(scope="module")
def lm(home, trained):
    return load_adapted(tiny_folder(home), trained.path)


@pytest.fixture(scope="module")
def windows(lm):
    """How songs begin that were not in the snapshot, one a genre."""
    return [lm.codec.encode(song(genre, seed=77))[:, :OPENING] for genre in GENRES]


@torch.inference_mode()
def test_each_song_is_likeliest_under_its_own_genre(lm, windows):
    for genre, window in zip(GENRES, windows, strict=True):
        batch = lm.batch([window] * len(GENRES))
        losses = row_losses(lm.logits(batch.inputs, lm.condition(GENRES)), batch.labels)
        assert GENRES[int(losses.argmin())] == genre


class NoDelay(MusicLM):
    """The layout that forgets the delay: all codes of a frame at one step."""

    def batch(self, windows):
        pattern = torch.from_numpy(np.stack(windows).astype(np.int64))
        inputs = functional.pad(pattern[..., :-1], (1, 0), value=self.pad_id)
        return Batch(inputs, pattern)


class LaterLabels(MusicLM):
    """Labels that are shifted once too often."""

    def batch(self, windows):
        right = super().batch(windows)
        return Batch(right.inputs, functional.pad(right.labels[..., 1:], (0, 1), value=IGNORED))


def chained_codes(seed):
    """Random codes in the first codebook, each other one a function of the one before it."""
    first = np.random.default_rng(seed).integers(0, 8, 24)
    return np.stack([first, (3 * first + 1) % 8, (5 * first + 2) % 8, 7 - first]).astype(np.int16)


def learnt(layout, tmp_path):
    """Validation loss after learning chained codes by the real loop.

    The first codebook alone costs a quarter of log(8). In the right layout the others are free;
    with labels one step late two of them can't be known, without the delay none.
    """
    config = MusicgenConfig(
        "chained", base="tiny", method="full", steps=40, batch=16, learning_rate=5e-3
    )
    trainable = load_trainable(tiny_base(), config)
    lm = layout(trainable.lm.model, trainable.lm.tokenizer)
    rows = [Example(chained_codes(seed), {"track_id": str(seed)}) for seed in range(200)]
    examples = Examples(rows[:180], rows[180:], 64, EncodeReport(0, 0, 0, {}))
    metrics, _ = train(replace(trainable, lm=lm), examples, config, tmp_path, lambda told: None)
    return metrics["loss_end"]


def test_in_the_right_layout_later_codebooks_follow_from_earlier_ones(tmp_path):
    assert learnt(MusicLM, tmp_path) < 0.35 * np.log(8)


@pytest.mark.parametrize("layout", [NoDelay, LaterLabels])
def test_in_a_broken_layout_they_do_not(layout, tmp_path):
    assert learnt(layout, tmp_path) > 0.45 * np.log(8)


def test_generated_codes_follow_the_caption(lm):
    from features.musicgen.decoder import StepDecoder
    from features.musicgen.sampling import Sampling, generate_codes

    decoder = StepDecoder(lm.model.decoder)
    right = 0
    for genre in GENRES:
        made = generate_codes(lm, decoder, genre, 75, Sampling(seed=5))
        with torch.inference_mode():
            batch = lm.batch([made[:, :OPENING]] * len(GENRES))
            losses = row_losses(lm.logits(batch.inputs, lm.condition(GENRES)), batch.labels)
        right += GENRES[int(losses.argmin())] == genre
        assert np.asarray(made).shape == (4, 75)
    assert right == len(GENRES)
