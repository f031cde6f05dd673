"""Arrays on disk that nobody finds half written."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np


def save_whole(path: Path, array: np.ndarray) -> None:
    """Write ``array`` to ``path`` (``.npy``) whole or not at all, whoever is killed; makes folders.

    Several processes may write the same file: the last one counts.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    with aside.open("wb") as file:
        np.save(file, array)
    aside.replace(path)
