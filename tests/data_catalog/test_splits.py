"""Sides of tracks: nobody on two of them, nothing moves, each genre on each where it can be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_catalog.artists import credited, fold_artist, known_artists
from data_catalog.splits import (
    BALANCED_BELOW,
    LARGE_CATALOG,
    SPLITS,
    Fractions,
    Member,
    Placed,
    plan_splits,
)

NAMES = "abcdefgh"
GENRES = ("jazz", "rock", "folk")


def track(number: int, artists: Iterable[str], genre: str = "jazz", copy_of: str = "") -> Member:
    names = tuple(artists)
    recordings = (f"recording:{copy_of}",) if copy_of else ()
    units = (*(f"artist:{name}" for name in names), *recordings)
    return Member(f"t{number:03d}", names[0], units, genre)


def grown(*steps: Sequence[Member]) -> dict[str, Placed]:
    """The table after the catalog was split once for each step; a step is the whole catalog."""
    stored: dict[str, Placed] = {}
    for members in steps:
        stored |= {placed.track_id: placed for placed in plan_splits(members, stored)}
    return stored


def sides_of_units(members: Iterable[Member], stored: dict[str, Placed]) -> dict[str, set[str]]:
    sides = defaultdict(set)
    for member in members:
        split = stored[member.track_id].split
        for unit in member.units:
            if split is not None:
                sides[unit].add(split)
    return sides


@st.composite
def catalogs(draw: st.DrawFn) -> list[list[Member]]:
    """A catalog that grows: tracks are added, and copies and guests turn up late."""
    count = draw(st.integers(1, 30))
    tracks = [
        track(
            number,
            draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True)),
            draw(st.sampled_from(GENRES)),
        )
        for number in range(count)
    ]
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.integers(1, count))
        steps.append(tracks[:number])
        pair = draw(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)))
        for index in pair:
            units = (*tracks[index].units, f"recording:{min(pair)}")
            tracks[index] = replace(tracks[index], units=tuple(dict.fromkeys(units)))
    return [sorted(step, key=lambda m: m.track_id) for step in [*steps, tracks]]


@settings(max_examples=60, deadline=None)
@given(catalogs())
def test_no_artist_and_no_recording_is_on_two_sides(steps: list[list[Member]]) -> None:
    stored = grown(*steps)
    assert all(len(sides) == 1 for sides in sides_of_units(steps[-1], stored).values())


@settings(max_examples=60, deadline=None)
@given(catalogs())
def test_a_track_never_changes_side(steps: list[list[Member]]) -> None:
    seen: dict[str, set[str | None]] = defaultdict(set)
    for end in range(1, len(steps) + 1):
        for placed in grown(*steps[:end]).values():
            seen[placed.track_id].add(placed.split)
    assert all(len(sides - {None}) == 1 or sides == {None} for sides in seen.values())


@settings(max_examples=30, deadline=None)
@given(catalogs())
def test_a_second_run_changes_nothing(steps: list[list[Member]]) -> None:
    stored = grown(*steps)
    assert plan_splits(steps[-1], stored) == []


@settings(max_examples=30, deadline=None)
@given(catalogs(), st.randoms())
def test_the_order_of_tracks_does_not_matter(steps: list[list[Member]], random) -> None:  # type: ignore[no-untyped-def]
    members = list(steps[-1])
    expected = plan_splits(members, {})
    random.shuffle(members)
    assert plan_splits(members, {}) == expected


def test_sixteen_artists_leave_no_genre_without_a_test_track() -> None:
    genres = [f"genre {number}" for number in range(10)]
    members = [
        track(artist * 4 + index, [f"artist {artist}"], genres[(artist * 3 + index) % 10])
        for artist in range(16)
        for index in range(4)
    ]
    stored = grown(members)
    tested = {m.genre for m in members if stored[m.track_id].split == "test"}
    assert tested == set(genres)


def test_each_side_of_a_small_catalog_is_filled() -> None:
    stored = grown([track(number, [f"artist {number}"]) for number in range(3)])
    assert {placed.split for placed in stored.values()} == set(SPLITS)


def test_many_groups_come_near_the_fractions_by_hash() -> None:
    members = [track(number, [f"artist {number}"]) for number in range(4 * BALANCED_BELOW)]
    shares = Counter(placed.split for placed in grown(members).values())
    for split, share in zip(SPLITS, LARGE_CATALOG.as_tuple(), strict=True):
        assert shares[split] / len(members) == pytest.approx(share, abs=0.03)


def test_a_guest_who_bridges_two_sides_is_withdrawn() -> None:
    first = [track(number, [f"artist {number}"]) for number in range(3)]
    duet = track(9, ["artist 0", "artist 1", "artist 2"])
    assert grown(first, [*first, duet])["t009"].split is None


def test_late_evidence_withdraws_the_smaller_side() -> None:
    first = [track(number, [f"artist {number // 4}"]) for number in range(8)]
    first.append(track(8, ["artist 8"]))
    before = grown(first)
    by_side = {before[m.track_id].split: m for m in first}
    one, other = list(by_side.values())[:2]
    joined = [
        replace(m, units=(*m.units, "artist:alias"))
        if m.artist in (one.artist, other.artist)
        else m
        for m in first
    ]
    after = grown(first, joined)
    kept = {after[m.track_id].split for m in joined if "artist:alias" in m.units}
    assert len(kept - {None}) == 1


def test_fractions_add_up_to_one() -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        Fractions(0.5, 0.1, 0.1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Beatles", "beatles"),
        ("Sigur Rós", "SIGUR ROS"),
        ("AC/DC", "ac dc"),
        ("Ünder_x", "under x"),
    ],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    assert fold_artist(one) == fold_artist(other)


@pytest.mark.parametrize("nobody", ["", "Various Artists", "unknown", None])
def test_nobody_is_not_an_artist(nobody: str | None) -> None:
    assert credited(nobody) == ()


def test_names_without_latin_letters_stay_apart() -> None:
    assert fold_artist("椎名林檎") != fold_artist("宇多田ヒカル")


def test_partners_are_taken_apart_when_one_of_them_also_plays_alone() -> None:
    known = known_artists(["Simon & Garfunkel", "Ada", "Ada & Bob"])
    assert credited("Ada & Bob", known) == ("ada", "bob")
    assert credited("Simon & Garfunkel", known) == ("simon garfunkel",)


def test_guests_in_brackets_are_found() -> None:
    assert credited("Ada (feat. Bob)") == ("ada", "bob")
