"""Pretrained weights that fine-tuning starts from: where they are and what they allow."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data_catalog.home import Home
from data_catalog.licences.terms import normalise
from features.errors import ShiroaError

TINY: Final = "tiny"
_NEEDED: Final = ("*.json", "*.safetensors", "*.model", "*.txt", "README.md")
_HUB_ID: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_PUBLISHED: Final = {"facebook": "CC-BY-NC-4.0"}


class BaseMissing(ShiroaError):  # noqa: N818 - it names what is missing
    """The weights are not on this machine. ``detail`` says how to get them."""

    def __init__(self, base: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = "base_missing"
        self.base = base
        self.detail = detail


@dataclass(frozen=True)
class Base:
    """Weights on this machine: ``licence`` is an SPDX identifier, null when none is stated."""

    name: str
    folder: Path
    licence: str | None
    commercial_use: bool


def tiny_folder(home: Home) -> Path:
    """Where the tiny base is kept."""
    return home.cache / "musicgen-tiny"


def find_base(home: Home, name: str, *, download: bool = False) -> Base:
    """The weights that ``name`` means: ``tiny``, a folder, or a hub id such as
    ``facebook/musicgen-small``.

    Raises ``BaseMissing`` when they are not here (and, with ``download``, can't be fetched).
    Nothing is ever replaced by something smaller.
    """
    here = tiny_folder(home) if name == TINY else None
    folder = here or _folder(name, _HOW_TO_GET, download=download)
    return _described(name, folder, "config.json", _HOW_TO_GET)


def find_pipeline(name: str) -> Base:
    """The weights of a diffusion pipeline: a folder saved by diffusers, or a hub id such as
    ``stabilityai/stable-audio-open-1.0``.

    Raises ``BaseMissing`` when they are not on this machine.
    """
    how = (
        f"give a folder saved by diffusers, or run `hf download {name}` on a machine with network"
        " access and pass its folder"
    )
    return _described(name, _folder(name, how), "model_index.json", how)


def _folder(name: str, how: str, *, download: bool = False) -> Path:
    if Path(name).is_dir():
        return Path(name)
    if not _HUB_ID.fullmatch(name):
        raise BaseMissing(name, f"base={name!r}: no such folder; {how}")
    return _hub_folder(name, how, download=download)


def _described(name: str, folder: Path, marker: str, how: str) -> Base:
    if not (folder / marker).exists():
        raise BaseMissing(name, f"base={name!r}: {folder} holds no {marker}; {how}")
    licence = normalise(_stated_licence(folder) or _PUBLISHED.get(name.split("/")[0], ""))
    if licence is None:
        return Base(name, folder, None, False)
    return Base(name, folder, licence.spdx, licence.commercial_use)


_HOW_TO_GET: Final = (
    "give a folder saved by transformers, 'tiny' after `shiroa train musicgen --base tiny`, or run "
    "`hf download facebook/musicgen-small` on a machine with network access and pass its folder"
)


def hub_folder(name: str, needed: Collection[str], *, download: bool = False) -> Path:
    """The folder of a hub id's files on this machine; fetched with ``download`` where it is not.

    ``needed`` are patterns of the files. Raises ``LookupError`` with the name of what went wrong.
    """
    from huggingface_hub import snapshot_download

    for local in (True, False) if download else (True,):
        try:
            return Path(
                snapshot_download(name, allow_patterns=list(needed), local_files_only=local)
            )
        except Exception as failure:  # whatever the hub's client says, the files are not here
            last = failure
    raise LookupError(type(last).__name__) from last


def _hub_folder(name: str, how: str, *, download: bool) -> Path:
    try:
        return hub_folder(name, _NEEDED, download=download)
    except LookupError as absent:
        where = (
            f"not on this machine and not to be fetched ({absent})"
            if download
            else "its weights are not on this machine"
        )
        raise BaseMissing(name, f"base={name!r}: {where}; {how}") from absent


def _stated_licence(folder: Path) -> str | None:
    card = folder / "README.md"
    if not card.exists():
        return None
    found = re.search(r"^license:\s*(\S+)", card.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else None
