"""A disk that is full is told as such, whichever way the system says it."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from data_catalog.labels import set_label
from data_catalog.tables.views import CatalogNotWrittenError
from tests.data_catalog.store_fixtures import small_home, track_id


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_views_without_room_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    home = small_home(tmp_path / "home")

    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(CatalogNotWrittenError, match="free some room"):
        set_label(home, track_id(0), "genre", "jazz", "person")
