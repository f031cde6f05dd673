import numpy as np
import pytest

from serving.composer import Brief, BriefError, compose_song, lrc, render
from serving.composer.singing.lyrics import read_lyrics, syllables_of

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


def pitch_hz(y, sr):
    """The strongest period of 90 to 800 Hz by autocorrelation, refined by a parabola."""
    spectrum = np.fft.rfft((y - y.mean()) * np.hanning(len(y)), 2 * len(y))
    power = np.fft.irfft(np.abs(spectrum) ** 2)
    overlap = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(len(y)), 2 * len(y))) ** 2)
    level = power[: sr // 90] / overlap[: sr // 90]
    lag = sr // 800 + int(np.argmax(level[sr // 800 :] > 0.93 * level[sr // 800 :].max()))
    lag += int(np.argmax(level[lag : lag + sr // 800]))
    before, here, after = level[lag - 1 : lag + 2]
    return sr / (lag + 0.5 * (before - after) / (before - 2 * here + after))


def test_the_voice_sings_the_written_pitches():
    score = compose_song(Brief("pop", "happy", 110, "D major", 12, 3), "Carry me over the sea")
    voice = render(score, 22050).stems["voice"].mean(axis=1)
    cents = []
    for syllable in score.syllables:
        start, end = (
            round(beat * score.seconds_per_beat * 22050)
            for beat in (syllable.start, syllable.start + syllable.length)
        )
        for at in range(start + 1300, end - 3500, 512):
            written = 440 * 2 ** ((syllable.pitch - 69) / 12)
            cents.append(1200 * np.log2(pitch_hz(voice[at : at + 1600], 22050) / written))
    assert len(cents) > 20
    assert np.mean(np.abs(cents) <= 50) >= 0.9


def test_too_many_words_say_how_long_a_piece_they_need():
    with pytest.raises(BriefError, match="ask for about"):
        compose_song(Brief("pop", duration_s=15), SONG * 6)


def test_nothing_to_sing_is_told():
    with pytest.raises(BriefError, match="no line"):
        compose_song(Brief("pop"), "[verse]\n...\n")
