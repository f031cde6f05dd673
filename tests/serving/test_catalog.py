"""The catalog over HTTP: tracks, their audio, and labels by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.api.app import create_app
from tests.serving.catalog_home import catalogued
from tests.serving.conftest import service_config


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, list[str]]]:
    home = tmp_path_factory.mktemp("catalogued")
    ids = catalogued(home)
    with TestClient(create_app(service_config(home))) as client:
        yield client, ids


def test_tracks_are_listed_and_searched(catalog: tuple[TestClient, list[str]]) -> None:
    client, ids = catalog
    assert {row["track_id"] for row in client.get("/catalog/tracks").json()["tracks"]} == set(ids)
    found = client.get("/catalog/tracks", params={"search": "SECOND"}).json()
    assert [row["title"] for row in found["tracks"]] == ["Second wind"]


def test_search_is_text_and_never_sql(catalog: tuple[TestClient, list[str]]) -> None:
    client, _ = catalog
    found = client.get("/catalog/tracks", params={"search": "' or 1=1 --"})
    assert (found.status_code, found.json()["tracks"]) == (200, [])


def test_track_can_be_heard(catalog: tuple[TestClient, list[str]]) -> None:
    client, ids = catalog
    response = client.get(f"/catalog/tracks/{ids[0]}/audio")
    assert response.headers["content-type"] == "audio/flac"
    assert response.content[:4] == b"fLaC"
    assert client.get(f"/catalog/tracks/{'0' * 64}/audio").status_code == 404
    assert client.get("/catalog/tracks/..%2fkeys.json/audio").status_code == 404


def test_label_of_a_person_wins(catalog: tuple[TestClient, list[str]]) -> None:
    client, ids = catalog
    url = f"/catalog/tracks/{ids[0]}/labels"
    assert client.post(url, json={"field": "genre", "value": "Lo Fi"}).status_code == 201
    rows = client.get("/catalog/tracks").json()["tracks"]
    assert {row["mood_why"] for row in rows} == {"unlabelled"}
    row = next(row for row in rows if row["track_id"] == ids[0])
    assert (row["genre"], row["genre_origin"]) == ("lo-fi", "person")


def test_label_that_is_no_word_is_refused(catalog: tuple[TestClient, list[str]]) -> None:
    client, ids = catalog
    url = f"/catalog/tracks/{ids[0]}/labels"
    assert client.post(url, json={"field": "genre", "value": "zydeco"}).status_code == 422
    assert client.post(url, json={"field": "colour", "value": "red"}).status_code == 422
    unknown = client.post(
        f"/catalog/tracks/{'0' * 64}/labels", json={"field": "genre", "value": "pop"}
    )
    assert unknown.status_code == 404


def test_form_of_another_site_cannot_label(catalog: tuple[TestClient, list[str]]) -> None:
    client, ids = catalog
    response = client.post(
        f"/catalog/tracks/{ids[0]}/labels",
        content=b'{"field": "genre", "value": "pop"}',
        headers={"content-type": "text/plain"},
    )
    assert response.status_code == 422


def test_service_without_a_catalog_says_what_to_do(tmp_path: Path) -> None:
    with TestClient(
        create_app(service_config(tmp_path).model_copy(update={"home": None}))
    ) as client:
        response = client.get("/catalog/tracks")
    assert response.status_code == 404
    assert "shiroa ingest" in response.json()["detail"]
