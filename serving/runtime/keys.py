"""API keys: made, rotated and revoked by the operator; only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, get_args

from data_catalog.home import Home
from features.errors import ShiroaError
from serving.config import ServiceConfig

__all__ = ["SCOPES", "ApiKeyError", "Key", "Keyring", "create_key", "list_keys", "revoke_key"]

Scope = Literal["generate", "label"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_FILE: Final = "keys.json"
_LOOK_EVERY_S: Final = 1.0


class ApiKeyError(ShiroaError, ValueError):
    """A key can't be made or found."""


@dataclass(frozen=True)
class Key:
    """One key as it is kept: a key has 256 random bits, so a plain hash of it gives nothing away.

    Attributes:
        scopes: what it may do beside reading: ``generate`` music, ``label`` tracks.
    """

    id: str
    name: str
    sha256: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str | None = None

    @property
    def active(self) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or datetime.fromisoformat(self.expires_at) > _now()


def create_key(
    home: Home,
    name: str,
    *,
    scopes: tuple[str, ...] = SCOPES,
    rotates: str | None = None,
    overlap: timedelta = timedelta(days=1),
) -> str:
    """Make a key and return it; it is never shown again.

    With ``rotates``, the id of an older key, that one ends after ``overlap``. Raises `ApiKeyError`.
    """
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ApiKeyError(f"scope={', '.join(unknown)}: must be of {', '.join(SCOPES)}")
    keys = list_keys(home)
    if rotates is not None:
        ends = (_now() + overlap).isoformat(timespec="seconds")
        _one(keys, rotates)
        keys = [replace(key, expires_at=ends) if key.id == rotates else key for key in keys]
    key_id = secrets.token_hex(4)
    secret = f"shiroa_{key_id}_{secrets.token_urlsafe(32)}"
    made = Key(key_id, name, _digest(secret), scopes, _now().isoformat(timespec="seconds"))
    _save(home, [*keys, made])
    return secret


def list_keys(home: Home) -> list[Key]:
    """The keys of a home, expired ones too."""
    return _keys(_load(home))


def revoke_key(home: Home, key_id: str) -> None:
    """End a key at once. Raises `ApiKeyError` when there is none of that id."""
    keys = list_keys(home)
    _one(keys, key_id)
    _save(home, [key for key in keys if key.id != key_id])


_CONFIGURED = Key("configured", "configured", "", SCOPES, "")
"""The key of the settings."""


class Keyring:
    """The keys that open a running service: the configured one and those of its home.

    Changes of the file are noticed within a second, without a restart.
    """

    def __init__(self, config: ServiceConfig):
        self._home = config.home_layout()
        self._configured = config.api_key.get_secret_value() if config.api_key else None
        self._keys: list[Key] = []
        self._signing = ""
        self._stamp: int | None = None
        self._looked = 0.0

    @property
    def required(self) -> bool:
        """Whether requests must carry a key."""
        return self._configured is not None or any(key.active for key in self._current())

    @property
    def secret(self) -> str:
        """What addresses and sessions are signed with: it stays while keys come and go."""
        self._current()
        return _digest(f"{self._configured or ''}\n{self._signing}")

    def find(self, given: str) -> Key | None:
        """The key that was presented, or None; takes as long whatever is wrong with it."""
        digest = _digest(given)
        found = None
        if self._configured is not None:
            right = hmac.compare_digest(digest, _digest(self._configured))
            found = _CONFIGURED if right else None
        for key in self._current():
            if hmac.compare_digest(digest, key.sha256) and key.active:
                found = key
        return found

    def of_id(self, key_id: str) -> Key | None:
        """The active key of that id, or None."""
        if self._configured is not None and key_id == _CONFIGURED.id:
            return _CONFIGURED
        return next((key for key in self._current() if key.id == key_id and key.active), None)

    def _current(self) -> list[Key]:
        now = time.monotonic()
        if self._home is None or now - self._looked < _LOOK_EVERY_S:
            return self._keys
        self._looked = now
        stamp = _stamp(self._home)
        if stamp != self._stamp:
            self._stamp = stamp
            stored = _load(self._home)
            self._keys, self._signing = _keys(stored), _signing(stored)
        return self._keys


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def _one(keys: list[Key], key_id: str) -> Key:
    for key in keys:
        if key.id == key_id:
            return key
    known = ", ".join(key.id for key in keys) or "none yet"
    raise ApiKeyError(f"key={key_id}: unknown; there are: {known}")


def _path(home: Home) -> Path:
    return home.root / _FILE


def _stamp(home: Home) -> int | None:
    try:
        return _path(home).stat().st_mtime_ns
    except OSError:
        return None


def _load(home: Home) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = json.loads(_path(home).read_text())
    except FileNotFoundError:
        return {"keys": []}
    return stored


def _keys(stored: dict[str, Any]) -> list[Key]:
    return [Key(**{**item, "scopes": tuple(item["scopes"])}) for item in stored["keys"]]


def _signing(stored: dict[str, Any]) -> str:
    """The secret of the home; of a file that has none yet, what its keys come to."""
    made = "\n".join(item["sha256"] for item in stored["keys"])
    return str(stored.get("signing") or made)


def _save(home: Home, keys: list[Key]) -> None:
    signing = _signing(_load(home)) or secrets.token_hex(32)
    home.root.mkdir(parents=True, exist_ok=True)
    part = _path(home).with_suffix(".part")
    part.touch(mode=0o600)
    kept = {"signing": signing, "keys": [asdict(key) for key in keys]}
    part.write_text(json.dumps(kept, indent=1))
    part.replace(_path(home))
