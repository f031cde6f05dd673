"""Time of a generation step: the library's decoder with its cache, and ours in two precisions.

At the size of facebook/musicgen-small with random weights, two rows (guidance). Fifty steps make
a second of music. Times are processor time, so they hold on a busy machine.

    python -m benchmarks.musicgen_serving --steps 20

Then pieces that are made at once: the time of a step for each of 1-8 that are read together, and
whether each has the same scores, to the bit, as alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from benchmarks.musicgen_sizes import small_config
from features.musicgen.decoder import StepDecoder, StepState, read_together
from features.musicgen.language_model import Condition

ROWS = 2
AT_ONCE = (1, 2, 4, 8)


def timed(step: Callable[[int], object], steps: int) -> float:
    """Median processor milliseconds of ``steps`` calls, after two to warm up."""
    seconds = []
    for number in range(steps + 2):
        start = time.process_time()
        step(number)
        seconds.append(time.process_time() - start)
    return 1e3 * float(np.median(seconds[2:]))


def read_step(state: StepState, codes: torch.Tensor, told: list[torch.Tensor], number: int) -> None:
    """One step of ours; its scores are kept."""
    told.append(state.read(codes[..., number : number + 1]))


@torch.inference_mode()
def read_at_once(decoder: StepDecoder, condition: Condition, steps: int) -> None:
    """Print the time of a step for pieces read together, and compare them with one alone."""
    codes = torch.randint(0, 2048, (max(AT_ONCE), ROWS, 4, steps + 2))
    alone: list[torch.Tensor] = []
    for pieces in AT_ONCE:
        states = [decoder.start(condition, steps + 2) for _ in range(pieces)]
        told: list[list[torch.Tensor]] = []

        def step(
            number: int,
            states: list[StepState] = states,
            told: list[list[torch.Tensor]] = told,
        ) -> None:
            parts = [row[..., number : number + 1] for row in codes[: len(states)]]
            told.append(read_together(states, parts))

        took = timed(step, steps)
        alone = alone or [scores[0] for scores in told]
        same = all(torch.equal(scores[0], one) for scores, one in zip(told, alone, strict=True))
        print(
            f"{pieces} at once: {took:7.1f} ms a step, {took / pieces:6.1f} a piece; same: {same}"
        )


@torch.inference_mode()
def main() -> None:
    """Measure and print the table."""
    from transformers import MusicgenForCausalLM

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    steps = parser.parse_args().steps
    torch.manual_seed(0)
    model = MusicgenForCausalLM(small_config().decoder).eval()
    condition = Condition(torch.randn(ROWS, 16, 1024), torch.ones(ROWS, 16, dtype=torch.long))
    codes = torch.randint(0, 2048, (ROWS, 4, steps + 2))

    cache = None

    def library(number: int) -> None:
        nonlocal cache
        cache = model(
            input_ids=codes[..., number : number + 1].reshape(-1, 1),
            encoder_hidden_states=condition.hidden,
            encoder_attention_mask=condition.mask,
            use_cache=True,
            cache=cache,
        ).cache

    print(f"library float32  {timed(library, steps):7.1f} ms a step", flush=True)
    scores = {}
    for precision in ("float32", "int8"):
        decoder = StepDecoder(model, precision)
        state = decoder.start(condition, steps + 2)
        told: list[torch.Tensor] = []
        step = partial(read_step, state, codes, told)
        print(f"ours {precision:11} {timed(step, steps):7.1f} ms a step", flush=True)
        scores[precision] = torch.stack(told)
        if precision == "float32":
            read_at_once(decoder, condition, steps)
    exact, rounded = scores["float32"], scores["int8"]
    error = ((exact - rounded).norm() / exact.norm()).item()
    agree = (exact.argmax(-1) == rounded.argmax(-1)).float().mean().item()
    print(f"int8: relative error {error:.4f}, likeliest code agrees {agree:.2f}")


if __name__ == "__main__":
    main()
