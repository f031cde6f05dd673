"""The training loop: every step is a function of the seed and its number."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch

from features.musicgen.language_model import MusicLM, code_loss
from features.progress import Progress
from training.interrupts import uninterrupted
from training.musicgen.checkpoint import TrainState
from training.musicgen.config import STAGE, FinetuneError, MusicgenConfig, OnProgress
from training.musicgen.data import Example, Examples, full_captions, step_captions, step_examples
from training.musicgen.model import Trainable
from training.musicgen.prefix import FrozenPrefix, prefix_captions
from training.musicgen.samples import write_samples
from training.team import Team, join_team

_CLIP_NORM: Final = 1.0
_MIN_RATE: Final = 0.1


def train(
    trainable: Trainable,
    examples: Examples,
    config: MusicgenConfig,
    work: Path,
    tell: OnProgress,
    team: Team | None = None,
) -> tuple[dict[str, Any], list[float]]:
    """Take the steps that are left and leave the learnt weights in ``trainable``.

    Returns the metrics and the training loss of each step, nats a code. A checkpoint below
    ``work`` is taken over. Stopped by Ctrl-C, SIGTERM or an error, it leaves a checkpoint of the
    last whole step.
    """
    team = team or join_team()
    trainable.lm.model.to(team.device)
    trainable.hold_frozen(team.precision(trainable.lm.model.config.decoder.hidden_size))
    state = new_state(trainable, config)
    state.restore(work)
    prefix = frozen_prefix(trainable.lm, config, work)
    first, started = state.step, time.monotonic()
    try:
        _learn(state, trainable.lm, examples, config, work, tell, team, prefix)
    except Exception:
        raise
    except BaseException:  # a person's Ctrl-C, or the SIGTERM of whoever started this
        if team.leads and state.step > first:
            state.save(work)
        raise
    seconds = time.monotonic() - started
    use_average(state)
    metrics = _metrics(state, examples, (state.step - first) / max(seconds, 1e-9))
    return metrics, [round(loss, 6) for loss in state.losses]


def _learn(
    state: TrainState,
    lm: MusicLM,
    examples: Examples,
    config: MusicgenConfig,
    work: Path,
    tell: OnProgress,
    team: Team,
    prefix: FrozenPrefix | None,
) -> None:
    """Take the steps that are left. Wherever it is stopped, ``state`` is that of a whole step."""
    _validate(state, lm, examples, config, team)
    while state.step < config.steps:
        take_step(state, lm, examples.train, config, team, prefix)
        step = state.step
        _validate(state, lm, examples, config, team)
        if team.leads and (step % config.checkpoint_every == 0 or step == config.steps):
            state.save(work)
        if team.leads and config.sample_every and step % config.sample_every == 0:
            with averaged(state):
                write_samples(lm, examples, work / "samples", step)
        loss = state.losses[-1]
        tell(Progress(STAGE, step, config.steps, f"loss {loss:.3f}", loss))


def _validate(
    state: TrainState, lm: MusicLM, examples: Examples, config: MusicgenConfig, team: Team
) -> None:
    """Measure the validation loss where it is wanted at this step and not known yet."""
    every = config.validate_every or config.steps
    known = state.validation and state.validation[-1][0] == state.step
    if known or (state.step % every and state.step != config.steps):
        return
    with averaged(state):
        state.validation.append((state.step, validation_loss(lm, examples, config, team)))


def frozen_prefix(lm: MusicLM, config: MusicgenConfig, work: Path) -> FrozenPrefix | None:
    """The layers that never change, where there are any."""
    count = lm.model.config.decoder.num_hidden_layers
    if config.layers is None or config.layers >= count:
        return None
    return FrozenPrefix(lm, config.layers, work / "prefix")


def new_state(trainable: Trainable, config: MusicgenConfig) -> TrainState:
    """The state before the first step."""
    optimiser = torch.optim.AdamW(
        trainable.parameters.values(), lr=config.rate, betas=(0.9, 0.99), weight_decay=0.0
    )
    ema = {name: p.detach().clone() for name, p in trainable.parameters.items()}
    return TrainState(trainable.parameters, optimiser, ema if config.ema else {})


def take_step(
    state: TrainState,
    lm: MusicLM,
    examples: Sequence[Example],
    config: MusicgenConfig,
    team: Team,
    prefix: FrozenPrefix | None = None,
) -> None:
    """One optimiser step over ``config.batch`` windows, ``micro_batch`` of them at a time."""
    chosen = step_examples(examples, state.step, config.batch, config.seed)
    captions = (prefix_captions if prefix else step_captions)(chosen, state.step, config.seed)
    cells = sum(example.codes.size for example in chosen)
    lm.model.decoder.train()
    total = torch.zeros((), device=team.device)
    with torch.random.fork_rng(devices=[]):
        for part in _parts(team.share(len(chosen)), config):
            torch.manual_seed(hash((config.seed, state.step, part.start)) & 0x7FFFFFFF)
            batch = lm.batch([example.codes for example in chosen[part]])
            with team.autocast(lm.model.config.decoder.hidden_size):
                if prefix:
                    logits = prefix.logits(batch, chosen[part], captions[part])
                else:
                    logits = lm.logits(batch.inputs, lm.condition(captions[part]))
            loss = code_loss(logits, batch.labels, reduction="sum") / cells
            loss.backward()
            total += loss.detach()
    team.add_up([total, *(p.grad for p in state.parameters.values() if p.grad is not None)])
    if not math.isfinite(total.item()):
        state.optimiser.zero_grad()
        raise _not_finite(state.step + 1, total.item(), chosen)
    with uninterrupted():
        _descend(state, config)
        state.losses.append(total.item())
        state.step += 1


def _parts(share: slice, config: MusicgenConfig) -> list[slice]:
    """The micro-batches of this process's share of a batch."""
    micro = config.micro_batch or config.batch
    return [
        slice(start, min(start + micro, share.stop))
        for start in range(share.start, share.stop, micro)
    ]


