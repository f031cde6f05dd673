"""Small audio files and packages that the tests of sources ingest."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from features.audio.reader import encode

SAMPLE_RATE = 22_050


def tone(
    path: Path,
    *,
    hz: float = 440.0,
    seconds: float = 1.0,
    tags: Mapping[str, str] | None = None,
) -> Path:
    """A file that holds a tone with some overtones, different for each ``hz``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = sum(0.2 / k * np.sin(2 * np.pi * hz * k * t) for k in (1, 2, 3))
    encode(path, np.asarray(y, np.float32), SAMPLE_RATE, tags=dict(tags or {}))
    return path


def deb(path: Path, files: Mapping[str, bytes | Path], *, mtime: int = 1_000_000_000) -> Path:
    """A Debian package that holds ``files`` by their installed paths, as deb(5) lays it out."""
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": _tar({"control": b"Package: x\nVersion: 1\n"}, mtime),
        "data.tar.gz": _tar(files, mtime),
    }
    content = b"!<arch>\n"
    for name, data in members.items():
        content += f"{name:<16}{mtime:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
        content += data + b"\n" * (len(data) % 2)
    path.write_bytes(content)
    return path


def _tar(files: Mapping[str, bytes | Path], mtime: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            data = content.read_bytes() if isinstance(content, Path) else content
            member = tarfile.TarInfo(f"./{name}")
            member.size, member.mtime = len(data), mtime
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
