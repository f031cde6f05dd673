"""Statements about a track: who wins, what is refused, what is written twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_catalog.home import Home
from data_catalog.labels import (
    LabelError,
    TrackNotFoundError,
    add_labels,
    find_track,
    normalise_value,
    set_label,
)
from data_catalog.queries.questions import ask
from data_catalog.tables.store import Store

JAZZ = "aa" * 32
ROCK = "ab" * 32


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    Store.open(home).append(
        "tracks",
        [
            {"track_id": track, "title": title, "ingested_at": datetime(2026, 1, 1, tzinfo=UTC)}
            for track, title in ((JAZZ, "Blue"), (ROCK, "Stone"))
        ],
    )
    return home


def genre(home: Home, track: str = JAZZ) -> tuple[str | None, str | None]:
    row = ask(
        home, f"select genre, genre_origin from catalog where track_id = '{track}'"
    ).to_pylist()[0]
    return row["genre"], row["genre_origin"]


def by_source(value: str) -> dict[str, object]:
    return {"track_id": JAZZ, "field": "genre", "value": value, "origin": "source"}


def by_model(value: str, *, accepted: bool = True, model: str = "m1") -> dict[str, object]:
    return {
        "track_id": JAZZ,
        "field": "genre",
        "value": value,
        "origin": "model",
        "model_id": model,
        "confidence": 0.8,
        "accepted": accepted,
    }


def test_a_source_wins_over_a_model(home: Home) -> None:
    add_labels(home, [by_model("rock"), by_source("jazz")])
    assert genre(home) == ("jazz", "source")


def test_a_person_wins_over_a_later_source_and_model(home: Home) -> None:
    set_label(home, JAZZ, "genre", "folk")
    add_labels(home, [by_source("jazz"), by_model("rock")])
    assert genre(home) == ("folk", "person")


def test_the_last_word_of_a_person_counts(home: Home) -> None:
    set_label(home, JAZZ, "genre", "folk")
    set_label(home, JAZZ, "genre", "pop")
    assert genre(home) == ("pop", "person")


def test_a_person_may_say_that_no_word_fits(home: Home) -> None:
    add_labels(home, [by_source("jazz")])
    set_label(home, JAZZ, "genre", "")
    assert genre(home)[0] is None


def test_a_model_below_its_threshold_leaves_the_label_null(home: Home) -> None:
    add_labels(home, [by_model("rock", accepted=False)])
    assert genre(home) == (None, None)


def test_a_newer_model_that_abstains_hides_an_older_guess(home: Home) -> None:
    add_labels(home, [by_model("rock", model="m1")])
    add_labels(home, [by_model("jazz", model="m2", accepted=False)])
    assert genre(home) == (None, None)


def test_the_same_statement_is_stored_once(home: Home) -> None:
    assert add_labels(home, [by_model("rock")]) == 1
    assert add_labels(home, [by_model("rock")]) == 0


def test_a_changed_mind_is_stored_again(home: Home) -> None:
    add_labels(home, [by_model("rock")])
    assert add_labels(home, [by_model("jazz")]) == 1
    assert add_labels(home, [by_model("rock")]) == 1


def test_synonyms_become_the_word_of_the_vocabulary(home: Home) -> None:
    assert set_label(home, JAZZ, "genre", "Heavy Metal")["value"] == "rock"


def test_the_beginning_of_an_id_is_enough(home: Home) -> None:
    assert find_track(home, "AB") == ROCK


@pytest.mark.parametrize(("track", "rule"), [("a", "several"), ("ff", "no track"), ("", "give")])
def test_a_track_that_is_not_clear_is_refused(home: Home, track: str, rule: str) -> None:
    with pytest.raises(TrackNotFoundError, match=rule):
        find_track(home, track)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("genre", "polka", "must be one of pop, rock"),
        ("mood", "beige", "must be one of happy"),
        ("tempo_bpm", "fast", "number from 20 to 400 BPM"),
        ("tempo_bpm", "1000", "number from 20 to 400 BPM"),
        ("key", "H minor", "must be a tonic and a mode"),
        ("colour", "red", "must be one of genre, mood"),
    ],
)
def test_a_value_outside_its_vocabulary_is_refused(field: str, value: str, rule: str) -> None:
    with pytest.raises(LabelError, match=rule):
        normalise_value(field, value)


def test_all_faults_are_told_at_once_and_nothing_is_stored(home: Home) -> None:
    with pytest.raises(LabelError, match=r"row 2: .*polka.*; row 3: model_id"):
        add_labels(home, [by_source("jazz"), by_source("polka"), by_model("rock", model="")])
    assert genre(home) == (None, None)
