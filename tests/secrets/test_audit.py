"""Known vulnerabilities: a receiver answers as OSV's API is documented; where it cannot be asked, nothing is fine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ballast.findings import Severity
from ballast.repo import CannotRun
from ballast.secrets import audit_dependencies, reachable
from ballast.secrets.supply.cvss import rating, score
from ballast.secrets.supply.lock import go_packages, python_packages

TODAY = date(2026, 11, 24)
RECORDS: dict[str, dict[str, Any]] = {
    "GHSA-aaaa-bbbb-cccc": {
        "summary": "Reads files",
        "aliases": ["CVE-2026-1", "PYSEC-2026-1"],
        "database_specific": {"severity": "HIGH"},
        "affected": [
            {
                "package": {"name": "Flask", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "3.0.1"}]}],
            }
        ],
    },
    "PYSEC-2026-1": {"details": "Reads files\nand so on", "aliases": ["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"]},
    "GO-2026-7": {
        "summary": "Loops",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L"}],
    },
    "GHSA-none-none-none": {"summary": "Nobody says how grave"},
    "GHSA-gone-gone-gone": {"summary": "It was none", "withdrawn": "2026-01-01T00:00:00Z"},
}
ANSWERS = {
    ("PyPI", "flask", "3.0.0"): ["GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1", "GHSA-gone-gone-gone"],
    ("PyPI", "jinja2", "3.1.6"): ["GHSA-none-none-none"],
    ("Go", "example.com/fork", "1.2.3"): ["GO-2026-7"],
}


class Handler(BaseHTTPRequestHandler):
    broken = ""

    def do_POST(self) -> None:
        assert self.path == "/v1/querybatch"
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        results = []
        for query in queries:
            found = ANSWERS.get((query["package"]["ecosystem"], query["package"]["name"], query["version"]), [])
            page = int(query.get("page_token", "0"))
            result: dict[str, Any] = {
                "vulns": [{"id": name, "modified": "2026-01-01T00:00:00Z"} for name in found[page : page + 1]]
            }
            if page + 1 < len(found):
                result["next_page_token"] = str(page + 1)
            results.append(result if found else {})
        self.answer({"results": results[1:] if self.broken == "short" else results})

    def do_GET(self) -> None:
        name = self.path.removeprefix("/v1/vulns/")
        self.answer({"id": name, **RECORDS[name]})

    def answer(self, body: Any) -> None:
        self.send_response(503 if self.broken == "down" else 200)
        self.end_headers()
        self.wfile.write(b"<html>" if self.broken == "html" else json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[str]:
    Handler.broken = ""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "requirements.lock").write_text(
        "clean==1.0 \\\n    --hash=sha256:00\nFlask==3.0.0\njinja2==3.1.6 ; python_version > '3'\n"
    )
    (tmp_path / "tools/toolchain/x").mkdir(parents=True)
    (tmp_path / "tools/toolchain/x/go.mod").write_text(
        "module m\n\ngo 1.25\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v0.0.0-2024 // indirect\n)\n\n"
        "replace example.com/a => example.com/fork v1.2.3\n"
    )
    (tmp_path / "images").mkdir()
    return tmp_path


def test_grave_ones_are_errors_at_the_line_that_pins(repo: Path, osv: str) -> None:
    done = audit_dependencies(repo, TODAY, osv)
    said = {str(finding.position): (finding.severity, finding.message, finding.mend) for finding in done.findings}
    assert done.packages == 5
    assert set(said) == {"requirements.lock:3:1", "requirements.lock:4:1", "tools/toolchain/x/go.mod:6:1"}
    flask = said["requirements.lock:3:1"]
    assert flask[0] is Severity.ERROR
    assert "flask 3.0.0: GHSA-aaaa-bbbb-cccc, CVE-2026-1 (HIGH): Reads files" in flask[1]
    assert flask[2].startswith("take 3.0.1;")
    assert "severity unknown, so HIGH" in said["requirements.lock:4:1"][1]
    assert said["tools/toolchain/x/go.mod:6:1"][0] is Severity.NOTE, "a low one stops nobody"


def test_exceptions_by_any_of_its_names_until_their_day(repo: Path, osv: str) -> None:
    def write(expires: str, more: str = "") -> list[str]:
        entry = f"- {{advisory: CVE-2026-1, package: flask, reason: not used, owner: platform, expires: {expires}}}\n"
        (repo / "images/exceptions.yaml").write_text(entry + more)
        return [f"{finding.position.path}: {finding.message}" for finding in audit_dependencies(repo, TODAY, osv).findings]

    assert not any("flask" in text for text in write("2026-11-24"))
    ended = write("2026-11-23")
    assert any("flask" in text for text in ended)
    assert any("ended on 2026-11-23" in text for text in ended)
    assert any(
        "nothing needs the exception for GHSA-x" in text
        for text in write("2026-12-01", "- {advisory: GHSA-x, reason: r, owner: o, expires: 2026-12-01}\n")
    )
    assert any(
        "it has no reason" in text for text in write("2026-12-01", "- {advisory: GHSA-x, owner: o, expires: 2026-12-01}\n")
    )


@pytest.mark.parametrize("broken", ["down", "html", "short"])
def test_an_answer_that_is_none_is_unproven(repo: Path, osv: str, broken: str) -> None:
    Handler.broken = broken
    (finding,) = audit_dependencies(repo, TODAY, osv).findings
    assert finding.unproven


def test_out_of_reach_is_unproven(repo: Path) -> None:
    (finding,) = audit_dependencies(repo, TODAY, "http://127.0.0.1:9").findings
    assert (finding.unproven, "cannot be asked" in finding.message) == (True, True)
    (repo / "requirements.lock").write_text("# nothing\n")
    with pytest.raises(CannotRun, match="pins no package"):
        audit_dependencies(repo, TODAY, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("vector", "expected"),
    [  # the examples of FIRST's document for CVSS 3.1
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", None),
        ("CVSS:3.1/AV:N", None),
    ],
)
def test_scores(vector: str, expected: float | None) -> None:
    assert score(vector) == expected


STREAM = """{"config": {"protocol_version": "v1.0.0", "scanner_name": "govulncheck"}}
{"osv": {"id": "GO-2026-1", "summary": "Loops"}}
{"osv": {"id": "GO-2026-2", "summary": "Leaks"}}
{"finding": {"osv": "GO-2026-1", "fixed_version": "v1.2.4", "trace": [{"module": "example.com/a", "version": "v1.2.3"}]}}
{"finding": {"osv": "GO-2026-1", "fixed_version": "v1.2.4", "trace": [{"module": "example.com/a", "version": "v1.2.3",
  "package": "example.com/a/b", "function": "Parse"}]}}
{"finding": {"osv": "GO-2026-2", "trace": [{"module": "stdlib", "version": "v1.25.0"}]}}
"""


def test_what_a_binary_can_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """govulncheck by a program that writes what it documents: only what is called is an error."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(CannotRun, match="not installed"):
        reachable(tmp_path)
    program = tmp_path / "govulncheck"
    program.write_text(f"#!/bin/sh\n[ -f '{tmp_path}/stream' ] && exec cat '{tmp_path}/stream'\n")
    program.chmod(0o755)
    with pytest.raises(CannotRun, match="built nothing"):
        reachable(tmp_path)
    for build in ("tool-0123456789abcdef", "tool-fedcba9876543210"):
        (tmp_path / ".ballast/toolchain" / build).mkdir(parents=True)
        (tmp_path / ".ballast/toolchain" / build / "tool").write_bytes(b"\x7fELF")
    with pytest.raises(CannotRun, match="govulncheck"):
        reachable(tmp_path)
    (tmp_path / "stream").write_text("{}")
    with pytest.raises(CannotRun, match="out of reach"):
        reachable(tmp_path)
    (tmp_path / "stream").write_text("Fetching…")
    with pytest.raises(CannotRun, match="no stream"):
        reachable(tmp_path)
    (tmp_path / "stream").write_text(STREAM)
    found, looked = reachable(tmp_path)
    assert looked == 1, "the newest build of a program"
    assert [(finding.severity, finding.message) for finding in found] == [
        (Severity.ERROR, "example.com/a v1.2.3: GO-2026-1: Loops (it can reach example.com/a/b.Parse)"),
        (Severity.NOTE, "stdlib v1.25.0: GO-2026-2: Leaks (it calls nothing of it)"),
    ]


def test_what_nobody_states_is_unknown() -> None:
    assert rating({"severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}]}) == ""
    assert rating({"database_specific": {"severity": "moderate"}}) == "MODERATE"
    assert rating({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}) == "CRITICAL"


def test_the_locks_of_this_repository_are_read(root: Path) -> None:
    names = {package.name for package in python_packages(root, "requirements.lock")}
    assert {"httpx", "pytest", "psycopg-binary"} <= names
    modules = {package.name: package.version for package in go_packages(root, "tools/toolchain/thanos/go.mod")}
    assert modules["github.com/themihai/gomemcache"].startswith("v0.0.0-"), "replaced ones count as what they are"
    assert "github.com/bradfitz/gomemcache" not in modules
