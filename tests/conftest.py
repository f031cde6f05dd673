"""Tests of one file share its fixtures in one process; some folders share theirs too."""

import pytest

SHARED_FOLDERS = ("end_to_end", "flows")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.parent.name
        group = folder if folder in SHARED_FOLDERS else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
