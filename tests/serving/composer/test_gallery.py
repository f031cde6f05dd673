import numpy as np

from serving.composer import Brief
from serving.composer.gallery import Exhibit, exhibits, write_gallery
from serving.composer.picture import spectrogram_png


def test_every_genre_and_mood_has_a_piece():
    assert len(exhibits()) == 18


def test_the_page_shows_and_plays_what_was_made(tmp_path):
    piece = Exhibit("one", "folk", Brief("folk", tempo_bpm=100, key="G major", duration_s=5))
    page = write_gallery(tmp_path, [piece]).read_text()
    for name in ("one.ogg", "one.png", "one.mid", "one-guitar.ogg"):
        assert (tmp_path / name).stat().st_size > 500
        assert name in page
    assert "100 BPM" in page


def test_a_spectrogram_is_a_picture_of_the_sound():
    t = np.arange(22050) / 22050
    image = spectrogram_png(np.sin(2 * np.pi * 440 * t), 22050, 60, 40)
    assert image.startswith(b"\x89PNG")
    assert len(image) > 200
