import pytest

from data_catalog.vocabulary import GENRES, MOODS
from serving.composer import Brief, compose
from serving.composer.mixing.mix import player_of
from serving.composer.moods import MOOD_SHAPES
from serving.composer.styles import style_of


@pytest.mark.parametrize("mood", MOODS)
def test_the_style_s_players_make_room_and_those_that_the_mood_brings_stand_as_they_are(mood):
    style, balance = style_of("cinematic"), MOOD_SHAPES[mood].balance
    for player in style.players:
        heard = player_of(style, mood, player.name)
        assert heard.level == player.level + balance.get(player.role, 0.0)
    for player in style.colours[mood]:
        assert player_of(style, mood, player.name) == player


@pytest.mark.parametrize("genre", GENRES)
def test_what_a_mood_brings_is_heard_and_told_apart_from_the_style_by_name(genre):
    style = style_of(genre)
    own = {player.name for player in style.players}
    for mood in MOODS:
        brought = {player.name for player in style.colours[mood]}
        assert len(brought) == len(style.colours[mood]) > 0
        assert own.isdisjoint(brought)
        assert brought <= {part.name for part in compose(Brief(genre, mood, seed=3)).parts}


def test_what_drives_slow_music_stays_on_the_beat():
    score = compose(Brief("classical", "energetic", tempo_bpm=66, duration_s=20, seed=2))
    chug = next(part for part in score.parts if part.name == "chug")
    assert all(abs(note.start - round(note.start)) < 0.1 for note in chug.notes)
