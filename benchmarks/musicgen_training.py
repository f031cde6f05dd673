"""Steps a second of our fine-tuning against the obvious transformers + peft script.

All at the size of facebook/musicgen-small with random weights, LoRA of rank 16, one window a step.
The obvious script loads a track of three minutes as ``librosa.load(path, sr=32000)`` would, and
encodes audio and caption, in every step; ours reads cached codes and text states. It adapts every
layer, as the script does, or only the last ones. Then what the layers before them say is kept: the
``first`` time a window is met with one of its few captions it is computed, ``again`` it is read.
Each way runs in a process of its own, so that its peak memory is its own.

    python -m benchmarks.musicgen_training --window 5 --steps 1
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import torch

from benchmarks.musicgen_sizes import small_lm
from training.musicgen.config import MusicgenConfig

CAPTION = "calm jazz, 92 BPM, F minor"
HALF, LAST = 12, 4


def ours(
    window_s: float, steps: int, layers: int | None = None, *, kept: bool = False
) -> list[float]:
    """Processor seconds of each step of our loop over cached codes."""
    from training.musicgen.data import Example
    from training.musicgen.loop import frozen_prefix, new_state, take_step
    from training.musicgen.model import free_weights
    from training.musicgen.prefix import prefix_captions
    from training.team import join_team

    config = MusicgenConfig("benchmark", steps=steps + 1, batch=1, layers=layers)
    trainable = free_weights(small_lm(), config)
    rng = np.random.default_rng(0)
    row = {"track_id": "0", "genre": "jazz", "mood": "calm", "tempo_bpm": 92, "key": "F minor"}

    def window() -> list[Example]:
        codes = rng.integers(0, 2048, (4, round(window_s * 50))).astype(np.int16)
        return [Example(codes, row)]

    windows = [window()] * (steps + 1) if kept else [window() for _ in range(steps + 1)]
    state, team = new_state(trainable, config), join_team()
    width = trainable.lm.model.config.decoder.hidden_size
    trainable.hold_frozen(team.precision(width))
    with tempfile.TemporaryDirectory() as folder:
        prefix = frozen_prefix(trainable.lm, config, Path(folder))
        if prefix and kept:
            batch = trainable.lm.batch([windows[0][0].codes])
            told = {prefix_captions(windows[0], step, config.seed)[0] for step in range(steps + 1)}
            with torch.no_grad(), team.autocast(width):
                for caption in told:
                    prefix.logits(batch, windows[0], [caption])
        return timed(
            lambda: take_step(state, trainable.lm, windows[state.step], config, team, prefix),
            steps,
        )


def obvious(window_s: float, steps: int) -> list[float]:
    """Processor seconds of each step of a script that feeds audio and text to the library."""
    from peft import LoraConfig, get_peft_model

    from training.musicgen.model import adapted

    lm = small_lm()
    model = lm.model
    model.requires_grad_(False)
    model.config.decoder.decoder_start_token_id = 2048
    everywhere = adapted(model.decoder, None)
    lora = LoraConfig(r=16, lora_alpha=32, target_modules=everywhere)
    model.decoder = get_peft_model(model.decoder, lora)
    learnt = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=2e-4)
    path = a_track()

    def step() -> None:
        model.train()
        samples, rate = soundfile.read(path, dtype="float32")
        mono = soxr.resample(samples.mean(axis=1), rate, 32_000)
        y = torch.from_numpy(mono[: round(window_s * 32_000)])[None, None]
        codes = model.audio_encoder.encode(y).audio_codes[0]
        labels = torch.full((1, codes.shape[-1] + 3, 4), 2048)
        for book in range(4):
            labels[:, book : book + codes.shape[-1], book] = codes[:, book]
        tokens = lm.tokenizer([CAPTION], return_tensors="pt")
        loss = model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], labels=labels
        ).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        optimiser.zero_grad()

    return timed(step, steps)


def a_track() -> Path:
    """Three minutes of stereo at 44.1 kHz as FLAC."""
    rng = np.random.default_rng(0)
    t = np.arange(180 * 44_100) / 44_100
    tones = np.sum([np.sin(2 * np.pi * f * t + f) for f in (110, 220, 331, 880, 2093)], axis=0)
    noise = 0.01 * rng.standard_normal((len(t), 2))
    path = Path(tempfile.mkdtemp()) / "track.flac"
    soundfile.write(path, 0.1 * tones[:, None] + noise, 44_100)
    return path


def timed(step: Callable[[], None], steps: int) -> list[float]:
    """Processor seconds of ``steps`` calls after one to warm up."""
    step()
    seconds = []
    for _ in range(steps):
        start = time.process_time()
        step()
        seconds.append(time.process_time() - start)
    return seconds


WAYS: dict[str, Callable[[float, int], list[float]]] = {
    "obvious": obvious,
    "every_layer": ours,
    "half_first": partial(ours, layers=HALF),
    "half_again": partial(ours, layers=HALF, kept=True),
    "last_first": partial(ours, layers=LAST),
    "last_again": partial(ours, layers=LAST, kept=True),
}


def main() -> None:
    """Run every way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window", type=float, default=5.0)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--only", choices=WAYS, nargs="+", default=list(WAYS))
    parser.add_argument("--out", type=Path)
    told = parser.parse_args()
    if told.way:
        taken = WAYS[told.way](told.window, told.steps)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        told.out.write_text(json.dumps({"seconds": taken, "peak_gb": peak}))
        return
    print(f"window {told.window:g} s, processor seconds a step (median), peak memory")
    baseline = None
    for way in told.only:
        result = run_apart(way, told.window, told.steps)
        seconds = float(np.median(result["seconds"]))
        baseline = baseline or seconds
        print(
            f"{way:11} {seconds:7.2f} s {result['peak_gb']:6.2f} GB "
            f"{baseline / seconds:5.2f}x the steps a second",
            flush=True,
        )


def run_apart(way: str, window_s: float, steps: int) -> dict[str, Any]:
    """One way in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        options = ["--window", str(window_s), "--steps", str(steps), "--way", way]
        module = ["-m", "benchmarks.musicgen_training", *options, "--out", str(out)]
        subprocess.run([sys.executable, *module], check=True)
        found: dict[str, Any] = json.loads(out.read_text())
        return found


if __name__ == "__main__":
    main()
