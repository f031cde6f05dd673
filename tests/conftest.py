"""How tests are shared out: a file stays in one process, and so do folders with costly fixtures.

Several processes that each use every core for small products wait for each other: what takes 2 s
took 36. So each has one thread, and what it starts inherits that.
"""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_FOLDERS = ("end_to_end", "flows")


class ByFile(LoadScopeScheduling):
    """Hands out whole files, and whole folders where the tests share a session's fixture."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        folder = file.split("/")[-2] if "/" in file else ""
        return folder if folder in SHARED_FOLDERS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)
