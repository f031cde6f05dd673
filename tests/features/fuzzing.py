"""Damaged audio files by chance, and what must hold of each however it is damaged.

The tests try some; many more are tried by
    python -m tests.features.fuzzing --minutes 5 --keep FOLDER
in worker processes, so that a crash, a hang or a hunger for memory in a decoder is found too. What
it finds is kept in FOLDER, and becomes a case of ``test_fuzzing.py``.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from features.audio.errors import AudioError
from features.audio.reader import AudioReader, encode, to_float
from features.audio.tags import read_tags
from features.workers import run_in_workers

SR = 16_000
TELLING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
HEAD = 256
MEMORY_BYTES = 1_000_000_000
SECONDS_A_ROUND = 20.0
FILES_A_ROUND = 200
FOUND = "FOUND "


@dataclass(frozen=True)
class Edit:
    """One damage: ``kind`` at the place ``at`` (of 0 to 1; of the head where ``in_head``)."""

    kind: str
    in_head: bool
    at: float
    size: int
    value: int


KINDS = ("flip", "number", "cut", "drop", "repeat", "zeros", "swap")


def damaged(data: bytes, edits: tuple[Edit, ...]) -> bytes:
    """``data`` with all ``edits`` made, in order."""
    for edit in edits:
        at = int(edit.at * (min(HEAD, len(data)) if edit.in_head else len(data)))
        data = _edited(data, edit, at)
    return data


def _edited(data: bytes, edit: Edit, at: int) -> bytes:
    head, part, tail = data[:at], data[at : at + edit.size], data[at + edit.size :]
    if edit.kind == "flip":
        return head + bytes(b ^ 1 << edit.value % 8 for b in data[at:][:1]) + data[at + 1 :]
    if edit.kind == "number":
        width = (1, 2, 3, 4, 8)[edit.size % 5]
        order = "little" if edit.value % 2 else "big"
        number = TELLING[edit.value % len(TELLING)] & ((1 << 8 * width) - 1)
        return data[:at] + number.to_bytes(width, order) + data[at + width :]
    return {
        "cut": head,
        "drop": head + tail,
        "repeat": head + part * (2 + edit.value % 4) + tail,
        "zeros": head + bytes(len(part)) + tail,
        "swap": head + tail[: edit.size] + part + tail[edit.size :],
    }[edit.kind]


def seeds(folder: Path) -> dict[str, bytes]:
    """A short whole file in every container and coding that is decoded, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    t = np.arange(SR // 4) / SR
    y = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.05 * np.random.default_rng(0).standard_normal(len(t))
    stereo = np.stack([y, -y[::-1]], axis=1).astype(np.float32)
    for suffix in ("wav", "flac", "ogg", "opus", "mp3"):
        encode(folder / f"tagged.{suffix}", stereo, SR, tags={"TITLE": "x", "MOOD": "sad"})
    for form, codings in {
        "WAV": ("PCM_U8", "PCM_24", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610"),
        "WAVEX": ("PCM_16",),
        "RF64": ("PCM_32",),
        "W64": ("PCM_16", "FLOAT"),
        "AIFF": ("PCM_16", "FLOAT", "IMA_ADPCM"),
        "CAF": ("PCM_24", "ALAC_16", "ALAC_24"),
        "FLAC": ("PCM_S8", "PCM_24"),
        "OGG": ("VORBIS", "OPUS"),
    }.items():
        for coding in codings:
            y = stereo[:, 0] if coding in ("GSM610", "IMA_ADPCM") else stereo
            sf.write(folder / f"{coding}.{form.lower()}", y, SR, format=form, subtype=coding)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def judge(path: Path) -> str:
    """Read the file as extraction does: ``fine``, or the reason why it can't be used.

    Raises ``AssertionError`` or ``ValueError`` when what was read or told is not as promised, and
    whatever else reading raises beside ``AudioError``.
    """
    tags = read_tags(path)
    assert all(isinstance(value, str) for values in tags.values() for value in values)
    try:
        with AudioReader(path) as reader:
            for block in reader.blocks():
                assert block.shape[1] == reader.info.channels
                assert np.isfinite(to_float(block)).all()
    except AudioError as error:
        if not error.detail.isprintable():
            raise ValueError(f"not one printable line: {error.detail!r}") from error
        return error.reason
    return "fine"


def chances(rng: random.Random) -> tuple[Edit, ...]:
    """Some edits by lot, few more often than many."""
    return tuple(
        Edit(
            rng.choice(KINDS),
            rng.random() < 0.6,
            rng.random(),
            int(2 ** rng.uniform(0, 12)),
            rng.randrange(1 << 16),
        )
        for _ in range(min(1 + int(rng.expovariate(0.7)), 8))
    )


@dataclass(frozen=True)
class Round:
    """Files number ``start`` to ``stop``, each made from its number alone."""

    start: int
    stop: int
    folder: Path


def made(number: int, sources: dict[str, bytes]) -> tuple[str, bytes]:
    """The damaged file of this number."""
    rng = random.Random(number)
    name = rng.choice(sorted(sources))
    data = sources[name]
    if rng.random() < 0.1:  # the head of one container on the body of another
        other = sources[rng.choice(sorted(sources))]
        data = data[: rng.randrange(HEAD)] + other[rng.randrange(HEAD) :]
    return name, damaged(data, chances(rng))


def try_round(task: Round) -> Counter[str]:
    """Judge each file of a round; how often each answer came. Runs in a worker.

    A file that was read, or refused with its reason, is deleted; others stay.
    """
    sources = {path.name: path.read_bytes() for path in sorted((task.folder / "seeds").iterdir())}
    answers: Counter[str] = Counter()
    for number in range(task.start, task.stop):
        name, data = made(number, sources)
        path = task.folder / f"{number}.{name}"
        path.write_bytes(data)
        try:
            answers[judge(path)] += 1
        except Exception as error:
            answers[f"{FOUND}{type(error).__name__}: {str(error)[:60]}"] += 1
        else:
            path.unlink()
    return answers


def quiet() -> None:
    """Decoders write what they think of a file to the standard error stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def rounds(start: int, folder: Path, until: float) -> Iterator[Round]:
    """Rounds until the time is up."""
    while time.monotonic() < until:
        yield Round(start, start + FILES_A_ROUND, folder)
        start += FILES_A_ROUND


def hunt(minutes: float, keep: Path, start: int, workers: int) -> bool:
    """Try files for some ``minutes``; whether all held. Files that did not stay in ``keep``."""
    answers: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds(folder / "seeds")
        until = time.monotonic() + 60 * minutes
        for outcome in run_in_workers(
            try_round,
            rounds(start, folder, until),
            workers=workers,
            timeout_s=SECONDS_A_ROUND,
            memory_limit_bytes=MEMORY_BYTES,
            initializer=quiet,
        ):
            answers.update(outcome.value or {f"{FOUND}{outcome.reason}: {outcome.detail}": 1})
        keep.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.*"):
            path.replace(keep / path.name)
    lines = [f"{sum(answers.values())} files from number {start} on"]
    lines += [f"{count} {answer}" for answer, count in answers.most_common()]
    sys.stdout.write("\n".join(lines) + "\n")
    return not any(answer.startswith(FOUND) for answer in answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--keep", type=Path, required=True, help="where to keep what is found")
    parser.add_argument("--start", type=int, default=0, help="number of the first file")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    held = hunt(options.minutes, options.keep, options.start, options.workers)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
