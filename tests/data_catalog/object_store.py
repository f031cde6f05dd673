"""An object store on the loopback that speaks as much of S3 as Delta tables and obstore ask for.

Objects live in memory; a put with ``If-None-Match: *`` is refused when the key is there, as the S3
API reference says (412), but in the bucket ``careless``. It runs in a process of its own, because
delta-rs holds Python's lock while it waits for some answers:
``python -m tests.data_catalog.object_store PORT`` serves until stopped.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


CARELESS = "careless/"


@dataclass
class _Stored:
    """What is stored, by bucket and key."""

    objects: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: _Stored

    def log_message(self, *_: object) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY: no 40 ms wait for each answer

    def do_GET(self) -> None:
        key, query = self._asked()
        if "list-type" in query:
            self._answer(200, self._listing(key, query), "application/xml")
        else:
            self._send_object(key, body=True)

    def do_HEAD(self) -> None:
        self._send_object(self._asked()[0], body=False)

    def do_PUT(self) -> None:
        key, query = self._asked()
        data = self._body()
        if "uploadId" in query:
            self.bucket.uploads[query["uploadId"]][int(query["partNumber"])] = data
            self._answer(200, headers={"ETag": _etag(data)})
            return
        self._store(key, data)

    def do_POST(self) -> None:
        key, query = self._asked()
        body = self._body()
        if "delete" in query:
            keys = [unquote_xml(found) for found in re.findall(rb"<Key>(.*?)</Key>", body)]
            with self.bucket.guard:
                for name in keys:
                    self.bucket.objects.pop(f"{key.rstrip('/')}/{name}", None)
            told = "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in keys)
            self._answer(200, f"<DeleteResult {XMLNS}>{told}</DeleteResult>", "application/xml")
        elif "uploads" in query:
            name = f"u{len(self.bucket.uploads)}"
            self.bucket.uploads[name] = {}
            told = f"<UploadId>{name}</UploadId>"
            self._answer(
                200,
                f"<InitiateMultipartUploadResult {XMLNS}>{told}</InitiateMultipartUploadResult>",
                "application/xml",
            )
        else:
            parts = self.bucket.uploads.pop(query["uploadId"])
            self._store(key, b"".join(parts[number] for number in sorted(parts)), whole=False)

    def do_DELETE(self) -> None:
        key, _ = self._asked()
        with self.bucket.guard:
            self.bucket.objects.pop(key, None)
        self._answer(204)

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        return unquote(parts.path).lstrip("/"), {name: all_[0] for name, all_ in query.items()}

    def _body(self) -> bytes:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.headers.get("x-amz-content-sha256", "").startswith("STREAMING"):
            return data
        raise NotImplementedError("chunked signatures")

    def _store(self, key: str, data: bytes, whole: bool = True) -> None:
        only_new = self.headers.get("If-None-Match") == "*" and not key.startswith(CARELESS)
        with self.bucket.guard:
            refused = only_new and key in self.bucket.objects
            if not refused:
                self.bucket.objects[key] = (data, time.time())
        if refused:
            told = "<Error><Code>PreconditionFailed</Code><Message>there</Message></Error>"
            self._answer(412, told, "application/xml")
        elif whole:
            self._answer(200, headers={"ETag": _etag(data)})
        else:
            told = f"<ETag>{escape(_etag(data))}</ETag>"
            self._answer(
                200,
                f"<CompleteMultipartUploadResult {XMLNS}>{told}</CompleteMultipartUploadResult>",
                "application/xml",
            )

    def _send_object(self, key: str, *, body: bool) -> None:
        found = self.bucket.objects.get(key)
        if found is None:
            told = "<Error><Code>NoSuchKey</Code><Message>absent</Message></Error>"
            self._answer(404, told if body else "", "application/xml")
            return
        data, changed = found
        headers = {"ETag": _etag(data), "Last-Modified": formatdate(changed, usegmt=True)}
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not asked or not body:
            self._answer(200, data, headers=headers, length=len(data), body=body)
            return
        size = len(data)
        first, last = asked.groups()
        start = int(first) if first else max(0, size - int(last))
        end = min(int(last), size - 1) if first and last else size - 1
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        self._answer(206, data[start : end + 1], headers=headers)

    def _listing(self, bucket: str, query: dict[str, str]) -> str:
        root, prefix = bucket.rstrip("/") + "/", query.get("prefix", "")
        after, delimiter = query.get("start-after", ""), query.get("delimiter", "")
        with self.bucket.guard:
            there = {k: v for k, v in self.bucket.objects.items() if k.startswith(root + prefix)}
        told, folders = [], set()
        for key in sorted(there):
            name = key.removeprefix(root)
            if name <= after:
                continue
            rest = name[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.split(delimiter)[0] + delimiter)
                continue
            data, changed = there[key]
            moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(changed))
            told.append(
                f"<Contents><Key>{escape(name)}</Key><LastModified>{moment}</LastModified>"
                f"<ETag>{escape(_etag(data))}</ETag><Size>{len(data)}</Size></Contents>"
            )
        told += [
            f"<CommonPrefixes><Prefix>{escape(p)}</Prefix></CommonPrefixes>"
            for p in sorted(folders)
        ]
        return (
            f"<ListBucketResult {XMLNS}><Name>{root}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{len(told)}</KeyCount><MaxKeys>100000</MaxKeys>"
            f"<IsTruncated>false</IsTruncated>{''.join(told)}</ListBucketResult>"
        )

    def _answer(
        self,
        status: int,
        data: bytes | str = b"",
        kind: str = "application/octet-stream",
        headers: dict[str, str] | None = None,
        length: int | None = None,
        body: bool = True,
    ) -> None:
        payload = data.encode() if isinstance(data, str) else data
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(payload)


def unquote_xml(text: bytes) -> str:
    return str(ET.fromstring(b"<k>" + text + b"</k>").text)


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


@contextmanager
def object_store() -> Iterator[dict[str, str]]:
    """A running store; the variables by which clients find it."""
    command = [sys.executable, "-m", "tests.data_catalog.object_store", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield {
            "AWS_ENDPOINT_URL": server.stdout.readline().strip(),
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }
    finally:
        server.kill()
        server.wait()


def serve(port: int) -> None:
    """Serve on the loopback and say where, until the process is stopped."""
    handler = type("Handler", (_Handler,), {"bucket": _Stored()})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
