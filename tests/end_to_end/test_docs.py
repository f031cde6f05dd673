"""Every command and every program in the README and the docs runs as it is written.

Blocks marked ``bash`` and ``python`` are run in a folder with music in ``music`` and a home in
``data``, as the documents assume. Unmarked blocks need a server, a hub or a model's id. The pages
for analysts and front ends have tests of their own, beside what they describe.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from data_catalog.home import Home
from docs.modules import modules_page
from tests.end_to_end.conftest import Run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/ml-teams.md")
ALLOWED_EXIT_CODES = {0, 1}


def blocks(kind: str) -> list[tuple[str, str]]:
    return [
        (page, block)
        for page in PAGES
        for block in re.findall(rf"```{kind}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    ]


def commands() -> list[pytest.param]:
    return [
        pytest.param(line, id=f"{page}: {line}")
        for page, block in blocks("bash")
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip()
    ]


def environment(home: Home) -> dict[str, str]:
    return {**os.environ, "SHIROA_HOME": str(home.root), "COLUMNS": "100"}


@pytest.mark.parametrize("line", commands())
def test_command_runs(run: Run, line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "shiroa", "documents show commands of shiroa"

    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *words],
        cwd=run.collection.parent,
        env=environment(run.home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode in ALLOWED_EXIT_CODES, done.stderr


@pytest.mark.parametrize(("page", "program"), blocks("python"))
def test_program_runs(run: Run, page: str, program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=run.collection.parent,
        env=environment(run.home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_list_of_modules_equals_the_files() -> None:
    assert (ROOT / "docs/modules.md").read_text() == modules_page(ROOT)


@pytest.mark.parametrize("page", sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md")))
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    targets = [t for t in re.findall(r"\]\(([^)#]+)", text) if "://" not in t]

    assert [t for t in targets if not (ROOT / page).parent.joinpath(t).exists()] == []
