"""A folder of files that break naive readers, each with the reasons that are right for it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf

from features.audio.reader import encode
from tests.features.music import song

SR = 22_050
FINE = "fine"
"""The file is odd but usable."""

DAMAGE = frozenset({"truncated", "corrupt", "not_audio", "length_mismatch", "empty", "too_short"})

Case = tuple[Path, frozenset[str]]


def write_hostile(folder: Path) -> list[Case]:
    """Write the corpus below ``folder``; each file with the reasons that it may get."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = _sources(folder / "whole")
    makers = (_truncated, _flipped, _claims, _samples, _shapes, _names, _not_files)
    return [case for maker in makers for case in maker(folder, sources)]


def _sources(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    y = song(120, 0, "major", 4.0, SR)
    stereo = np.stack([y, np.roll(y, 50)], axis=1)
    for suffix in ("wav", "flac", "ogg", "opus", "mp3"):
        encode(folder / f"a.{suffix}", stereo, SR, tags={"TITLE": "x"})
    sf.write(folder / "a.aiff", stereo, SR)
    for suffix, subtype in (("w64", "PCM_24"), ("rf64", "FLOAT"), ("caf", "ALAC_16")):
        sf.write(folder / f"a.{suffix}", stereo, SR, subtype=subtype, format=suffix.upper())
    return {path.suffix[1:]: path.read_bytes() for path in sorted(folder.iterdir())}


def _put(path: Path, data: bytes, *reasons: str) -> Case:
    path.write_bytes(data)
    return path, frozenset(reasons)


def _truncated(folder: Path, sources: dict[str, bytes]) -> Iterator[Case]:
    """Every container cut at several places."""
    for suffix, data in sources.items():
        yield _put(folder / f"cut to its name.{suffix}", data[:4], "truncated", "not_audio")
        for share in (0.005, 0.02, 0.3, 0.6, 0.98, 0.9995):
            cut = data[: int(len(data) * share)]
            after_audio = {FINE} if (suffix, share) == ("wav", 0.9995) else {"truncated"}
            yield _put(folder / f"cut {share}.{suffix}", cut, *after_audio)
    yield _put(folder / "cut to nothing.flac", b"", "empty")


def _flipped(folder: Path, sources: dict[str, bytes]) -> Iterator[Case]:
    """Bits flipped in headers and in the middle; only FLAC can notice all of them."""
    rng = np.random.default_rng(0)
    for suffix, data in sources.items():
        for place, start, stop in (("head", 0, 60), ("middle", 2000, len(data) - 2000)):
            broken = bytearray(data)
            for at in rng.integers(start, stop, 12):
                broken[at] ^= 1 << int(rng.integers(0, 8))
            may_pass = () if suffix == "flac" else (FINE,)
            yield _put(
                folder / f"flipped {place}.{suffix}",
                bytes(broken),
                *DAMAGE,
                "unsupported",
                "too_many_channels",
                "too_long",
                "not_finite",
                "out_of_range",
                *may_pass,
            )


def _claims(folder: Path, sources: dict[str, bytes]) -> Iterator[Case]:
    """Headers that lie about lengths, rates and channels."""
    flac = sources["flac"]
    for name, frames in (("huge", (1 << 36) - 1), ("double", 8 * SR), ("half", 2 * SR)):
        packed = int.from_bytes(flac[18:26], "big") >> 36 << 36 | frames
        lie = flac[:18] + packed.to_bytes(8, "big") + flac[26:]
        yield _put(folder / f"streaminfo {name}.flac", lie, *DAMAGE)
    yield _put(folder / "streaminfo md5.flac", flac[:26] + b"\x01" * 16 + flac[42:], "corrupt")
    unknown = int.from_bytes(flac[18:26], "big") >> 36 << 36
    streamed = flac[:18] + unknown.to_bytes(8, "big") + b"\0" * 16 + flac[42:]
    yield _put(folder / "streaminfo unknown length.flac", streamed, FINE)
    wav = sources["wav"]
    at = wav.index(b"data") + 4
    for name, size in (("huge", 0xFFFFFFF0), ("double", 2 * len(wav)), ("half", len(wav) // 2)):
        lie = wav[:at] + struct.pack("<I", size) + wav[at + 4 :]
        yield _put(folder / f"data {name}.wav", lie, FINE if name == "half" else "truncated")
    for suffix, before, form in (
        ("aiff", b"SSND", ">I"),
        ("w64", b"data\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a", "<Q"),
        ("rf64", b"ds64\x1c\0\0\0" + sources["rf64"][20:28], "<Q"),
        ("caf", b"data", ">q"),
    ):
        data = sources[suffix]
        at = data.index(before) + len(before)
        for name, factor in (("huge", 1 << 20), ("double", 2)):
            (size,) = struct.unpack_from(form, data, at)
            claim = struct.pack(form, min(size * factor, 0xFFFFFFF0))
            lie = data[:at] + claim + data[at + len(claim) :]
            yield _put(folder / f"data {name}.{suffix}", lie, "truncated")
    yield _put(folder / "data streamed.wav", wav[:at] + b"\xff" * 4 + wav[at + 4 :], FINE, *DAMAGE)
    for name, offset, value in (
        ("0 channels", 22, b"\0\0"),
        ("65535 channels", 22, b"\xff\xff"),
        ("0 Hz", 24, b"\0\0\0\0"),
        ("4 GHz", 24, b"\xff\xff\xff\xff"),
        ("unknown codec", 20, b"\x99\x99"),
    ):
        lie = wav[:offset] + value + wav[offset + len(value) :]
        yield _put(folder / f"{name}.wav", lie, *DAMAGE, "unsupported", "too_many_channels", FINE)


def _samples(folder: Path, sources: dict[str, bytes]) -> Iterator[Case]:
    """Samples that are not numbers, too few, or far beyond full scale."""
    y = song(120, 0, "major", 4.0, SR)
    for name, value in (("nan", np.nan), ("inf", np.inf), ("-inf", -np.inf)):
        bad = y.copy()
        bad[SR] = value
        sf.write(folder / f"{name}.wav", bad, SR, subtype="FLOAT")
        yield folder / f"{name}.wav", frozenset({"not_finite"})
    sf.write(folder / "loud.wav", y * 1e30, SR, subtype="FLOAT")
    yield folder / "loud.wav", frozenset({"out_of_range"})
    for count in (0, 1, 2, 100):
        for suffix in ("wav", "flac"):
            path = folder / f"{count} samples.{suffix}"
            sf.write(path, np.zeros(count, np.float32), SR)
            yield path, frozenset({"empty", "too_short"})
    sf.write(folder / "denormal.wav", np.full(2 * SR, 1e-40, np.float32), SR, subtype="FLOAT")
    yield folder / "denormal.wav", frozenset({FINE})


def _shapes(folder: Path, sources: dict[str, bytes]) -> Iterator[Case]:
    """Rates from 8 to 384 kHz, up to 9 channels, every sample format, three hours of silence."""
    y = song(120, 0, "major", 2.0, SR)
    for rate in (8_000, 11_025, 96_000, 192_000, 384_000):
        sf.write(folder / f"{rate} Hz.wav", np.resize(y, 2 * rate), rate)
        yield folder / f"{rate} Hz.wav", frozenset({FINE})
    for channels in (1, 3, 4, 5, 6, 7, 8, 9):
        path = folder / f"{channels} channels.wav"
        sf.write(path, np.tile(y[:, None], channels), SR)
        yield path, frozenset({"too_many_channels"} if channels > 8 else {FINE})
    for suffix, subtypes in (
        ("wav", ("PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM")),
        ("flac", ("PCM_S8", "PCM_24")),
        ("caf", ("PCM_16", "ALAC_16")),
        ("w64", ("PCM_16",)),
        ("rf64", ("PCM_16",)),
    ):
        for subtype in subtypes:
            path = folder / f"{subtype}.{suffix}"
            sf.write(path, y, SR, subtype=subtype, format=suffix.upper())
            yield path, frozenset({FINE})
    path = folder / "three hours of silence.flac"
    with sf.SoundFile(path, "w", 4_000, 1) as file:
        for _ in range(180):
            file.write(np.zeros(60 * 4_000, np.int16))
    yield path, frozenset({FINE})


def _names(folder: Path, sources: dict[str, bytes]) -> Iterator[Case]:
    """Names that are hard to print or to pass on, and suffixes that are wrong."""
    for name in (
        b"new\nline.flac",
        b"tab\t and 'quotes\".flac",
        "🎵 音楽.flac".encode(),
        b"latin \xe9\xff.flac",
        b"-rf.flac",
        b"%s %d {0}.flac",
        b"n" * 250 + b".flac",
    ):
        yield _put(folder / os.fsdecode(name), sources["flac"], FINE)
    yield _put(folder / "flac inside.mp3", sources["flac"], FINE)
    yield _put(folder / "mp3 inside.flac", sources["mp3"], FINE)
    yield _put(folder / "no suffix", sources["ogg"], FINE)
    yield _put(folder / "text.flac", b"liner notes\n" * 100, "not_audio")
    yield _put(folder / "zeros.wav", bytes(100_000), "not_audio")
    yield _put(folder / "noise.mp3", np.random.default_rng(1).bytes(100_000), *DAMAGE)
    yield _put(folder / "image.flac", b"\x89PNG\r\n\x1a\n" + bytes(5000), "not_audio")
    yield _put(folder / "page.wav", b"<!doctype html><title>404</title>", "not_audio")
    yield _put(folder / "movie.m4a", b"\0\0\0\x20ftypM4A " + bytes(5000), "unsupported")
    yield _put(folder / "id3 only.mp3", b"ID3\x04\0\0\0\0\x0f\x76" + bytes(2038), *DAMAGE)
    yield _put(folder / "id3 endless.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(100), *DAMAGE)


def _not_files(folder: Path, sources: dict[str, bytes]) -> Iterator[Case]:
    """What a name can point at that is no file."""
    (folder / "folder.flac").mkdir()
    yield folder / "folder.flac", frozenset({"not_a_file"})
    (folder / "loop.flac").symlink_to("loop.flac")
    yield folder / "loop.flac", frozenset({"unreadable"})
    (folder / "dangling.flac").symlink_to("nowhere.flac")
    yield folder / "dangling.flac", frozenset({"unreadable"})
    os.mkfifo(folder / "pipe.flac")
    yield folder / "pipe.flac", frozenset({"not_a_file"})
    yield folder / "missing.flac", frozenset({"unreadable"})
