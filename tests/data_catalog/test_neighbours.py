import numpy as np
import pytest

from data_catalog.neighbours import NoEmbeddingError, nearest
from data_catalog.queries import ask
from data_catalog.schema import EMBEDDING_SIZE
from data_catalog.store import Store
from tests.data_catalog.store_fixtures import small_home, track_id


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = small_home(tmp_path_factory.mktemp("neighbours"))
    louder = np.asarray(Store(home).read("embeddings").sort("track_id")["embedding"][3]) * 2
    near = {"track_id": track_id(99), "extractor_version": "1", "embedding": louder}
    Store(home).insert_new("embeddings", [near])
    return home


def test_a_scaled_copy_is_the_nearest(home):
    first = nearest(home, track_id(3), 5).row(0, named=True)

    assert first["track_id"] == track_id(99)
    assert first["similarity"] == pytest.approx(1)


def test_it_agrees_with_the_macro(home):
    in_sql = ask(home, f"from similar_to('{track_id(0)}', n := 4)")

    found = [t for t in nearest(home, track_id(0), 5)["track_id"] if t != track_id(99)]
    assert found[:4] == in_sql.column("track_id").to_pylist()


def test_a_later_version_of_a_track_is_not_counted_twice(home):
    again = np.ones(EMBEDDING_SIZE)
    row = {"track_id": track_id(5), "extractor_version": "2", "embedding": again}
    Store(home).insert_new("embeddings", [row])

    ids = nearest(home, track_id(0), 8)["track_id"].to_list()
    assert len(ids) == len(set(ids)) == 8


def test_a_track_without_embedding_is_named(home):
    with pytest.raises(NoEmbeddingError, match="shiroa extract"):
        nearest(home, "nothing")
