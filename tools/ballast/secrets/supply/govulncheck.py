"""What govulncheck says of the toolchain's built binaries: which known vulnerabilities are in code that they can reach.

It is not part of the toolchain: `go install golang.org/x/vuln/cmd/govulncheck@v1.1.4` puts it on PATH where vuln.go.dev can be
asked. Its output is a stream of JSON messages (https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck): `osv` records, and a
`finding` for each, whose trace names a function where one is called and a module only where none is.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ballast.findings import Finding, execute
from ballast.repo import CannotRun, Position, Severity

BUILT = ".ballast/toolchain"
_FOLDER = re.compile(r"(?P<tool>.+)-[0-9a-f]{16}$")


def binaries(root: Path) -> list[Path]:
    """What the toolchain has built, the newest build of each program."""
    found: dict[str, Path] = {}
    for path in sorted((root / BUILT).glob("*/*"), key=lambda p: p.stat().st_mtime):
        if path.is_file() and _FOLDER.fullmatch(path.parent.name) and path.read_bytes()[:4] == b"\x7fELF":
            found[path.name] = path
    return sorted(found.values())


def reachable(root: Path) -> tuple[list[Finding], int]:
    """Findings, and how many binaries were looked at. Raises CannotRun without govulncheck, binaries, or its database."""
    program = shutil.which("govulncheck")
    if program is None:
        raise CannotRun("govulncheck is not installed: go install golang.org/x/vuln/cmd/govulncheck@v1.1.4")
    built = binaries(root)
    if not built:
        raise CannotRun("the toolchain has built nothing yet: scripts/toolchain.sh prometheus alertmanager")
    found = []
    for path in built:
        done = execute([program, "-mode=binary", "-format=json", path], root, ok=(0, 3))
        found += list(_findings(path.relative_to(root).as_posix(), _messages(done.stdout)))
    return found, len(built)


def _messages(text: str) -> Iterator[dict[str, Any]]:
    """Each JSON value of the stream. Raises CannotRun for something else, or for a stream without its head."""
    decoder, at, any_config = json.JSONDecoder(), 0, False
    while at < len(text.rstrip()):
        try:
            message, at = decoder.raw_decode(text, at)
        except ValueError:
            raise CannotRun("govulncheck wrote what is no stream of JSON") from None
        while at < len(text) and text[at].isspace():
            at += 1
        any_config = any_config or "config" in message
        yield message
    if not any_config:
        raise CannotRun("govulncheck said nothing: its database may be out of reach")


def _findings(path: str, messages: Iterator[dict[str, Any]]) -> Iterator[Finding]:
    records: dict[str, Mapping[str, Any]] = {}
    called: dict[str, tuple[bool, Mapping[str, Any]]] = {}
    for message in messages:
        if osv := message.get("osv"):
            records[osv["id"]] = osv
        elif finding := message.get("finding"):
            trace = finding.get("trace") or [{}]
            known = called.get(finding["osv"])
            if known is None or (trace[0].get("function") and not known[0]):
                called[finding["osv"]] = (bool(trace[0].get("function")), finding)
    for name, (is_called, finding) in sorted(called.items()):
        trace, record = (finding.get("trace") or [{}])[0], records.get(name, {})
        what = f"{trace.get('module', '?')} {trace.get('version', '')}: {name}: {record.get('summary') or 'no summary'}"
        how = f"it can reach {trace.get('package', '')}.{trace['function']}" if is_called else "it calls nothing of it"
        fixed = finding.get("fixed_version")
        mend = f"take {fixed} in tools/toolchain" if fixed else "there is no fixed version: accept it in images/exceptions.yaml"
        yield Finding("", Position(path), f"{what} ({how})", mend, Severity.ERROR if is_called else Severity.NOTE)
