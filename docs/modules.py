"""Writes ``docs/modules.md``: every module with the first line of its docstring."""

from __future__ import annotations

import ast
from pathlib import Path

ROOMS = ("features", "data_catalog", "training", "serving", "flows")


def modules_page(root: Path) -> str:
    """The page, from the files below ``root``."""
    lines = ["# The modules", "", "Made by `python -m docs.modules`.", ""]
    for room in ROOMS:
        lines += [f"## {room}", "", _remark(root / room / "__init__.py"), ""]
        lines += ["| module | what it is |", "|---|---|"]
        lines += [
            f"| `{path.relative_to(root).as_posix()}` | {_remark(path)} |"
            for path in sorted((root / room).rglob("*.py"))
            if path != root / room / "__init__.py"
        ]
        lines.append("")
    return "\n".join(lines)


def _remark(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    root = Path(__file__).parents[1]
    (root / "docs" / "modules.md").write_text(modules_page(root), encoding="utf-8")
