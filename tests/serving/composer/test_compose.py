from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_catalog.vocabulary import GENRES, MOODS
from features.harmony.pitch import KEYS, parse_key
from serving.composer import Brief, BriefError, compose
from serving.composer.writing.theory import harmony, scale

briefs = st.builds(
    Brief,
    genre=st.sampled_from(GENRES),
    mood=st.none() | st.sampled_from(list(MOODS)),
    tempo_bpm=st.none() | st.floats(60, 180),
    key=st.none() | st.sampled_from(KEYS),
    duration_s=st.floats(1, 60),
    seed=st.integers(0, 2**63),
)


@settings(max_examples=40, deadline=None)
@given(briefs)
def test_every_note_is_in_range_and_within_the_piece(brief):
    score = compose(brief)
    end = brief.duration_s * score.tempo_bpm / 60
    for part, note in score.notes():
        assert 0 < note.velocity <= 1
        assert 20 <= note.pitch <= 108, part.name
        assert 0 <= note.start <= score.ending_beat
        assert note.length > 0
        assert note.start + note.length <= end + 1e-6


@settings(max_examples=40, deadline=None)
@given(briefs)
def test_sections_and_chords_fill_every_bar(brief):
    score = compose(brief)
    bar = 0
    for section in score.sections:
        assert section.bar == bar
        bar += section.bars
    beat = 0.0
    for chord in score.chords[:-1]:
        assert chord.start == pytest.approx(beat)
        beat = min(chord.start + chord.length, score.ending_beat)
    assert score.chords[-1].start == score.ending_beat


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("key", ["F# minor", "A# major"])
def test_the_key_is_obeyed(genre, key):
    score = compose(Brief(genre=genre, mood="calm", key=key, duration_s=60, seed=4))
    inside = set(scale(key)) | set(harmony("V", key).tones)
    pitched = [
        (n.length, n.pitch % 12 in inside)
        for p, n in score.notes()
        if p.role not in ("drums", "texture")
    ]
    share = sum(length for length, ok in pitched if ok) / sum(length for length, _ in pitched)
    assert share > 0.85
    assert score.chords[-1].root == score.chords[0].root == parse_key(key)[0]


@pytest.mark.parametrize("genre", GENRES)
def test_a_seed_means_one_score_and_another_seed_another(genre):
    brief = Brief(genre=genre, duration_s=30, seed=11)
    assert compose(brief) == compose(brief)
    assert compose(brief).parts != compose(replace(brief, seed=12)).parts


def test_what_is_asked_is_kept():
    score = compose(Brief("jazz", "sad", 93.5, "Bb minor", 21.0, 5))
    asked = (score.genre, score.mood, score.tempo_bpm, score.key, score.duration_s)
    assert asked == ("jazz", "sad", 93.5, "A# minor", 21.0)


def test_what_is_not_asked_follows_the_style():
    tempi = [compose(Brief("ambient", seed=seed)).tempo_bpm for seed in range(12)]
    assert all(60 <= tempo <= 90 for tempo in tempi)
    assert len(set(tempi)) > 3


def test_all_faults_of_a_brief_are_told_at_once():
    with pytest.raises(BriefError) as caught:
        compose(Brief("polka", "beige", 30, "H minor", 0.5, -1))
    for word in ("genre", "mood", "tempo_bpm", "key", "duration_s", "seed"):
        assert f"{word}=" in str(caught.value)


def test_a_minute_has_the_form_of_a_song():
    names = [s.name for s in compose(Brief("pop", tempo_bpm=120, duration_s=60, seed=1)).sections]
    assert names[0] == "intro"
    assert {"verse", "chorus"} <= set(names)


def test_a_section_that_returns_keeps_its_chords():
    score = compose(Brief("pop", tempo_bpm=120, duration_s=120, seed=1))
    choruses = [s for s in score.sections if s.name == "chorus"]
    starts = [
        [c.symbol for c in score.chords if s.bar * 4 <= c.start < s.bar * 4 + 12] for s in choruses
    ]
    assert len(choruses) > 1
    assert starts[0] == starts[1]


@pytest.mark.parametrize(
    ("key", "numeral", "symbol"),
    [("F minor", "iv", "Bbm"), ("A# major", "IV", "Eb"), ("E major", "V", "B"),
     ("C major", "bVII", "Bb"), ("G# minor", "bVII", "F#"), ("A minor", "bII", "Bb"),
     ("F# minor", "v", "C#m")],
)  # fmt: skip
def test_chords_are_spelled_by_their_key(key, numeral, symbol):
    assert harmony(numeral, key).symbol == symbol
