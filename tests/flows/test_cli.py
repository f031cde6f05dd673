"""The command line's contract: commands, help with an example, one-line errors, exit codes."""

from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from data_catalog.home import Home
from data_catalog.tables.store import Store
from flows import cli
from flows.commands.context import Exit
from training.model import TrainedModel
from training.musicgen.config import MusicgenConfig

COMMANDS = [
    *("demo", "ingest", "extract", "curate", "snapshot", "query", "label", "takedown", "report"),
    *("train", "models", "approve", "publish", "rollback", "next-to-label", "evaluate"),
    *("generate", "serve", "flows", "doctor", "review", "artists", "duplicates"),
]


def run(home: Path, *words: str):
    return CliRunner().invoke(cli.app, ["--home", str(home), *words])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_with_help(command: str) -> None:
    assert command in get_command(cli.app).commands


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"train"}))
def test_help_ends_in_an_example(command: str) -> None:
    help_text = get_command(cli.app).commands[command].help

    assert f"Example: shiroa {command}" in help_text or "Example: shiroa --home" in help_text


def test_query_of_an_empty_home_says_how_to_fill_it(tmp_path: Path) -> None:
    result = run(tmp_path, "query", "keys")

    assert "shiroa ingest" in str(result.exception)


def test_query_lists_the_questions_when_none_is_asked(tmp_path: Path) -> None:
    result = run(tmp_path, "query")

    assert result.exit_code == Exit.DONE
    assert "licences" in result.output


def test_unknown_option_is_wrong_use(tmp_path: Path) -> None:
    assert run(tmp_path, "extract", "--wrokers", "2").exit_code == Exit.WRONG_USE


def test_error_is_one_line_and_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["shiroa", "--home", str(tmp_path), "takedown"])

    with pytest.raises(SystemExit) as stopped:
        cli.main()

    assert stopped.value.code == Exit.WRONG_USE
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        RuntimeError("I/O error: File too large (os error 27)"),
    ],
)
def test_full_disk_is_one_line_whoever_says_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as left:
        cli.main()

    assert left.value.code == Exit.FAILED
    assert "SHIROA_HOME to a larger disk" in capsys.readouterr().err


def test_file_in_quarantine_gives_exit_code_one(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    (music / "not-music.flac").write_text("words")

    assert run(tmp_path / "home", "ingest", str(music)).exit_code == Exit.QUARANTINED


def test_query_writes_what_the_suffix_says(tmp_path: Path) -> None:
    Store.open(Home(tmp_path / "home"))
    answer = tmp_path / "answer.csv"

    run(tmp_path / "home", "query", "select 1 as one", "-o", str(answer))

    assert answer.read_text().splitlines() == ['"one"', "1"]


def test_every_option_of_a_fine_tuning_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def finetune(home: Home, config: MusicgenConfig, progress: object) -> TrainedModel:
        asked.append(config)
        return TrainedModel("m", home.models / "m", {})

    monkeypatch.setattr("training.musicgen.finetune.finetune_musicgen", finetune)
    options = {
        "--snapshot": "songs", "--base": "tiny", "--steps": "7", "--method": "dora",
        "--captions": "words.csv", "--batch": "6", "--micro-batch": "3", "--window": "2.5",
        "--layers": "2", "--seed": "9",
    }  # fmt: skip
    flags = ("--instrumental", "--gradient-checkpointing", "--json")
    result = run(tmp_path, "train", "musicgen", *sum(options.items(), ()), *flags)

    assert result.exception is None
    assert asked == [
        MusicgenConfig(
            snapshot="songs",
            base="tiny",
            steps=7,
            method="dora",
            captions="words.csv",
            batch=6,
            micro_batch=3,
            window_s=2.5,
            layers=2,
            seed=9,
            instrumental=True,
            gradient_checkpointing=True,
        )
    ]
