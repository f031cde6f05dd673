import numpy as np
import polars as pl
import pytest

from data_catalog import neighbours
from data_catalog.queries.questions import ask
from data_catalog.schema.tables import EMBEDDING_SIZE
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import small_home, track_id


def similar(home, track: str) -> pl.DataFrame:
    return pl.DataFrame(ask(home, f"from similar_to('{track}', n := 4)"))


def test_codes_answer_as_the_embeddings_do(tmp_path, monkeypatch):
    home = small_home(tmp_path)
    store = Store(home)
    louder = 2 * np.asarray(store.read("embeddings").sort("track_id")["embedding"][3])
    store.insert_new("tracks", [{"track_id": track_id(99), "title": "Louder"}])
    row = {"track_id": track_id(99), "extractor_version": "1", "embedding": louder}
    store.insert_new("embeddings", [row])
    exact = similar(home, track_id(3))

    monkeypatch.setattr(neighbours, "CODED_FROM", 1)
    store.rebuild_views()
    coded = similar(home, track_id(3))

    assert coded["track_id"].to_list() == exact["track_id"].to_list()
    assert exact["track_id"][0] == track_id(99)
    assert coded["similarity"].to_list() == pytest.approx(exact["similarity"].to_list(), abs=2e-3)


def test_only_what_the_newest_extractor_made_is_coded(tmp_path, monkeypatch):
    monkeypatch.setattr(neighbours, "CODED_FROM", 1)
    home = small_home(tmp_path)
    again = {"track_id": track_id(5), "extractor_version": "2"}
    Store(home).insert_new("embeddings", [again | {"embedding": np.ones(EMBEDDING_SIZE)}])

    codes = ask(home, f"from embedding_codes where track_id = '{track_id(5)}'")

    assert codes["extractor_version"].to_pylist() == ["1"]
