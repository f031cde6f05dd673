"""What the demo collection holds: songs, copies of them, and files that are broken on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from data_catalog.vocabulary import GENRES, MOODS

from ..brief import Brief
from ..exact import Dice

_FIRST = (
    "Amber", "Cobalt", "Drift", "Ember", "Fable", "Granite", "Hollow", "Iris", "Juniper", "Kite",
    "Lantern", "Meadow", "Nimbus", "Opal", "Paper", "Quiet", "River", "Saffron", "Tidal", "Umber",
    "Velvet", "Willow", "Xenon", "Yarrow", "Zephyr", "Atlas", "Birch", "Copper", "Dune", "Echo",
)  # fmt: skip
_SECOND = ("Assembly", "Parade", "Quartet", "Radio", "Society", "Union", "Garden", "Motel",
           "Archive", "Signal")  # fmt: skip
_NOUNS = (
    "Harbour", "Window", "Compass", "Orchard", "Staircase", "Lighthouse", "Satellite", "Snowfall",
    "Bicycle", "Postcard", "Horizon", "Carousel", "Telescope", "Fountain", "Railway", "Thunder",
)  # fmt: skip
_WORDS = {
    "happy": "Bright", "energetic": "Racing", "epic": "Rising", "calm": "Resting",
    "dreamy": "Floating", "sad": "Fading", "dark": "Midnight", "tense": "Broken",
}  # fmt: skip
_LICENCES = (
    "CC0-1.0", "CC0-1.0", "CC-BY-4.0", "CC0-1.0", "CC0-1.0", "CC-BY-SA-4.0", "CC0-1.0",
    "CC-BY-4.0", "CC-BY-NC-4.0",
)  # fmt: skip
_ARTISTS_PER_GENRE = 3
_UNLICENSED = (17, 38)
_NO_GENRE_EVERY, _NO_MOOD_EVERY = 16, 16


@dataclass(frozen=True)
class Song:
    """One composed track: where it goes, what it says about itself, and the brief."""

    file: str
    title: str
    artist: str
    album: str
    licence: str | None
    brief: Brief
    tells_genre: bool
    tells_mood: bool


@dataclass(frozen=True)
class Planted:
    """A copy or a broken file: how it is made, of which song, and what must become of it."""

    file: str
    kind: str
    how: str
    of: str | None
    expected_reason: str | None


def songs(tracks: int, seed: int) -> list[Song]:
    """The songs of the collection: genres in turn, three artists each, moods spread evenly."""
    return [_song(number, seed) for number in range(tracks)]


def _song(number: int, seed: int) -> Song:
    place, round_ = number % len(GENRES), number // len(GENRES)
    genre = GENRES[place]
    mood = list(MOODS)[(place + 3 * round_) % len(MOODS)]
    dice = Dice(seed, "song", number)
    act = place * _ARTISTS_PER_GENRE + round_ % _ARTISTS_PER_GENRE
    artist = f"{_FIRST[act]} {_SECOND[(act * 3 + act // 10) % len(_SECOND)]}"
    title = f"{_WORDS[mood]} {_NOUNS[(number * 5 + number // 16) % len(_NOUNS)]}"
    return Song(
        file=f"{artist}/{number + 1:02d} {title}.flac",
        title=title,
        artist=artist,
        album=f"{dice.pick(_NOUNS)} Sessions",
        licence=None if number in _UNLICENSED else _LICENCES[number % len(_LICENCES)],
        brief=Brief(
            genre=genre, mood=mood, duration_s=20.0 + (number * 7) % 21,
            seed=seed * 1_000_003 + number + 1,
        ),
        tells_genre=number % _NO_GENRE_EVERY != 5,
        tells_mood=number % _NO_MOOD_EVERY != 9,
    )  # fmt: skip


def planted(made: list[Song]) -> list[Planted]:
    """The copies and the broken files, as far as there are songs to copy."""
    copies = (
        ("copies/same bytes.flac", "exact_duplicate", "same_file", 3),
        ("copies/same bytes again.flac", "exact_duplicate", "same_file", 14),
        ("copies/other tags.flac", "exact_duplicate", "retagged", 8),
        ("copies/same samples.wav", "exact_duplicate", "as_wav", 21),
        ("copies/wrong ending.flac", "exact_duplicate", "as_wav", 30),
        ("copies/as vorbis.ogg", "near_duplicate", "encoded", 0),
        ("copies/as mp3.mp3", "near_duplicate", "encoded", 11),
        ("copies/as opus.opus", "near_duplicate", "encoded", 24),
        ("copies/trimmed.flac", "near_duplicate", "trimmed", 6),
        ("copies/quieter.flac", "near_duplicate", "relevelled", 12),
        ("copies/trimmed and quieter.mp3", "near_duplicate", "trimmed_relevelled", 27),
    )
    bad = (
        ("broken/truncated.flac", "truncated", 2, "truncated"),
        ("broken/corrupt.flac", "corrupt", 5, "corrupt"),
        ("broken/silence.flac", "silence", None, "silent"),
        ("broken/noise.flac", "noise", None, "noise"),
        ("broken/text.flac", "text", None, "not_audio"),
        ("broken/picture.mp3", "picture", None, "not_audio"),
        ("broken/empty.flac", "empty", None, "empty"),
    )
    found = [
        Planted(file, kind, how, made[of].file, None)
        for file, kind, how, of in copies
        if of < len(made)
    ]
    for file, how, source, reason in bad:
        if source is None or source < len(made):
            of = None if source is None else made[source].file
            found.append(Planted(file, "bad", how, of, reason))
    return found
