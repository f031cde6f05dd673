"""Copies of songs and files that are broken on purpose, each made the same way every time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from features.audio.reader import Audio, decode, encode
from features.audio.tags import read_tags, write_tags

from .plan import Planted

_TRIM_START_S, _TRIM_END_S = 2.0, 1.5
_QUIETER = np.float32(0.35)
_BAD_SECONDS = 12
_SR = 44100


def plant(folder: Path, item: Planted) -> None:
    """Make one planted file. Its source, if it has one, must be there."""
    path = folder / item.file
    path.parent.mkdir(parents=True, exist_ok=True)
    source = folder / (item.of or item.file)
    part = path.with_name(f".part.{path.name}")
    _MAKERS[item.how](part, source)
    part.replace(path)


def _same_file(path: Path, source: Path) -> None:
    shutil.copyfile(source, path)


def _retagged(path: Path, source: Path) -> None:
    _same_file(path, source)
    write_tags(path, {"TITLE": "Untitled (found tape)", "ALBUM": "Assorted", "COMMENT": "copy"})


def _as_wav(path: Path, source: Path) -> None:
    audio, tags = _audio(source)
    wav = path.with_suffix(".wav")
    encode(wav, audio.samples, audio.sample_rate, tags=tags)
    wav.replace(path)


def _encoded(path: Path, source: Path) -> None:
    audio, tags = _audio(source)
    encode(path, audio.samples, audio.sample_rate, tags=tags)


def _trimmed(path: Path, source: Path) -> None:
    audio, tags = _audio(source)
    encode(path, _cut(audio), audio.sample_rate, tags=tags)


def _relevelled(path: Path, source: Path) -> None:
    audio, tags = _audio(source)
    encode(path, audio.samples * _QUIETER, audio.sample_rate, tags=tags)


def _trimmed_relevelled(path: Path, source: Path) -> None:
    audio, tags = _audio(source)
    encode(path, _cut(audio) * _QUIETER, audio.sample_rate, tags=tags)


def _audio(source: Path) -> tuple[Audio, dict[str, str]]:
    kept = ("TITLE", "ARTIST", "ALBUM", "GENRE", "MOOD", "LICENSE")
    tags = {name: values[0] for name, values in read_tags(source).items() if name in kept}
    return decode(source), tags


def _cut(audio: Audio) -> np.ndarray:
    start, end = int(_TRIM_START_S * audio.sample_rate), int(_TRIM_END_S * audio.sample_rate)
    return audio.samples[start : len(audio.samples) - end]


def _truncated(path: Path, source: Path) -> None:
    """The first frames of a FLAC file, cut where a frame begins."""
    data = source.read_bytes()
    sync = data[_first_frame(data) :][:3]
    path.write_bytes(data[: data.index(sync, int(len(data) * 0.6))])


def _first_frame(flac: bytes) -> int:
    """Where a FLAC file's audio begins: after the metadata block that is marked as the last."""
    at, last = 4, False
    while not last:
        last = bool(flac[at] & 0x80)
        at += 4 + int.from_bytes(flac[at + 1 : at + 4], "big")
    return at


def _corrupt(path: Path, source: Path) -> None:
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes((7 * i + 13) % 256 for i in range(4000))
    path.write_bytes(bytes(data))


def _silence(path: Path, source: Path) -> None:
    encode(path, np.zeros((_BAD_SECONDS * _SR, 2), np.float32), _SR, tags={"TITLE": "Silence"})


def _noise(path: Path, source: Path) -> None:
    words = np.random.PCG64(np.random.SeedSequence(20)).random_raw(_BAD_SECONDS * _SR * 2)
    noise = (words >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-25) - np.float32(0.25)
    encode(path, noise.reshape(-1, 2), _SR, tags={"TITLE": "Noise"})


def _text(path: Path, source: Path) -> None:
    path.write_text("This is a shopping list, not music: bread, strings, rosin.\n" * 40)


def _picture(path: Path, source: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)


def _empty(path: Path, source: Path) -> None:
    path.write_bytes(b"")


_MAKERS: dict[str, Callable[[Path, Path], None]] = {
    "same_file": _same_file,
    "retagged": _retagged,
    "as_wav": _as_wav,
    "encoded": _encoded,
    "trimmed": _trimmed,
    "relevelled": _relevelled,
    "trimmed_relevelled": _trimmed_relevelled,
    "truncated": _truncated,
    "corrupt": _corrupt,
    "silence": _silence,
    "noise": _noise,
    "text": _text,
    "picture": _picture,
    "empty": _empty,
}
