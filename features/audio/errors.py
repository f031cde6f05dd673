"""The one way in which reading audio fails: a reason for machines, a sentence for people."""

from __future__ import annotations

import os
from pathlib import Path

from features.errors import ShiroaError


class AudioError(ShiroaError):
    """An audio file that can't be used.

    ``reason`` is a slug: ``unreadable``, ``not_a_file``, ``empty``, ``not_audio``,
    ``unsupported``, ``truncated``, ``corrupt``, ``length_mismatch``, ``not_finite``,
    ``out_of_range``, ``too_long``, ``too_short`` or ``too_many_channels``.
    ``detail`` gives the file, the rule and what to do. It survives pickling, so that worker
    processes can hand it back.
    """

    def __init__(self, path: Path | str, reason: str, detail: str):
        super().__init__(path, reason, detail)
        self.path = Path(path)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


def shown(path: Path | str) -> str:
    """``path`` on one printable line, whatever bytes its name has.

    >>> shown("a\\nb.flac")
    "'a\\\\nb.flac'"
    """
    return repr(os.fsencode(path).decode("utf-8", "backslashreplace"))
