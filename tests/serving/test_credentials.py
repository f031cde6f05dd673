"""C2PA manifests: signed where there is a certificate; one that is unusable is refused."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile as sf
from fastapi.testclient import TestClient

from serving.api.app import create_app
from serving.piece.credentials import Credentials, UnusableCredentials
from tests.serving.conftest import service_config

BODY = {"genre": "pop", "duration": 15, "seed": 1}
EXTENSIONS = """\
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,emailProtection
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
CURVE = "-pkeyopt ec_paramgen_curve:prime256v1 -nodes"
COMMANDS = (
    f"req -x509 -newkey ec {CURVE} -keyout ca.key -out ca.pem -days 9 -subj /O=Test/CN=CA "
    "-addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign",
    f"req -newkey ec {CURVE} -keyout key.pem -out own.csr -subj /O=Test/CN=Signer",
    "x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 "
    "-extfile extensions -out own.pem",
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``chain.pem`` and ``key.pem``, signed by an authority that nobody trusts."""
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "extensions").write_text(EXTENSIONS)
    for command in COMMANDS:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    chain = (folder / "own.pem").read_text() + (folder / "ca.pem").read_text()
    (folder / "chain.pem").write_text(chain)
    return folder


@pytest.fixture(scope="module")
def signing(certificate: Path) -> Iterator[TestClient]:
    pytest.importorskip("c2pa")
    config = service_config(
        certificate / "home",
        c2pa_certificate=certificate / "chain.pem",
        c2pa_key=certificate / "key.pem",
    )
    with TestClient(create_app(config)) as client:
        yield client


@pytest.mark.parametrize("kind", ["wav24", "flac", "mp3"])
def test_files_carry_a_manifest_that_reads_back(signing: TestClient, kind: str) -> None:
    import c2pa

    answer = signing.post("/generate", json=BODY).json()
    first = signing.get(answer["downloads"][kind])
    assert sf.info(io.BytesIO(first.content)).duration == pytest.approx(15.0, abs=0.1)
    with c2pa.Reader(first.headers["content-type"], io.BytesIO(first.content)) as reader:
        manifest = reader.get_active_manifest()
        told = json.loads(reader.json()).get("validation_status", [])
    assert {status["code"] for status in told} == {"signingCredential.untrusted"}
    created = manifest["assertions"][0]["data"]["actions"][0]
    assert created["action"] == "c2pa.created"
    assert created["digitalSourceType"] == answer["provenance"]["digital_source_type"]


def test_a_file_is_signed_once(signing: TestClient) -> None:
    url = signing.post("/generate", json=BODY).json()["audio_url"]
    first, again = signing.get(url), signing.get(url)
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]


def test_formats_that_can_not_be_signed_are_served_as_they_are(signing: TestClient) -> None:
    answer = signing.post("/generate", json=BODY).json()
    assert signing.get(answer["downloads"]["opus"]).content.startswith(b"OggS")


@pytest.mark.parametrize(
    ("certificate_is", "key_is", "reason"),
    [("chain.pem", None, "C2PA_KEY: is unset"), ("nowhere.pem", "key.pem", "can't be read")],
)
def test_half_a_certificate_is_refused(
    certificate: Path, certificate_is: str, key_is: str | None, reason: str
) -> None:
    config = service_config(
        certificate,
        c2pa_certificate=certificate / certificate_is,
        c2pa_key=key_is and certificate / key_is,
    )
    with pytest.raises(UnusableCredentials, match=reason):
        Credentials.of(config)


def test_what_is_no_certificate_is_refused(certificate: Path) -> None:
    pytest.importorskip("c2pa")
    config = service_config(
        certificate, c2pa_certificate=certificate / "key.pem", c2pa_key=certificate / "key.pem"
    )
    with pytest.raises(UnusableCredentials, match="must be the PEM chain"):
        Credentials.of(config)
