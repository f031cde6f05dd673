"""Keys: hashed at rest, scoped, rotated; and the door they open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from data_catalog.home import Home
from serving.api.app import create_app
from serving.runtime.keys import ApiKeyError, Keyring, create_key, list_keys, revoke_key
from tests.serving.conftest import service_config

BODY = {"genre": "pop", "duration": 15, "seed": 1}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def secret(home: Home) -> str:
    return create_key(home, "front end")


@pytest.fixture(scope="module")
def locked(home: Home, secret: str) -> Iterator[TestClient]:
    config = service_config(home.root, cors_origins=("https://studio.example",))
    with TestClient(create_app(config)) as client:
        yield client


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_file_holds_no_key(home: Home, secret: str) -> None:
    stored = home.root / "keys.json"
    assert secret not in stored.read_text()
    assert stored.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("headers", [{}, bearer("wrong"), {"X-API-Key": "wrong"}, bearer("")])
def test_without_a_key_nothing_is_made(locked: TestClient, headers: dict[str, str]) -> None:
    response = locked.post("/generate", json=BODY, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_health_and_pages_stay_open(locked: TestClient) -> None:
    assert locked.get("/health").status_code == 200
    assert locked.get("/").status_code == 200
    assert locked.get("/models").status_code == 401


def test_key_opens_and_addresses_are_signed(locked: TestClient, secret: str) -> None:
    answer = locked.post("/generate", json=BODY, headers=bearer(secret)).json()
    url = answer["audio_url"]
    assert locked.get(url).status_code == 200
    assert locked.get(url.partition("?")[0]).status_code == 401
    changed = locked.get(url.replace("signature=", "signature=0"))
    assert changed.status_code == 401
    assert "expired or was changed" in changed.json()["detail"]
    assert locked.get(answer["provenance_url"]).status_code == 200
    other = answer["downloads"]["flac"].partition("?")[0] + "?" + url.partition("?")[2]
    assert locked.get(other).status_code == 401


def test_other_origins_may_send_the_key_and_read_what_players_need(locked: TestClient) -> None:
    origin = {"Origin": "https://studio.example"}
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key,prefer,range,x-api-key",
    }
    assert locked.options("/generate", headers={**origin, **asked}).status_code == 200
    exposed = locked.get("/genres", headers=origin).headers["access-control-expose-headers"]
    assert {"etag", "content-range", "location", "retry-after"} <= set(exposed.split(", "))
    assert locked.options("/generate", headers={"Origin": "https://x", **asked}).status_code == 400


def test_expired_signature_is_refused(
    locked: TestClient, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = locked.post("/generate", json=BODY, headers=bearer(secret)).json()["audio_url"]
    import time

    later = time.time() + 3 * 24 * 3600
    monkeypatch.setattr("serving.api.guard.time.time", lambda: later)
    assert locked.get(url).status_code == 401


def test_session_cookie_opens_the_pages(locked: TestClient, secret: str) -> None:
    assert locked.post("/session").status_code == 401
    opened = locked.post("/session", headers=bearer(secret))
    assert opened.status_code == 204
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert secret not in cookie
    assert locked.get("/models").status_code == 200
    locked.cookies.clear()
    assert locked.get("/models").status_code == 401


def test_scope_is_enforced(home: Home, locked: TestClient) -> None:
    reader = create_key(home, "labels only", scopes=("label",))
    locked.app.state.service.keyring._looked = 0.0  # type: ignore[attr-defined]
    for method, path in (("POST", "/generate"), ("GET", "/live"), ("GET", "/jobs/any/audio")):
        response = locked.request(method, path, json=BODY, headers=bearer(reader))
        assert response.status_code == 403
        assert "may not generate" in response.json()["detail"]


def test_session_may_do_no_more_than_its_key(home: Home, locked: TestClient) -> None:
    reader = create_key(home, "pages of a labeller", scopes=("label",))
    locked.app.state.service.keyring._looked = 0.0  # type: ignore[attr-defined]
    assert locked.post("/session", headers=bearer(reader)).status_code == 204
    assert locked.get("/models").status_code == 200
    assert locked.post("/generate", json=BODY).status_code == 403
    locked.cookies.clear()


def test_session_lasts_as_long_as_its_key(home: Home, locked: TestClient) -> None:
    keyring = locked.app.state.service.keyring  # type: ignore[attr-defined]
    guest = create_key(home, "guest")
    keyring._looked = 0.0
    assert locked.post("/session", headers=bearer(guest)).status_code == 204
    create_key(home, "another")
    keyring._looked = 0.0
    assert locked.get("/models").status_code == 200
    revoke_key(home, next(key.id for key in list_keys(home) if key.name == "guest"))
    keyring._looked = 0.0
    assert locked.get("/models").status_code == 401
    locked.cookies.clear()


def test_rotated_key_ends_after_the_overlap(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = create_key(home, "a")
    new = create_key(home, "a", rotates=list_keys(home)[0].id, overlap=timedelta(0))
    keyring = Keyring(service_config(tmp_path))
    assert keyring.find(new) is not None
    assert keyring.find(old) is None


def test_revoked_key_is_gone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secret = create_key(home, "a")
    revoke_key(home, list_keys(home)[0].id)
    assert Keyring(service_config(tmp_path)).find(secret) is None
    with pytest.raises(ApiKeyError, match="none yet"):
        revoke_key(home, "nothere")


def test_configured_key_is_enough(tmp_path: Path) -> None:
    keyring = Keyring(service_config(tmp_path, api_key="s3cret"))
    assert keyring.required
    assert keyring.find("s3cret") is not None
    assert keyring.find("s3cre") is None
