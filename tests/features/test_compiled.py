import importlib.util
import os
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import config

from features.compiled import compiled
from tests.features.privileges import nobody

LOOP = """
def total(x):
    result = 0.0
    for value in x:
        result += value
    return result
"""


@pytest.fixture
def installed(tmp_path_factory) -> Path:
    """A module in a folder where nothing can be written."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "loop.py").write_text(LOOP)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def function_of(folder: Path):
    spec = importlib.util.spec_from_file_location("loop", folder / "loop.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.total


def test_a_loop_is_compiled_where_no_cache_can_be_written(installed, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setenv("HOME", os.devnull)
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    total = function_of(installed)
    numba.njit(total)(np.arange(5.0))  # what compiling imports may be closed to nobody
    with nobody():
        assert compiled(total)(np.arange(5.0)) == 10.0
    assert list(installed.rglob("*.nbi")) == []


def test_a_loop_is_cached_where_that_is_possible(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", "")
    (tmp_path / "loop.py").write_text(LOOP)
    assert compiled(function_of(tmp_path))(np.arange(5.0)) == 10.0
    assert list(tmp_path.glob("__pycache__/*.nbi"))
