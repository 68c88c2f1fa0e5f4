"""A bucket with versions and Object Lock on loopback, as Amazon S3's REST API has it, signatures and errors included.

It checks Signature Version 4 from what came over the wire, by itself: the client's code is not used. Sources: Amazon S3 API
Reference (PutObject, GetObject, DeleteObject, ListObjectVersions, "Authenticating Requests"), User Guide ("Object Lock").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

ACCESS, SECRET, SESSION, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-session", "eu-west-1"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Version:
    key: str
    id: str
    body: bytes
    until: datetime | None = None
    marker: bool = False


@dataclass
class Book:
    """`page` is how many versions a listing shows at once."""

    name: str = "witness"
    page: int = 2
    versions: list[Version] = field(default_factory=list)
    requests: list[tuple[str, str, int]] = field(default_factory=list)
    broken: int = 0


class Receiver:
    """`with Receiver() as bucket:` its URL is `endpoint`."""

    def __init__(self) -> None:
        self.book = Book()
        book = self.book

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self.answer()

            def do_PUT(self) -> None:
                self.answer()

            def do_DELETE(self) -> None:
                self.answer()

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, text = respond(book, self.command, self.path, headers, body)
                book.requests.append((self.command, self.path, status))
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Receiver:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


def error(status: int, code: str) -> tuple[int, bytes]:
    return status, f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()


def respond(book: Book, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    if book.broken:
        book.broken -= 1
        return error(503, "SlowDown")
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if wrong := refused(method, parts.path, parts.query, headers, body):
        return error(403, wrong)
    _, bucket, *rest = unquote(parts.path).split("/")
    key = "/".join(rest)
    if bucket != book.name:
        return error(404, "NoSuchBucket")
    match method:
        case "PUT":
            return put(book, key, headers, body)
        case "DELETE":
            return delete(book, key, query.get("versionId"))
    if not key and "versions" in query:
        return listing(book, query)
    wanted = query.get("versionId")
    found = [one for one in book.versions if one.key == key and wanted in (one.id, None)]
    if not found or found[-1].marker:
        return error(404, "NoSuchVersion" if wanted else "NoSuchKey")
    return 200, found[-1].body


def put(book: Book, key: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    mode, until = headers.get("x-amz-object-lock-mode"), headers.get("x-amz-object-lock-retain-until-date")
    checksum = headers.get("x-amz-checksum-sha256")
    if bool(mode) != bool(until) or (mode and mode not in ("COMPLIANCE", "GOVERNANCE")):
        return error(400, "InvalidArgument")
    if mode and not checksum and "content-md5" not in headers:
        return error(400, "InvalidRequest")
    if checksum and base64.b64decode(checksum) != hashlib.sha256(body).digest():
        return error(400, "BadDigest")
    newest = next((one for one in reversed(book.versions) if one.key == key), None)
    if headers.get("if-none-match") == "*" and newest is not None and not newest.marker:
        return error(412, "PreconditionFailed")
    moment = datetime.strptime(until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if until else None
    if moment and moment <= datetime.now(UTC):
        return error(400, "InvalidArgument")
    book.versions.append(Version(key, f"v{len(book.versions) + 1}", body, moment))
    return 200, b""


def delete(book: Book, key: str, version: str | None) -> tuple[int, bytes]:
    if version is None:  # hides the object, whatever its lock
        book.versions.append(Version(key, f"v{len(book.versions) + 1}", b"", marker=True))
        return 204, b""
    one = next((one for one in book.versions if (one.key, one.id) == (key, version)), None)
    if one is not None and one.until and one.until > datetime.now(UTC):
        return error(403, "AccessDenied")
    book.versions = [other for other in book.versions if other is not one]
    return 204, b""


def listing(book: Book, query: dict[str, str]) -> tuple[int, bytes]:
    found = sorted(
        (one for one in book.versions if one.key.startswith(query.get("prefix", ""))), key=lambda one: (one.key, one.id)
    )
    if after := query.get("key-marker"):
        found = [one for one in found if (one.key, one.id) > (after, query["version-id-marker"])]
    page, more = found[: book.page], len(found) > book.page
    text = "".join(
        f"<{tag}><Key>{one.key}</Key><VersionId>{one.id}</VersionId></{tag}>"
        for one in page
        for tag in ["DeleteMarker" if one.marker else "Version"]
    )
    if more:
        text += f"<NextKeyMarker>{page[-1].key}</NextKeyMarker><NextVersionIdMarker>{page[-1].id}</NextVersionIdMarker>"
    whole = f'<ListVersionsResult xmlns="{NAMESPACE}"><IsTruncated>{str(more).lower()}</IsTruncated>{text}</ListVersionsResult>'
    return 200, whole.encode()


def refused(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> str:
    """The error's code when the signature is not that of this request."""
    given = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,"
        r"\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})",
        headers.get("authorization", ""),
    )
    if given is None:
        return "AccessDenied"
    access, day, region, names, signature = given.groups()
    moment = headers.get("x-amz-date", "")
    if (access, region) != (ACCESS, REGION) or headers.get("x-amz-security-token") != SESSION:
        return "InvalidAccessKeyId"
    age = abs((datetime.now(UTC) - datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)).total_seconds())
    if age > 900 or not moment.startswith(day):
        return "RequestTimeTooSkewed"
    digest = hashlib.sha256(body).hexdigest()
    if headers.get("x-amz-content-sha256") != digest:
        return "XAmzContentSHA256Mismatch"
    signed = names.split(";")
    if "host" not in signed or any(name.startswith("x-amz-") and name not in signed for name in headers):
        return "AccessDenied"
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    canonical = f"{method}\n{path}\n{'&'.join(sorted(query.split('&')))}\n{lines}\n{names}\n{digest}"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{day}/{region}/s3/aws4_request\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + SECRET).encode()
    for part in (day, region, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return "" if hmac.compare_digest(key.hex(), signature) else "SignatureDoesNotMatch"
