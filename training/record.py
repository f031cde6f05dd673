"""What is written beside every model's weights, so that a run can be understood and repeated."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

META_NAME: Final = "meta.json"
_PACKAGES: Final = ("torch", "numpy", "onnxruntime", "transformers", "peft")


def code_version() -> str:
    """Shiroa's version, with the commit when it runs from a checkout: ``0.1.0+1a2b3c4d``."""
    released = _version("shiroa") or "unknown"
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return released
    done = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--short=8", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    commit = done.stdout.strip()
    return f"{released}+{commit}" if commit else released


def environment() -> dict[str, str]:
    """Versions that a result depends on."""
    found = {name: _version(name) for name in _PACKAGES}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: value for name, value in found.items() if value},
    }


def model_name(kind: str, digest: str, now: datetime) -> str:
    """A fresh model id such as ``classifier-20260501-101500-3f9a12``."""
    return f"{kind}-{now:%Y%m%d-%H%M%S}-{digest[:6]}"


def write_meta(folder: Path, meta: dict[str, Any]) -> None:
    """Write ``meta.json`` into ``folder``."""
    text = json.dumps(meta, indent=2, ensure_ascii=False, default=str)
    (folder / META_NAME).write_text(text + "\n", encoding="utf-8")


def read_meta(folder: Path) -> dict[str, Any]:
    """``meta.json`` of a model's ``folder``. Raises ``FileNotFoundError``."""
    found: dict[str, Any] = json.loads((folder / META_NAME).read_text(encoding="utf-8"))
    return found


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
