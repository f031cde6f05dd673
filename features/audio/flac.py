"""FLAC by its bytes, without a decoder: what STREAMINFO claims, and whether the file was cut.

Sources: RFC 9639, sections 8.1 and 8.2 (metadata, STREAMINFO), 9.1 (frame headers, CRC-8) and 9.3
(CRC-16 of a frame).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from features.audio.containers import id3_size
from features.audio.errors import AudioError, shown

_SMALLEST_FRAME: Final = 10  # header 5, CRC 3, one constant subframe of 2 bytes
_LONGEST_HEADER: Final = 16
_MOST_BLOCKS: Final = 10_000
_ID3V1_BYTES: Final = 128


@dataclass(frozen=True)
class StreamInfo:
    """FLAC's STREAMINFO block: rate in Hz, frames in each channel, MD5 of the PCM or None."""

    sample_rate: int
    channels: int
    bit_depth: int
    frames: int
    max_block_frames: int
    md5: str | None


def read_streaminfo(path: Path) -> StreamInfo:
    """The STREAMINFO of a FLAC file; refuses one that claims more than the file can hold."""
    with path.open("rb") as file:
        start = id3_size(file)
        file.seek(start)
        block = file.read(42)
        size = os.fstat(file.fileno()).st_size - start
    if len(block) < 42:
        raise AudioError(path, "truncated", f"{shown(path)}: ends within its FLAC header")
    if block[4] & 0x7F != 0 or int.from_bytes(block[5:8], "big") < 34:
        raise AudioError(path, "corrupt", f"{shown(path)}: FLAC without STREAMINFO first")
    info = _parse_streaminfo(block[8:42])
    most = (size // _SMALLEST_FRAME + 1) * max(info.max_block_frames, 16)
    if info.frames > most:
        raise AudioError(
            path,
            "truncated" if is_cut(path) else "length_mismatch",
            f"{shown(path)}: STREAMINFO claims {info.frames} frames, but {size} bytes hold at most"
            f" {most}; fetch or encode the file again",
        )
    return info


def is_cut(path: Path) -> bool:
    """Whether a FLAC file ends within its metadata or within a frame.

    A frame ends with the CRC-16 of its bytes, so that the CRC over all of it is 0. Damage in the
    very last frame can't be told from a cut.
    """
    with path.open("rb") as file:
        start = id3_size(file)
        file.seek(start)
        head = file.read(42)
        if len(head) < 42:
            return True
        info = _parse_streaminfo(head[8:42])
        size = os.fstat(file.fileno()).st_size
        audio = _end_of_metadata(file, start + 4)
        if audio >= size:
            return True
        longest = _longest_frame(info)
        file.seek(max(audio, size - longest - _ID3V1_BYTES))
        tail = file.read()
    if tail[-_ID3V1_BYTES : -_ID3V1_BYTES + 3] == b"TAG":
        tail = tail[:-_ID3V1_BYTES]
    at = _last_frame(tail)
    if at is None:
        return len(tail) < longest
    return _crc(tail[at:], 16, 0x8005) != 0


def _parse_streaminfo(block: bytes) -> StreamInfo:
    packed = int.from_bytes(block[10:18], "big")
    md5 = block[18:34]
    return StreamInfo(
        sample_rate=packed >> 44,
        channels=(packed >> 41 & 0x7) + 1,
        bit_depth=(packed >> 36 & 0x1F) + 1,
        frames=packed & (1 << 36) - 1,
        max_block_frames=int.from_bytes(block[2:4], "big"),
        md5=md5.hex() if any(md5) else None,
    )


def _end_of_metadata(file: BinaryIO, at: int) -> int:
    """Where audio begins: after the block that is marked as the last."""
    for _ in range(_MOST_BLOCKS):
        file.seek(at)
        header = file.read(4)
        at += 4 + int.from_bytes(header[1:4], "big")
        if len(header) < 4 or header[0] & 0x80:
            break
    return at


def _longest_frame(info: StreamInfo) -> int:
    """Bytes of a frame whose samples are stored as they are, with room for its headers."""
    sample_bytes = (info.bit_depth + 8) // 8  # the side channel takes one bit more
    return max(info.max_block_frames, 16) * info.channels * sample_bytes + 64


def _last_frame(data: bytes) -> int | None:
    """Where the last frame header of ``data`` is."""
    at = len(data)
    while (at := data.rfind(b"\xff", 0, at)) >= 0:
        if _is_frame_header(data[at : at + _LONGEST_HEADER]):
            return at
    return None


def _is_frame_header(head: bytes) -> bool:
    if len(head) < 6 or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return False
    ones = 8 - (~head[4] & 0xFF).bit_length()  # the coded number's length, as in UTF-8
    length = 4 + max(1, ones)
    length += {6: 1, 7: 2}.get(head[2] >> 4, 0)
    length += {12: 1, 13: 2, 14: 2}.get(head[2] & 0xF, 0)
    return ones != 1 and len(head) > length and _crc(head[: length + 1], 8, 0x07) == 0


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    """Cyclic redundancy check, most significant bit first, from 0.

    >>> _crc(b"123456789", 8, 0x07), _crc(b"123456789", 16, 0x8005)
    (244, 65256)
    """
    table = _crc_table(bits, polynomial)
    crc, mask, shift = 0, (1 << bits) - 1, bits - 8
    for byte in data:
        crc = (crc << 8 & mask) ^ table[(crc >> shift) ^ byte]
    return crc


@cache
def _crc_table(bits: int, polynomial: int) -> tuple[int, ...]:
    top, mask = 1 << bits - 1, (1 << bits) - 1
    table = []
    for value in range(256):
        crc = value << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc & top else crc << 1) & mask
        table.append(crc)
    return tuple(table)
