"""Measure one audio file that nobody trusts, in a process of its own; the answer is JSON."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

_MOST_MEMORY: Final = 4 * 2**30
LONGEST_S: Final = 600.0
RULE: Final = f"must be playable audio of at most {LONGEST_S / 60:g} minutes"


def measured(path: Path) -> dict[str, Any]:
    """What the file measures, or ``{"problem": why it can't be}``, a word such as ``corrupt``."""
    from features.audio.reader import AudioError, Limits, decode
    from serving.piece.adherence import measure

    try:
        audio = decode(path, Limits(max_duration_s=LONGEST_S, max_channels=8))
    except AudioError as error:
        return {"problem": error.reason}
    return measure(audio.samples, audio.sample_rate).model_dump(mode="json")


def main() -> None:
    """Print what the file named on the command line measures."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no part of the answer
    out.write(json.dumps(measured(Path(sys.argv[1]))))
    out.flush()


if __name__ == "__main__":
    main()
