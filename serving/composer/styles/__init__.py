"""The genres, one small file of data each; a new genre is a new file with a ``STYLE``."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .base import Style

__all__ = ["Style", "style_of"]


@cache
def style_of(genre: str) -> Style:
    """The style of a genre of the vocabulary (``hip-hop`` lives in ``hip_hop.py``)."""
    module = import_module(f".{genre.replace('-', '_')}", __name__)
    style: Style = module.STYLE
    return style
