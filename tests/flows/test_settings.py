"""Settings come from the environment; the command line's home wins."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.settings import Settings, load_settings


def test_environment_sets_what_the_class_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIROA_FILE_TIMEOUT_S", "7.5")

    assert Settings().file_timeout_s == 7.5


def test_home_of_the_command_line_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHIROA_HOME", "/elsewhere")

    assert load_settings(tmp_path).home_layout().root == tmp_path.resolve()


def test_value_outside_its_range_names_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIROA_BATCH_FILES", "0")

    with pytest.raises(ValidationError, match="batch_files"):
        Settings()


def test_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIROA_API_KEY", "open-sesame")

    assert "open-sesame" not in repr(Settings())