def _not_finite(step: int, loss: float, chosen: Sequence[Example]) -> FinetuneError:
    tracks = sorted({str(example.row["track_id"])[:12] for example in chosen})
    return FinetuneError(
        "loss_not_finite",
        f"step={step}: the loss is {loss} on the tracks {', '.join(tracks)}; the last checkpoint "
        "is kept. Try a lower learning_rate, or leave these tracks out",
    )


def _descend(state: TrainState, config: MusicgenConfig) -> None:
    torch.nn.utils.clip_grad_norm_(state.parameters.values(), _CLIP_NORM)
    for group in state.optimiser.param_groups:
        group["lr"] = rate_at(state.step, config)
    state.optimiser.step()
    state.optimiser.zero_grad()
    if config.ema:
        _follow(state, config.ema)


def rate_at(step: int, config: MusicgenConfig) -> float:
    """Learning rate of a step: linear warm-up, then a cosine down to a tenth of the peak."""
    warm = max(1, round(config.warmup * config.steps))
    if step < warm:
        return config.rate * (step + 1) / warm
    done = (step - warm) / max(1, config.steps - warm)
    return config.rate * (_MIN_RATE + (1 - _MIN_RATE) * 0.5 * (1 + math.cos(math.pi * done)))


@torch.no_grad()
def validation_loss(lm: MusicLM, examples: Examples, config: MusicgenConfig, team: Team) -> float:
    """Mean loss over the validation windows with their full captions, nats a code."""
    lm.model.decoder.eval()
    micro = config.micro_batch or config.batch
    total = 0.0
    for start in range(0, len(examples.validation), micro):
        part = examples.validation[start : start + micro]
        batch = lm.batch([example.codes for example in part])
        with team.autocast(lm.model.config.decoder.hidden_size):
            logits = lm.logits(batch.inputs, lm.condition(full_captions(part)))
        total += code_loss(logits, batch.labels, reduction="sum").item()
    return total / sum(example.codes.size for example in examples.validation)


def _follow(state: TrainState, decay: float) -> None:
    with torch.no_grad():
        for name, average in state.ema.items():
            average.lerp_(state.parameters[name], 1 - decay)


@contextmanager
def averaged(state: TrainState) -> Iterator[None]:
    """The moving average in the model's place, for as long as the block lasts."""
    kept = {name: state.parameters[name].detach().clone() for name in state.ema}
    use_average(state)
    try:
        yield
    finally:
        with torch.no_grad():
            for name, weights in kept.items():
                state.parameters[name].copy_(weights)


def use_average(state: TrainState) -> None:
    """Put the moving average, where there is one, into the model."""
    with torch.no_grad():
        for name, average in state.ema.items():
            state.parameters[name].copy_(average)


def _metrics(state: TrainState, examples: Examples, steps_per_s: float) -> dict[str, Any]:
    return {
        "loss_start": round(state.validation[0][1], 4),
        "loss_end": round(state.validation[-1][1], 4),
        "unigram_entropy": round(examples.unigram_entropy(), 4),
        "train_loss_end": round(sum(state.losses[-10:]) / len(state.losses[-10:]), 4),
        "steps": state.step,
        "steps_per_s": round(steps_per_s, 3),
        "train_windows": len(examples.train),
        "validation_windows": len(examples.validation),
        "windows_encoded": examples.encoded.encoded,
        "windows_cached": examples.encoded.cached,
        "windows_skipped": examples.encoded.skipped,
        "tracks_unread": len(examples.encoded.failed),
        "validation_curve": [[step, round(loss, 4)] for step, loss in state.validation],
    }
