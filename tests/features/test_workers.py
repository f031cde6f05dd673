import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from features.audio.errors import AudioError
from features.workers import run_in_workers


def work(item: str) -> str:
    if item == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "hang":
        time.sleep(60)
    if item == "eat":
        np.ones(1 << 31)
    if item == "bad":
        raise AudioError("x.flac", "truncated", "x.flac: cut")
    if item == "bug":
        raise KeyError("k")
    return item.upper()


def outcomes(items, **options):
    options = {"workers": 2, "timeout_s": 20.0} | options
    return {o.item: o for o in run_in_workers(work, items, **options)}


def test_bad_items_get_their_reason_and_the_others_their_value():
    items = ["a", "die", "b", "bad", "c", "bug", "d"]
    found = outcomes(items)
    assert {item: o.value for item, o in found.items() if o.value} == {
        "a": "A",
        "b": "B",
        "c": "C",
        "d": "D",
    }
    assert (found["bad"].reason, found["bad"].detail) == ("truncated", "x.flac: cut")
    assert (found["bug"].reason, found["bug"].detail) == ("error", "bug: KeyError: 'k'")
    assert found["die"].reason == "worker_died"
    assert "SIGKILL" in found["die"].detail


def test_an_item_that_hangs_is_stopped():
    found = outcomes(["hang", "a"], timeout_s=1.0)
    assert found["hang"].reason == "timeout"
    assert found["a"].value == "A"


def test_an_item_that_wants_too_much_memory_is_refused():
    found = outcomes(["eat", "a"], memory_limit_bytes=1 << 30)
    assert found["eat"].reason == "out_of_memory"
    assert found["a"].value == "A"


def noted(task: tuple[Path, str]) -> str:
    """Write the begin and the end of ``work`` down; "die once" dies the first time only."""
    log, name = task
    again = log.exists() and f"+{name}" in log.read_text()
    with log.open("a") as file:
        file.write(f"+{name} ")
    work("die" if name.startswith("die") and not (name == "die once" and again) else name)
    with log.open("a") as file:
        file.write(f"-{name} ")
    return name


def test_an_item_whose_worker_was_killed_is_tried_once_more_alone_after_the_others(tmp_path):
    log = tmp_path / "log"
    items = ["die once", "a", "die twice", "b", "c"]
    stream = run_in_workers(
        noted, items, workers=2, timeout_s=20, argument=lambda name: (log, name)
    )
    found = {outcome.item: outcome for outcome in stream}
    assert {name: o.value or o.reason for name, o in found.items()} == {
        "a": "a",
        "b": "b",
        "c": "c",
        "die once": "die once",
        "die twice": "worker_died",
    }
    assert log.read_text().endswith("+die once -die once +die twice ")
    assert log.read_text().count("+die twice") == 2


def test_items_are_taken_as_workers_need_them():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield str(number)

    stream = run_in_workers(work, items(), workers=1, timeout_s=20)
    next(stream)
    stream.close()
    assert len(taken) < 10


def test_no_workers_is_refused():
    with pytest.raises(ValueError, match="workers=0"):
        list(run_in_workers(work, ["a"], workers=0, timeout_s=1))
