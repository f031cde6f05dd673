"""The identity of a file: the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path


def file_sha256(path: Path | str) -> str:
    """Hexadecimal SHA-256 of the file at ``path``. Raises ``OSError`` when it can't be read."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
