"""Copies of a recording are found, unlike recordings stay apart, people have the last word."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from data_catalog.duplicates.candidates import candidate_pairs, sketch_size, sketches_of
from data_catalog.duplicates.compared import load_compared
from data_catalog.duplicates.groups import DecisionError, Found, decide, find_duplicates
from data_catalog.duplicates.links import verdict
from data_catalog.home import Home
from data_catalog.tables.store import Store
from features.alignment import Match
from features.audio.reader import decode, encode, to_mono
from features.fingerprint import fingerprint

SR = 22_050
Signal = npt.NDArray[np.float32]
CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16), (2, 5, 9), (4, 7, 11))


@cache
def song(seed: int, seconds: float = 24.0, beat_s: float = 0.5) -> Signal:
    """Chords and a melody of seed's own over the same kick drum in every song."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(beat_s * SR)) / SR
    kick = np.sin(2 * np.pi * 55 * t) * np.exp(-t * 30)
    bars = []
    for beat in range(round(seconds / beat_s)):
        if beat % 4 == 0:
            chord = CHORDS[rng.integers(len(CHORDS))]
        notes = [*(n + 48 for n in chord), chord[rng.integers(3)] + 60 + rng.integers(0, 3)]
        tones = sum(
            np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * h * t) / h
            for note in notes
            for h in (1, 2, 3)
        )
        bars.append(0.08 * tones * np.exp(-2 * t) + 0.4 * kick)
    return np.concatenate(bars).astype(np.float32)


def silence(seconds: float) -> Signal:
    return np.zeros(round(seconds * SR), np.float32)


def lossy(y: Signal, suffix: str, tmp_path: Path) -> Signal:
    path = tmp_path / f"copy{suffix}"
    encode(path, y, SR)
    return to_mono(decode(path).samples)


DEGRADED: dict[str, Callable[[Signal, Path], Signal]] = {
    "quieter": lambda y, _: 0.2 * y,
    "trimmed at both ends": lambda y, _: y[round(3.17 * SR) : -round(2 * SR)],
    "with silence before": lambda y, _: np.concatenate([silence(4.3), y]),
    "as mp3": lambda y, folder: lossy(y, ".mp3", folder),
    "as ogg, trimmed and louder": lambda y, folder: lossy(
        1.5 * y[round(1.06 * SR) :], ".ogg", folder
    ),
    "with noise": lambda y, _: y + np.random.default_rng(9).normal(0, 0.01, len(y)).astype("f4"),
    "limited": lambda y, _: np.tanh(4 * y).astype("f4"),
}


