"""AWS Signature Version 4 for S3, in one header.

Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)", whose examples are the tests.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from ballast.repo import CannotRun


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of an IAM user or, with a session token, of a role."""

    access: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Credentials:
        """`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, as GitHub's AWS action sets them."""
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        access, secret, session = (os.environ.get(name, "") for name in names)
        if not (access and secret):
            raise CannotRun("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (`aws configure export-credentials --format env`)")
        return cls(access, secret, session)


def signed_headers(
    credentials: Credentials,
    region: str,
    method: str,
    host: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> dict[str, str]:
    """The headers to send: those given, and `host`, `x-amz-date`, `x-amz-content-sha256`, `authorization`.

    `path` is not encoded yet; `query_text` is how the query must stand in the URL.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(body).hexdigest()
    given = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    given |= {"host": host, "x-amz-content-sha256": payload, "x-amz-date": moment}
    if credentials.session:
        given["x-amz-security-token"] = credentials.session
    names = ";".join(sorted(given))
    canonical = [method, quote(path, safe="/-_.~"), query_text(query)]
    canonical += [f"{name}:{given[name]}" for name in sorted(given)] + ["", names, payload]
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256("\n".join(canonical).encode()).hexdigest()])
    key = f"AWS4{credentials.secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    given["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access}/{scope},SignedHeaders={names},Signature={key.hex()}"
    )
    return given


def query_text(query: Mapping[str, str]) -> str:
    """A query in canonical form."""
    pairs = sorted((quote(key, safe="-_.~"), quote(value, safe="-_.~")) for key, value in query.items())
    return "&".join(f"{key}={value}" for key, value in pairs)
