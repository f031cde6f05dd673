import numpy as np
import pytest

from serving.composer import Brief, BriefError, compose_song, lrc, render
from serving.composer.lyrics import read_lyrics, syllables_of

SONG = """[verse]
Morning over water, the light is coming home
I follow every river and never walk alone
[chorus]
Carry me over the silver sea
Sing me a little song for free
"""
TURKISH = """Gökyüzünde yıldızlar parlıyor bu gece
Denizin sesi bana söylüyor sessizce
"""


@pytest.mark.parametrize(
    ("word", "language", "parts"),
    [
        ("water", "en", ["wa", "ter"]),
        ("home", "en", ["home"]),
        ("every", "en", ["e", "ve", "ry"]),
        ("yellow", "en", ["yel", "low"]),
        ("loved", "en", ["loved"]),
        ("söylüyor", "tr", ["söy", "lü", "yor"]),
        ("İstanbul", "tr", ["İs", "tan", "bul"]),
        ("parlıyor", "tr", ["par", "lı", "yor"]),
    ],
)
def test_words_fall_into_syllables(word, language, parts):
    assert syllables_of(word, language) == parts


def test_headers_are_sections_and_not_sung():
    assert [line.section for line in read_lyrics(SONG)] == ["verse", "verse", "chorus", "chorus"]


@pytest.fixture(scope="module", params=[SONG, TURKISH], ids=["english", "turkish"])
def score(request):
    return compose_song(Brief("pop", "happy", 110, "D major", 40, 3), request.param)


def test_every_syllable_is_sung_in_its_time(score):
    starts = [s.start for s in score.syllables]
    assert starts == sorted(starts)
    pairs = zip(score.syllables, score.syllables[1:], strict=False)
    assert all(a.start + a.length <= b.start + 1e-6 for a, b in pairs)
    assert score.syllables[-1].start < score.ending_beat


def test_the_words_come_back_with_their_times(score):
    sheet = lrc(score)
    assert sheet.startswith("[00:")
    words = "".join(s.text + (" " if s.ends_word else "") for s in score.syllables).split()
    assert all(word in "".join(c for c in sheet if c.isalpha()) for word in words)


def test_the_voice_sings_the_written_pitches():
    librosa = pytest.importorskip("librosa")
    score = compose_song(Brief("pop", "happy", 110, "D major", 12, 3), "Carry me over the sea")
    voice = render(score, 22050).stems["voice"].mean(axis=1)
    f0 = librosa.yin(voice, fmin=90, fmax=800, sr=22050, frame_length=2048, hop_length=512)
    written, sung = [], []
    beat_s = score.seconds_per_beat
    for syllable in score.syllables:
        a = int((syllable.start * beat_s + 0.06) * 22050 / 512)
        b = int(((syllable.start + syllable.length) * beat_s - 0.08) * 22050 / 512)
        sung += list(f0[a:b])
        written += [440 * 2 ** ((syllable.pitch - 69) / 12)] * (b - a)
    cents = 1200 * np.log2(np.array(sung) / np.array(written))
    assert np.mean(np.abs(cents) <= 50) >= 0.9


def test_too_many_words_say_how_long_a_piece_they_need():
    with pytest.raises(BriefError, match="ask for about"):
        compose_song(Brief("pop", duration_s=15), SONG * 6)


def test_nothing_to_sing_is_told():
    with pytest.raises(BriefError, match="no line"):
        compose_song(Brief("pop"), "[verse]\n...\n")
