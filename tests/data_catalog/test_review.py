"""The queue of labels to hear: what is in it, in which order, and how one leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_catalog.home import Home
from data_catalog.labels import LabelError, set_label
from data_catalog.review import review_queue, tracks_to_review
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import label, small_home, track_id

MODEL = {"origin": "model", "model_id": "m1", "labelled_by": "model"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Eight tracks whose sources say jazz and folk in turn; 7 is a duplicate of 0."""
    home = small_home(tmp_path_factory.mktemp("review") / "home")
    Store(home).append(
        "labels",
        [
            label(0, "genre", "rock", confidence=0.6, **MODEL),
            label(1, "genre", "rock", confidence=0.9, **MODEL),
            label(2, "genre", "jazz", confidence=0.9, **MODEL),
            label(7, "genre", "rock", confidence=0.9, **MODEL),
            label(3, "mood", "calm", confidence=0.8, **MODEL),
            label(4, "mood", "sad", confidence=0.3, accepted=False, **MODEL),
            label(5, "mood", "happy", confidence=0.5, accepted=False),
        ],
    )
    return home


def numbers(home: Home, **chosen: object) -> list[int]:
    """Tracks in the queue about which somebody spoke."""
    items = review_queue(home, **chosen)  # type: ignore[arg-type]
    return [int(item.track_id, 16) for item in items if item.why != "unlabelled"]


def test_the_surest_contradiction_comes_first(template: Home) -> None:
    assert numbers(template, why="conflict") == [1, 0]


def test_the_least_certain_label_comes_first(template: Home) -> None:
    assert numbers(template, why="uncertain") == [4, 3]


def test_conflicts_come_before_doubts(template: Home) -> None:
    assert [item.why for item in review_queue(template)][:6] == [
        "conflict",
        "conflict",
        "unclear source",
        "uncertain",
        "uncertain",
        "unlabelled",
    ]


def test_a_duplicate_is_not_asked_about(template: Home) -> None:
    assert 7 not in numbers(template)


def test_the_queue_can_be_read_in_pages(template: Home) -> None:
    assert numbers(template, limit=2, offset=1) == numbers(template)[1:3]


def test_tracks_come_in_the_order_of_their_most_telling_label(template: Home) -> None:
    tracks = tracks_to_review(template)

    assert [int(track["track_id"], 16) for track in tracks][:5] == [1, 0, 5, 4, 3]
    assert (tracks[0]["genre_why"], tracks[0]["mood_why"]) == ("conflict", "unlabelled")


def test_tracks_to_review_can_be_searched(template: Home) -> None:
    found = tracks_to_review(template, search="JAZZ")

    assert {track["genre"] for track in found} == {"jazz"}


def test_one_field_can_be_asked_for(template: Home) -> None:
    assert numbers(template, field="mood") == [5, 4, 3]


def test_a_label_that_a_person_gave_leaves_the_queue(tmp_path: Path) -> None:
    home = small_home(tmp_path / "home")
    Store(home).append("labels", [label(0, "genre", "rock", confidence=0.6, **MODEL)])
    assert numbers(home) == [0]
    set_label(home, track_id(0), "genre", "rock", by="ada")
    assert numbers(home) == []


@pytest.mark.parametrize("chosen", [{"field": "key"}, {"why": "bored"}, {"limit": 0}])
def test_what_there_is_no_queue_for_is_refused(template: Home, chosen: dict[str, object]) -> None:
    with pytest.raises(LabelError, match="must be"):
        numbers(template, **chosen)
