"""A process that ends in the middle of its commits."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from data_catalog.tables.store import Store


@contextmanager
def stopped_at_commit(monkeypatch: pytest.MonkeyPatch, stop_at: int) -> Iterator[None]:
    """Let the store's commit number ``stop_at`` end the process, as far as the code can tell."""
    commits = 0

    def counted(write):
        def stops(self, *arguments):
            nonlocal commits
            commits += 1
            if commits == stop_at:
                raise KeyboardInterrupt
            return write(self, *arguments)

        return stops

    with monkeypatch.context() as patched:
        for name in ("insert_new", "upsert"):
            patched.setattr(Store, name, counted(getattr(Store, name)))
        with pytest.raises(KeyboardInterrupt):
            yield
