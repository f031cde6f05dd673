import shutil

import numpy as np
import pytest

from data_catalog.home import Home
from data_catalog.labels import set_label
from data_catalog.tables.store import Store
from tests.training.catalog import track_id, trained_home
from training.classifier.active import next_to_label, spread_out


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A trained home in which tracks 0-29 have lost their labels."""
    root = tmp_path_factory.mktemp("active") / "home"
    home = Home(shutil.copytree(trained_home()[0].root, root))
    Store.open(home).delete("labels", "track_id", [track_id(n) for n in range(30)])
    return home


def test_only_tracks_without_a_label_are_suggested(template):
    found = next_to_label(template, count=50)
    assert {one.track_id for one in found} == {track_id(n) for n in range(30)}


def test_a_track_that_a_person_labelled_leaves_the_list(template, tmp_path):
    home = Home(shutil.copytree(template.root, tmp_path / "home"))
    first = next_to_label(home, count=1)[0]
    set_label(home, first.track_id, "genre", "jazz")
    assert first.track_id not in {one.track_id for one in next_to_label(home)}


def test_the_least_certain_come_first(template):
    found = next_to_label(template, count=5)
    assert found[0].margin == min(one.margin for one in found)


def test_a_field_that_the_model_does_not_know_is_refused(template):
    with pytest.raises(ValueError, match="the model knows genre, mood"):
        next_to_label(template, "key")


def test_takes_of_one_song_do_not_fill_the_list():
    rng = np.random.default_rng(0)
    song = rng.normal(size=(1, 20)) + 0.01 * rng.normal(size=(10, 20))
    others = rng.normal(size=(4, 20))
    assert {n for n in spread_out(np.concatenate([song, others]), 5) if n >= 10} == {10, 11, 12, 13}
