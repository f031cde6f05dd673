"""What an audio file's own header claims, read without a decoder and without trusting it.

Decoders size their buffers by these claims and shorten what they find in silence, so the claims
are checked against the file's size first; FLAC has a module of its own. Sources: the RIFF WAVE and
AIFF specifications, EBU Tech 3306 (RF64), Sony's Wave64, Apple's Core Audio Format, RFC 3533 (Ogg),
and the Xing/Info header of MP3 as LAME writes it.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from features.audio.errors import AudioError, shown

_HEAD_BYTES: Final = 4096
_MPEG1_KBPS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_KBPS: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG1_HZ: Final = (44_100, 48_000, 32_000)
_OGG_TAIL_BYTES: Final = 2 * 65_307  # two pages of the greatest size
_UNKNOWN_SIZES: Final = (-1, 0, 0xFFFFFFFF)
_MOST_CHUNKS: Final = 10_000
_MOST_ID3_TAGS: Final = 100


@dataclass(frozen=True)
class _Chunks:
    """How a container lays its chunks out: each has a name, a size, and is padded to ``align``."""

    header: str
    first: int
    audio: bytes = b"data"
    align: int = 2
    size_counts_header: bool = False
    to_the_end: bool = False  # what follows the audio is needed to decode it


_LAYOUTS: Final = {
    "WAV": _Chunks("<4sI", 12),
    "RF64": _Chunks("<4sI", 12),
    "AIFF": _Chunks(">4sI", 12, audio=b"SSND"),
    "W64": _Chunks("<16sQ", 40, align=8, size_counts_header=True),
    "CAF": _Chunks(">4sq", 8, align=1, to_the_end=True),
}


def sniff(path: Path) -> str | None:
    """Container by content: FLAC, WAV, RF64, W64, AIFF, CAF, OGG, MP3, another name, or None.

    Other names (M4A, ASF, MATROSKA, WAVPACK, APE) are audio that Shiroa doesn't decode. Raises
    ``AudioError`` for a file that ends before its audio begins.
    """
    with path.open("rb") as file:
        tags = id3_size(file)
        file.seek(tags)
        head = file.read(_HEAD_BYTES)
    if tags and not head:
        raise AudioError(
            path, "truncated", f"{shown(path)}: ends within its ID3 tags; fetch it again"
        )
    return _container_of(head)


def _container_of(head: bytes) -> str | None:
    magic = head[:4]
    if magic in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE":
        return "WAV"
    if magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if head[4:8] == b"ftyp":
        return "M4A"
    if _is_mpeg(head):
        return "MP3"
    return {
        b"fLaC": "FLAC",
        b"OggS": "OGG",
        b"RF64": "RF64",
        b"riff": "W64",
        b"caff": "CAF",
        b"0&\xb2u": "ASF",
        b"\x1aE\xdf\xa3": "MATROSKA",
        b"wvpk": "WAVPACK",
        b"MAC ": "APE",
    }.get(magic)


def _is_mpeg(data: bytes) -> bool:
    """Whether two MPEG audio frames follow each other from the start of ``data``."""
    length = _mpeg_frame_length(data[:4])
    if length is None:
        return False
    follower = data[length : length + 4]
    return len(follower) < 4 or _mpeg_frame_length(follower) is not None


def _mpeg_frame_length(header: bytes) -> int | None:
    """Bytes of the frame that ``header`` begins, None when it begins none (ISO 11172-3, 2.4.1.3).

    Only layer III is known: what is called MP3.
    """
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version = header[1] >> 3 & 3
    bitrate = header[2] >> 4
    rate = header[2] >> 2 & 3
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return None
    first = version == 3
    kbps = (_MPEG1_KBPS if first else _MPEG2_KBPS)[bitrate - 1]
    hz = _MPEG1_HZ[rate] >> {3: 0, 2: 1, 0: 2}[version]
    return (144_000 if first else 72_000) * kbps // hz + (header[2] >> 1 & 1)


def id3_size(file: BinaryIO) -> int:
    """Bytes of ID3v2 tags before the audio, 0 when there are none."""
    total = 0
    for _ in range(_MOST_ID3_TAGS):
        file.seek(total)
        header = file.read(10)
        if len(header) < 10 or header[:3] != b"ID3" or max(header[6:10]) > 127:
            break
        size = 0
        for byte in header[6:10]:
            size = size << 7 | byte
        total += 10 + size
    return total


def check_complete(path: Path, container: str) -> None:
    """Raise ``AudioError`` when the file ends before its own header says it does.

    Only what a header states is checked: a file with no such statement passes, and its decoding
    decides. FLAC is left to decoding too, where frames are counted.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if container in _LAYOUTS:
            _check_chunks(path, file, size, container)
        elif container == "OGG":
            _check_ogg(path, file, size)
        elif container == "MP3":
            _check_mp3(path, file, size)


def _truncated(path: Path, claimed: int, found: int) -> AudioError:
    return AudioError(
        path,
        "truncated",
        f"{shown(path)}: its header claims {claimed} bytes of audio, the file has {found};"
        " fetch or export it again",
    )


def _check_chunks(path: Path, file: BinaryIO, size: int, container: str) -> None:
    layout = _LAYOUTS[container]
    form = layout.header
    if container == "WAV" and file.read(4) == b"RIFX":
        form = form.replace("<", ">")
    offset, seen = layout.first, False
    for _ in range(_MOST_CHUNKS):
        file.seek(offset)
        header = file.read(struct.calcsize(form))
        if len(header) < struct.calcsize(form):
            break
        name, claimed = struct.unpack(form, header)
        start = offset + len(header)
        length = claimed - len(header) * layout.size_counts_header
        is_audio = name[:4] == layout.audio
        if is_audio and claimed in _UNKNOWN_SIZES:
            if container != "RF64":
                return
            length = _rf64_audio_bytes(file)
        if (is_audio or seen) and start + length > size:
            raise _truncated(path, length, size - start)
        seen |= is_audio
        if (seen and not layout.to_the_end) or not 0 <= length <= size - start:
            break
        offset = -(-(start + length) // layout.align) * layout.align
    if not seen:
        raise AudioError(
            path,
            "truncated",
            f"{shown(path)}: ends before its audio ({layout.audio.decode()} chunk) begins;"
            " fetch or export it again",
        )


def _rf64_audio_bytes(file: BinaryIO) -> int:
    """The size of the audio that RF64's first chunk, ``ds64``, states; 0 without it."""
    file.seek(12)
    head = file.read(24)
    return int.from_bytes(head[16:24], "little") if head[:4] == b"ds64" else 0


def _check_ogg(path: Path, file: BinaryIO, size: int) -> None:
    start = max(0, size - _OGG_TAIL_BYTES)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"OggS")
    page = tail[at:] if at >= 0 else b""
    complete = len(page) >= 27 and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])
    if not complete or not page[5] & 0x04:
        raise AudioError(
            path,
            "truncated",
            f"{shown(path)}: its last Ogg page is cut or isn't marked as the last;"
            " fetch or export it again",
        )


def _check_mp3(path: Path, file: BinaryIO, size: int) -> None:
    start = id3_size(file)
    file.seek(start)
    frame = file.read(256)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if not 0 <= at <= 200 or len(frame) < at + 16:
        return
    flags, _, claimed = struct.unpack(">III", frame[at + 4 : at + 16])
    if flags & 0x3 == 0x3 and claimed > size - start:
        raise _truncated(path, claimed, size - start)
