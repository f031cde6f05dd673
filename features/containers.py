"""What an audio file's own header claims, read without a decoder and without trusting it.

Decoders size their buffers by these claims and shorten what they find in silence, so the claims
are checked against the file's size first. Sources: RFC 9639 (FLAC, sections 8 and 9), the RIFF WAVE
specification, RFC 3533 (Ogg), and the Xing/Info header of MP3 as LAME writes it.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from features.audio_errors import AudioError, shown

_HEAD_BYTES: Final = 4096
_MPEG1_KBPS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_KBPS: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG1_HZ: Final = (44_100, 48_000, 32_000)
_OGG_TAIL_BYTES: Final = 2 * 65_307  # two pages of the greatest size
_FLAC_SMALLEST_FRAME: Final = 10  # header 5, CRC 3, one constant subframe of 2 bytes
_UNKNOWN_SIZES: Final = (0, 0xFFFFFFFF)


@dataclass(frozen=True)
class StreamInfo:
    """FLAC's STREAMINFO block: rate in Hz, frames in each channel, MD5 of the PCM or None."""

    sample_rate: int
    channels: int
    bit_depth: int
    frames: int
    max_block_frames: int
    md5: str | None


def sniff(path: Path) -> str | None:
    """Container by content: FLAC, WAV, RF64, W64, AIFF, CAF, OGG, MP3, another name, or None.

    Other names (M4A, ASF, MATROSKA, WAVPACK, APE) are audio that Shiroa doesn't decode.
    """
    with path.open("rb") as file:
        file.seek(_id3_size(file))
        head = file.read(_HEAD_BYTES)
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


def _id3_size(file: BinaryIO) -> int:
    """Bytes of ID3v2 tags before the audio, 0 when there are none."""
    total = 0
    while True:
        file.seek(total)
        header = file.read(10)
        if len(header) < 10 or header[:3] != b"ID3" or max(header[6:10]) > 127:
            return total
        size = 0
        for byte in header[6:10]:
            size = size << 7 | byte
        total += 10 + size


def read_streaminfo(path: Path) -> StreamInfo:
    """The STREAMINFO of a FLAC file; refuses one that claims more than the file can hold."""
    with path.open("rb") as file:
        start = _id3_size(file)
        file.seek(start)
        block = file.read(42)
        size = os.fstat(file.fileno()).st_size - start
    if len(block) < 42:
        raise AudioError(path, "truncated", f"{shown(path)}: ends within its FLAC header")
    if block[4] & 0x7F != 0 or int.from_bytes(block[5:8], "big") < 34:
        raise AudioError(path, "corrupt", f"{shown(path)}: FLAC without STREAMINFO first")
    info = _parse_streaminfo(block[8:42])
    most = (size // _FLAC_SMALLEST_FRAME + 1) * max(info.max_block_frames, 16)
    if info.frames > most:
        raise AudioError(
            path,
            "length_mismatch",
            f"{shown(path)}: STREAMINFO claims {info.frames} frames, but {size} bytes hold at most"
            f" {most}; encode the file again",
        )
    return info


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


def check_complete(path: Path, container: str) -> None:
    """Raise ``AudioError`` when the file ends before its own header says it does.

    Only what a header states is checked: a file with no such statement passes, and its decoding
    decides. FLAC is left to decoding too, where frames are counted.
    """
    checks = {"WAV": _check_wav, "AIFF": _check_aiff, "OGG": _check_ogg, "MP3": _check_mp3}
    if container in checks:
        with path.open("rb") as file:
            checks[container](path, file, os.fstat(file.fileno()).st_size)


def _truncated(path: Path, claimed: int, found: int) -> AudioError:
    return AudioError(
        path,
        "truncated",
        f"{shown(path)}: its header claims {claimed} bytes of audio, the file has {found};"
        " fetch or export it again",
    )


def _check_wav(path: Path, file: BinaryIO, size: int) -> None:
    order = "<" if file.read(4) == b"RIFF" else ">"
    _check_chunk(path, file, size, order, b"data", 12)


def _check_aiff(path: Path, file: BinaryIO, size: int) -> None:
    _check_chunk(path, file, size, ">", b"SSND", 12)


def _check_chunk(
    path: Path, file: BinaryIO, size: int, order: str, wanted: bytes, offset: int
) -> None:
    while offset + 8 <= size:
        file.seek(offset)
        name, claimed = struct.unpack(f"{order}4sI", file.read(8))
        offset += 8
        if name == wanted:
            if claimed not in _UNKNOWN_SIZES and offset + claimed > size:
                raise _truncated(path, claimed, size - offset)
            return
        offset += claimed + claimed % 2
    raise AudioError(
        path, "truncated", f"{shown(path)}: ends before its audio ({wanted.decode()} chunk) begins"
    )


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
    start = _id3_size(file)
    file.seek(start)
    frame = file.read(256)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if not 0 <= at <= 200 or len(frame) < at + 16:
        return
    flags, _, claimed = struct.unpack(">III", frame[at + 4 : at + 16])
    if flags & 0x3 == 0x3 and claimed > size - start:
        raise _truncated(path, claimed, size - start)
