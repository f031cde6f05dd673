"""``shiroa generate`` with lyrics and references: files in, files out."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import ShiroaError
from features.progress import Progress
from flows.service import WrittenPiece, generate_file
from flows.settings import Settings


def write(home: Path, output: str, **asked: object) -> WrittenPiece:
    def quiet(progress: Progress) -> None:
        """Nobody watches."""

    return generate_file(Settings(home=str(home)), {"genre": "pop", **asked}, home / output, quiet)


def test_words_are_sung_and_written_beside_the_audio(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Morning over water\n")
    piece = write(tmp_path, "song.mp3", tempo=120, duration=15, seed=1, lyrics=words)
    assert piece.papers == {"words": tmp_path / "song.lrc"}
    assert ">Mor<" in piece.papers["words"].read_text()
    with pytest.raises(ShiroaError, match="duration=20: must be at most 15 seconds"):
        write(tmp_path, "x.wav", reference=piece.path, strength=1, duration=20)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"lyrics": Path("absent.txt")}, "give a text file in UTF-8"),
        ({"reference": Path("absent.wav")}, "can't be read"),
        ({"reference": Path(__file__)}, "must be playable audio"),
    ],
)
def test_files_that_cannot_be_used_say_so(
    tmp_path: Path, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(ShiroaError, match=said):
        write(tmp_path, "x.wav", **asked)
