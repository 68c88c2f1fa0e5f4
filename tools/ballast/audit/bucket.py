"""A bucket with Object Lock as witness: what is written stays until its time is over, whoever asks for its deletion.

S3's REST API: PutObject with `x-amz-object-lock-*` headers (which ask for a checksum) and `If-None-Match: *`;
ListObjectVersions, because a delete marker or a newer version hides an object that is locked and still there; GetObject by
version.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from ballast.audit.head import Signed
from ballast.audit.sigv4 import Credentials, query_text, signed_headers
from ballast.audit.verify import Seen
from ballast.audit.witness import key_of, seen, sorted_out
from ballast.repo import CannotRun

if TYPE_CHECKING:
    import httpx

BUCKET, DAYS, ENDPOINT = "BALLAST_AUDIT_BUCKET", "BALLAST_AUDIT_RETENTION_DAYS", "AWS_ENDPOINT_URL_S3"
RETENTION_DAYS = 400


@dataclass(frozen=True, slots=True)
class Bucket:
    """`prefix` ends with a slash, or is empty. With an `endpoint` the bucket is the first part of its path."""

    bucket: str
    prefix: str
    region: str
    credentials: Credentials = field(repr=False)
    endpoint: str = ""
    days: int = RETENTION_DAYS
    mode: str = "COMPLIANCE"

    @classmethod
    def from_environment(cls) -> Self | None:
        """`BALLAST_AUDIT_BUCKET=s3://NAME/PREFIX`, `AWS_REGION`, credentials; None when no bucket is named."""
        given = os.environ.get(BUCKET)
        if not given:
            return None
        match = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", given)
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
        days = os.environ.get(DAYS, str(RETENTION_DAYS))
        if match is None or not region or not days.isdecimal() or int(days) < 1:
            raise CannotRun(f"{BUCKET}={given}: write s3://NAME/PREFIX, and set AWS_REGION ({DAYS}: whole days)")
        prefix = (match[2] or "").strip("/")
        endpoint = os.environ.get(ENDPOINT, "").rstrip("/")
        credentials = Credentials.from_environment()
        return cls(match[1], f"{prefix}/" if prefix else "", region, credentials, endpoint, int(days))

    @property
    def name(self) -> str:
        """For people."""
        return f"bucket s3://{self.bucket}/{self.prefix}"

    def put(self, signed: Signed) -> str:
        """Write the head, locked."""
        key = f"{self.prefix}{signed.head.log}/{key_of(signed)}.json"
        body = json.dumps(signed.document(), sort_keys=True).encode() + b"\n"
        until = datetime.now(UTC) + timedelta(days=self.days)
        headers = {
            "content-type": "application/json",
            "if-none-match": "*",
            "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
            "x-amz-object-lock-mode": self.mode,
            "x-amz-object-lock-retain-until-date": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        answer = self._ask("PUT", key, {}, headers, body)
        if answer.status_code not in (200, 412):  # 412: it is there
            raise CannotRun(f"{self.name} does not take the head: {_said(answer)}")
        return f"s3://{self.bucket}/{key}"

    def heads(self, log: str) -> tuple[list[Seen], list[str]]:
        """All versions of all heads of this log, hidden ones as well."""
        found: list[Seen | str] = []
        for key, version in self._versions(f"{self.prefix}{log}/"):
            answer = self._ask("GET", key, {"versionId": version})
            if answer.status_code != 200:
                raise CannotRun(f"{self.name} does not give {key}: {_said(answer)}")
            found.append(seen(answer.content, log, f"s3://{self.bucket}/{key}"))
        return sorted_out(found)

    def _versions(self, prefix: str) -> list[tuple[str, str]]:
        """Key and version id of each object under a prefix."""
        found: list[tuple[str, str]] = []
        more: dict[str, str] = {}
        while True:
            answer = self._ask("GET", "", {"versions": "", "prefix": prefix, **more})
            try:
                if answer.status_code != 200:
                    raise CannotRun(f"{self.name} does not say what it holds: {_said(answer)}")
                page = ElementTree.fromstring(answer.content)  # noqa: S314 - of the bucket that we asked
            except ElementTree.ParseError as error:
                raise CannotRun(f"{self.name} does not answer in XML: {error}") from error
            for node in page.iter():
                node.tag = node.tag.rpartition("}")[2]
            found += [(one.findtext("Key", ""), one.findtext("VersionId", "")) for one in page.findall("Version")]
            if page.findtext("IsTruncated") != "true":
                return found
            more = {
                "key-marker": page.findtext("NextKeyMarker", ""),
                "version-id-marker": page.findtext("NextVersionIdMarker", ""),
            }

    def _ask(
        self, method: str, key: str, query: dict[str, str], headers: dict[str, str] | None = None, body: bytes = b""
    ) -> httpx.Response:
        import httpx

        base = self.endpoint or f"https://{self.bucket}.s3.{self.region}.amazonaws.com"
        host = urlsplit(base).netloc
        path = f"/{self.bucket}/{key}" if self.endpoint else f"/{key}"
        now = datetime.now(UTC)
        send = signed_headers(self.credentials, self.region, method, host, path, query, headers or {}, body, now)
        url = f"{base}{quote(path, safe='/-_.~')}" + (f"?{query_text(query)}" if query else "")
        try:
            return _client().request(method, url, headers=send, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CannotRun(f"{self.name} cannot be reached: {type(error).__name__}") from error


@cache
def _client() -> httpx.Client:
    import httpx

    return httpx.Client(timeout=30)


def _said(answer: httpx.Response) -> str:
    code = re.search(r"<Code>([^<]+)</Code>", answer.text)
    return f"{answer.status_code} {code[1] if code else ''}".strip()