class Shelf:
    """A catalog that tracks are put into with their fingerprints, as extraction would."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.store = Store.open(self.home)
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.waiting: dict[str, list[dict[str, object]]] = defaultdict(list)

    def put(self, name: str, y: Signal, *, md5: str = "", lossless: bool = True) -> str:
        track_id = name.ljust(64, "0")
        self.time += timedelta(seconds=1)
        common = {"track_id": track_id, "extractor_version": "1"}
        self.waiting["tracks"].append(
            {
                "track_id": track_id,
                "audio_md5": md5 or name,
                "title": name,
                "lossless": lossless,
                "duration_s": len(y) / SR,
                "sample_rate": SR,
                "ingested_at": self.time,
            }
        )
        self.waiting["features"].append(common | {"extracted_at": self.time})
        self.waiting["fingerprints"].append(common | {"fingerprint": fingerprint(y, SR)})
        return track_id

    def find(self) -> Found:
        for table, rows in self.waiting.items():
            self.store.append(table, rows)
        self.waiting.clear()
        return find_duplicates(self.home)

    def decide(self, a: str, b: str, decision: str) -> None:
        self.find()
        decide(self.home, a, b, decision, by="ada")

    def canonical(self) -> dict[str, str]:
        clusters = self.find().clusters()
        return {track.rstrip("0"): cluster.rstrip("0") for track, cluster in clusters.items()}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "home")


def test_degraded_copies_are_found_and_other_songs_stay_apart(shelf: Shelf, tmp_path: Path) -> None:
    original = song(1)
    shelf.put("original", original)
    for number, degrade in enumerate(DEGRADED.values(), start=1):
        shelf.put(f"copy{number}", degrade(original, tmp_path), lossless=False)
    for seed in range(2, 6):
        shelf.put(f"other{seed}", song(seed))
    copies = {f"copy{number}" for number in range(1, len(DEGRADED) + 1)}
    assert shelf.canonical() == dict.fromkeys({"original", *copies}, "original")


def test_the_same_pcm_is_a_copy_without_any_fingerprint(shelf: Shelf) -> None:
    shelf.put("a", silence(1), md5="same")
    shelf.put("b", silence(1), md5="same")
    assert shelf.canonical() == {"a": "a", "b": "a"}


def test_a_broken_file_that_states_the_md5_of_a_good_one_is_not_its_copy(shelf: Shelf) -> None:
    broken = shelf.put("a", song(1), md5="same")
    shelf.put("b", song(1), md5="same")
    for table in ("features", "fingerprints"):
        shelf.waiting[table] = [r for r in shelf.waiting[table] if r["track_id"] != broken]
    assert shelf.canonical() == {}


def test_two_silent_tracks_are_not_one_recording(shelf: Shelf) -> None:
    shelf.put("a", silence(20))
    shelf.put("b", silence(21))
    assert shelf.canonical() == {}


def test_songs_that_share_long_pauses_stay_apart(shelf: Shelf) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        y = song(seed, 16)
        shelf.put(name, np.concatenate([y[: 8 * SR], silence(20), y[8 * SR :]]))
    assert shelf.canonical() == {}


def test_a_short_excerpt_stays_but_is_linked(shelf: Shelf) -> None:
    y = song(1, 40)
    shelf.put("a", y)
    shelf.put("b", y[10 * SR : 22 * SR])
    found = shelf.find()
    assert found.rows == ()
    assert [(link.a[0], link.b[0]) for link in found.excerpts] == [("a", "b")]


def test_the_lossless_copy_stands_for_the_recording(shelf: Shelf) -> None:
    y = song(1)
    shelf.put("a", y, lossless=False)
    shelf.put("b", 0.5 * y)
    assert shelf.canonical() == {"a": "b", "b": "b"}


def test_the_longest_copy_stands_for_equals(shelf: Shelf) -> None:
    y = song(1)
    shelf.put("a", y[: 18 * SR])
    shelf.put("b", y)
    assert shelf.canonical() == {"a": "b", "b": "b"}


def test_each_member_says_what_ties_it_to_the_cluster(shelf: Shelf) -> None:
    y = song(1)
    shelf.put("a", y)
    shelf.put("b", y[3 * SR :])
    evidence = json.loads(shelf.find().rows[1]["evidence"])
    assert evidence["linked_to"] == "a".ljust(64, "0")
    assert evidence["offset_s"] == pytest.approx(3.0, abs=0.13)
    assert evidence["overlap_s"] == pytest.approx(21 - 2.6, abs=1)


def test_a_person_splits_what_sounds_alike(shelf: Shelf) -> None:
    y = song(1)
    a, b = shelf.put("a", y), shelf.put("b", 0.5 * y)
    shelf.decide(a, b, "split")
    assert shelf.canonical() == {}


def test_a_person_joins_what_does_not(shelf: Shelf) -> None:
    a, b = shelf.put("a", song(1)), shelf.put("b", song(2))
    shelf.decide(b, a, "join")
    assert shelf.canonical() == {"a": "a", "b": "a"}


def test_a_split_survives_copies_that_would_bridge_it(shelf: Shelf) -> None:
    y = song(1)
    a, b = shelf.put("a", y), shelf.put("b", 0.5 * y)
    shelf.put("c", 0.3 * y)
    shelf.decide(a, b, "split")
    clusters = shelf.canonical()
    assert clusters.get("a") != clusters.get("b")


def test_the_last_decision_counts(shelf: Shelf) -> None:
    a, b = shelf.put("a", song(1)), shelf.put("b", song(2))
    shelf.decide(a, b, "join")
    shelf.decide(a, b, "split")
    assert shelf.canonical() == {}


def test_a_track_is_not_its_own_copy(shelf: Shelf) -> None:
    a = shelf.put("a", song(1))
    with pytest.raises(DecisionError, match="same track"):
        shelf.decide(a, a, "join")


def test_a_second_search_writes_nothing(shelf: Shelf) -> None:
    y = song(1)
    shelf.put("a", y)
    shelf.put("b", 0.5 * y)
    shelf.canonical()
    before = shelf.store.version("duplicates")
    shelf.canonical()
    assert shelf.store.version("duplicates") == before


def test_a_new_copy_is_found_among_those_compared_before(shelf: Shelf) -> None:
    y = song(1)
    shelf.put("b", y)
    shelf.put("c", song(2))
    assert shelf.canonical() == {}
    before = load_compared(shelf.home)
    shelf.put("a", 0.5 * y[2 * SR :])
    assert shelf.canonical() == {"a": "b", "b": "b"}
    assert before is not None
    assert load_compared(shelf.home).prints["track_id"].to_list() == [  # type: ignore[union-attr]
        "a".ljust(64, "0"),
        *before.prints["track_id"],
    ]


def test_a_copy_that_went_leaves_its_cluster(shelf: Shelf) -> None:
    y = song(1)
    gone = shelf.put("a", y)
    shelf.put("b", 0.5 * y)
    assert shelf.canonical() == {"a": "a", "b": "a"}
    for table in ("tracks", "features", "fingerprints"):
        shelf.store.delete(table, "track_id", [gone])
    assert shelf.canonical() == {}


@pytest.mark.parametrize(
    ("similarity", "overlap_s", "lengths", "expected"),
    [
        (0.9, 28.0, (30.0, 30.0), "copy"),
        (0.9, 14.0, (16.0, 200.0), "excerpt"),
        (0.9, 12.0, (30.0, 30.0), None),
        (0.5, 28.0, (30.0, 30.0), None),
        (0.9, 3.0, (30.0, 30.0), None),
    ],
)
def test_similarity_and_overlap_decide_together(
    similarity: float, overlap_s: float, lengths: tuple[float, float], expected: str | None
) -> None:
    assert verdict(Match(similarity, 0.0, overlap_s), *lengths) == expected


def test_the_index_brings_together_those_who_share_words() -> None:
    rng = np.random.default_rng(0)
    prints = [rng.integers(0, 2**32, 300, dtype=np.uint32) for _ in range(50)]
    prints[20] = np.concatenate([prints[7][100:], rng.integers(0, 2**32, 80, dtype=np.uint32)])
    pairs = candidate_pairs(sketches_of(prints, sketch_size(50)))
    assert pairs.tolist() == [[7, 20]]


def test_new_tracks_meet_everybody_and_the_others_only_them() -> None:
    rng = np.random.default_rng(1)
    prints = [rng.integers(0, 2**32, 300, dtype=np.uint32) for _ in range(40)]
    prints[1] = np.roll(prints[30], 50)
    prints[20] = prints[10][30:]
    everybody = candidate_pairs(sketches_of(prints, 200))
    assert everybody.tolist() == [[1, 30], [10, 20]]
    assert candidate_pairs(sketches_of(prints, 200), 5).tolist() == [[1, 30]]


def test_a_word_that_everybody_has_brings_nobody_together() -> None:
    rng = np.random.default_rng(0)
    common = np.array([0x256DF977], dtype=np.uint32)
    prints = [
        np.concatenate([common, rng.integers(0, 2**32, 99, dtype=np.uint32)]) for _ in range(500)
    ]
    assert len(candidate_pairs(sketches_of(prints, 1000))) == 0
