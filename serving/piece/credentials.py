"""C2PA content credentials: signed copies of a piece's files, where the operator has a certificate.

A manifest holds the time and ids of its own, so signing is no function of a request. A file is
signed once, when it is first asked for, and that copy is kept beside it: the unsigned file stays
the same for a seed, and so does the signed one as long as the piece is in the cache.
"""

from __future__ import annotations

import importlib.util
import io
import os
import threading
import wave
from pathlib import Path
from typing import Any, Final

from features.errors import ShiroaError
from serving.config import ServiceConfig
from serving.piece.pieces import Piece
from serving.piece.provenance import DIGITAL_SOURCE_TYPES, title_of

__all__ = ["SIGNED_KINDS", "Credentials", "UnusableCredentials"]

SIGNED_KINDS: Final = {
    "wav": "audio/wav",
    "wav24": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
}
"""Formats that the library can sign; it knows neither Ogg nor Opus."""

_SETTINGS: Final = ("SHIROA_SERVICE__C2PA_CERTIFICATE", "SHIROA_SERVICE__C2PA_KEY")
_ACTIONS: Final = "c2pa.actions.v2"


class UnusableCredentials(ShiroaError):  # noqa: N818 - it says what it is
    """The certificate, its key or the library that signs with them can't be used."""


class Credentials:
    """Signs with one certificate; the private key never leaves this process."""

    def __init__(self, certificate: bytes, key: bytes, algorithm: str, newest_ns: int = 0):
        """Raises `UnusableCredentials` unless a file can be signed by chain and key (PEM)."""
        import c2pa

        info = c2pa.C2paSignerInfo(algorithm.encode(), certificate, key, None)
        try:
            self._signer = c2pa.Signer.from_info(info)
            with c2pa.Builder(
                {"assertions": _created(DIGITAL_SOURCE_TYPES["algorithm"])}
            ) as builder:
                builder.sign(self._signer, "audio/wav", _silence(), io.BytesIO())
        except c2pa.C2paError as error:
            rule = f"must be the PEM chain and PKCS #8 key of a certificate for {algorithm}"
            raise UnusableCredentials(f"{', '.join(_SETTINGS)}: {error}; {rule}") from None
        self._newest_ns = newest_ns
        self._lock = threading.Lock()

    @classmethod
    def of(cls, config: ServiceConfig) -> Credentials | None:
        """The operator's credentials; None where no certificate is set.

        Raises `UnusableCredentials` when they are set and can't be used.
        """
        paths = (config.c2pa_certificate, config.c2pa_key)
        if paths == (None, None):
            return None
        contents: list[bytes] = []
        newest_ns = 0
        for name, path in zip(_SETTINGS, paths, strict=True):
            if path is None:
                raise UnusableCredentials(f"{name}: is unset; certificate and key go together")
            try:
                contents.append(path.expanduser().read_bytes())
                newest_ns = max(newest_ns, path.expanduser().stat().st_mtime_ns)
            except OSError as error:
                rule = f"can't be read ({error.strerror}); give a PEM file"
                raise UnusableCredentials(f"{name}={path}: {rule}") from None
        if importlib.util.find_spec("c2pa") is None:
            remedy = "pip install 'shiroa[c2pa]', or unset it"
            raise UnusableCredentials(f"{_SETTINGS[0]}: c2pa-python is not installed; {remedy}")
        return cls(contents[0], contents[1], config.c2pa_algorithm, newest_ns)

    def signed(self, path: Path, kind: str, piece: Piece) -> Path:
        """The signed copy of a file of ``piece``; the file itself where its kind can't be signed.

        A copy that is older than the certificate is made again.
        """
        if kind not in SIGNED_KINDS:
            return path
        copy = path.with_name(f".signed-{path.name}")
        with self._lock:
            if not copy.is_file() or copy.stat().st_mtime_ns < self._newest_ns:
                self._sign(path, copy, kind, piece)
        return copy

    def _sign(self, path: Path, copy: Path, kind: str, piece: Piece) -> None:
        import c2pa

        part = copy.with_name(f".signing-{os.getpid()}-{path.name}")
        with c2pa.Builder(_manifest(kind, piece)) as builder:
            builder.sign_file(path, part, self._signer)
        part.replace(copy)


def _silence() -> io.BytesIO:
    """A WAV file to try a signature on."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(2))
    file.seek(0)
    return file


def _manifest(kind: str, piece: Piece) -> dict[str, Any]:
    """What is claimed of a file: which program made it, from what kind of source."""
    provenance = piece.provenance
    name, _, version = provenance.software.partition(" ")
    agent = {"name": f"{name} {provenance.engine}", "version": provenance.model}
    return {
        "claim_generator_info": [{"name": name, "version": version or "0"}],
        "title": title_of(piece.asked, piece.seed),
        "format": SIGNED_KINDS[kind],
        "assertions": _created(provenance.digital_source_type, softwareAgent=agent),
    }


def _created(source_type: str, **more: Any) -> list[dict[str, Any]]:
    action = {"action": "c2pa.created", "digitalSourceType": source_type, **more}
    return [{"label": _ACTIONS, "data": {"actions": [action]}}]
