"""Runs every benchmark, one after the other: ``make bench``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run each module of this folder that is a program; the number of those that failed."""
    programs = sorted(
        path.stem
        for path in HERE.glob("*.py")
        if "__main__" in path.read_text(encoding="utf-8") and not path.stem.startswith("__")
    )
    failed = 0
    for program in programs:
        print(f"\n== python -m benchmarks.{program}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{program}"]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
