"""The base of every error whose message is written for the person who runs Shiroa."""

from __future__ import annotations

import errno
from typing import Final

_FULL: Final = ("no space left on device", "disk quota exceeded", "file too large")
_FULL_ERRNO: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ShiroaError(Exception):
    """The message names the value, the rule and the next step; the command line shows it alone."""


def says_disk_full(error: BaseException) -> bool:
    """Whether the disk ran out, which libraries tell in types of their own.

    >>> says_disk_full(RuntimeError("I/O error: No space left on device (os error 28)"))
    True
    """
    said = str(error).lower()
    return getattr(error, "errno", None) in _FULL_ERRNO or any(words in said for words in _FULL)
