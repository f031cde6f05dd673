from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from data_catalog import neighbours
from data_catalog.queries.questions import ask
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import NOW, small_home, track_id


def similar(home, track: str) -> pl.DataFrame:
    return pl.DataFrame(ask(home, f"from similar_to('{track}', n := 8)"))


def test_codes_answer_as_the_embeddings_do(tmp_path, monkeypatch):
    home = small_home(tmp_path)
    store = Store(home)
    louder = 2 * np.asarray(store.read("embeddings").sort("track_id")["embedding"][3])
    store.insert_new("tracks", [{"track_id": track_id(99), "title": "Louder"}])
    row = {"track_id": track_id(99), "extractor_version": "1"}
    store.insert_new("embeddings", [row | {"embedding": louder}])
    store.insert_new("features", [row | {"extracted_at": NOW}])
    exact = similar(home, track_id(3))

    monkeypatch.setattr(neighbours, "CODED_FROM", 1)
    store.rebuild_views()
    coded = similar(home, track_id(3))

    assert coded["track_id"].to_list() == exact["track_id"].to_list()
    assert exact["track_id"][0] == track_id(99)
    assert coded["similarity"].to_list() == pytest.approx(exact["similarity"].to_list(), abs=2e-3)


def test_what_an_older_extractor_made_does_not_answer(tmp_path, monkeypatch):
    home = small_home(tmp_path)
    store = Store(home)
    row = {"track_id": track_id(5), "extractor_version": "2"}
    asked = np.asarray(store.read("embeddings").sort("track_id")["embedding"][3])
    store.insert_new("embeddings", [row | {"embedding": -asked}])
    store.insert_new("features", [row | {"extracted_at": NOW + timedelta(days=1)}])
    exact = similar(home, track_id(3))

    monkeypatch.setattr(neighbours, "CODED_FROM", 1)
    store.rebuild_views()
    coded = similar(home, track_id(3))

    assert track_id(5) in exact["track_id"].to_list()
    assert coded["track_id"].to_list() == exact["track_id"].to_list()
    assert coded["similarity"].to_list() == pytest.approx(exact["similarity"].to_list(), abs=2e-3)
