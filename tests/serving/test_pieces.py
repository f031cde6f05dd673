"""Pieces on disk: names that reach nothing else, a cache within its limit, tags that tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.audio.tags import read_tags
from serving.piece.generate import generate
from serving.piece.orders import orders_of, piece_id
from serving.piece.pieces import PieceFile, PieceFolder
from serving.problems import Problem
from serving.requests import GenerateRequest
from serving.runtime.cache import Cache
from tests.serving.conftest import service_config


@given(st.text(max_size=60))
def test_any_name_is_refused_or_stays_inside(name: str) -> None:
    folder = PieceFolder(Path("/srv/generated"))
    file = folder.parse(name)
    if file is not None:
        path = folder.path(file)
        assert path.name == name
        assert path.parent.parent == folder.root


@pytest.mark.parametrize(
    ("ending", "part", "kind"),
    [("bass.flac", "bass", "flac"), ("808.flac", "808", "flac"), ("24.wav", None, "wav24")],
)
def test_names_of_pieces_are_understood(ending: str, part: str | None, kind: str) -> None:
    assert PieceFolder.parse("a" * 24 + "." + ending) == PieceFile("a" * 24, part, kind)


def test_id_depends_on_content_and_not_on_format() -> None:
    one = GenerateRequest(genre="jazz", duration=20)
    assert piece_id(one, 1, "m") == piece_id(one.model_copy(update={"format": "mp3"}), 1, "m")
    others = [
        piece_id(one, 2, "m"),
        piece_id(one, 1, "n"),
        piece_id(one.model_copy(update={"tempo": 90.0}), 1, "m"),
    ]
    assert len({piece_id(one, 1, "m"), *others}) == 4


def test_seeds_of_variations_wrap_at_the_largest() -> None:
    request = GenerateRequest(genre="pop", seed=2**32 - 1, variations=2)
    assert [order.seed for order in orders_of(request, "e", "m")] == [2**32 - 1, 0]


def test_least_recently_used_pieces_leave_first(tmp_path: Path) -> None:
    config = service_config(tmp_path)
    made = [
        generate(config, {"genre": "pop", "duration": 15, "seed": seed}).piece for seed in range(3)
    ]
    pieces = PieceFolder(tmp_path / "generated")
    size = pieces.size(made[0].id)
    cache = Cache(pieces, limit_bytes=int(size * 2.5))
    cache.scan()
    cache.get(made[0].id)
    cache.add(made[2])
    assert [cache.has(piece.id) for piece in made] == [True, False, True]
    assert pieces.load(made[1].id) is None


def test_file_says_that_it_is_generated_and_by_what(tmp_path: Path) -> None:
    body = {"genre": "jazz", "mood": "calm", "duration": 15, "seed": 3, "format": "mp3"}
    made = generate(service_config(tmp_path), body)
    tags = read_tags(made.audio)
    assert tags["TITLE"] == ["Calm jazz no. 3"]
    assert tags["AI_GENERATED"] == ["true"]
    assert tags["SEED"] == ["3"]
    assert tags["DIGITAL_SOURCE_TYPE"][0].endswith("/algorithmicMedia")
    assert made.sidecar.is_file()
    assert generate(service_config(tmp_path), body).cached


def test_command_line_gets_all_faults_at_once(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"tempo=999: .*; model"):
        generate(service_config(tmp_path), {"genre": "pop", "tempo": 999, "model": 5})
    with pytest.raises(Problem, match="must be one of clicks"):
        generate(service_config(tmp_path), {"genre": "pop", "model": "other"})
