"""What is pinned: Python packages in a requirements lock, Go modules in a go.mod."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ballast.repo import CannotRun

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_REQUIRE = re.compile(r"^\s*(?:require\s+)?([\w.-]+\.[\w.-]+(?:/[\w.~!-]+)*)\s+(v\S+)\s*(?://.*)?$")
_REPLACE = re.compile(r"^\s*(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+(\S+)\s+(v\S+)\s*$")
GO_LOCKS = "tools/toolchain/*/go.mod"


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One thing at one version. `ecosystem` as OSV names it (PyPI, Go); `path` and `line` say where it is pinned."""

    ecosystem: str
    name: str
    version: str
    path: str = ""
    line: int = 1

    @property
    def purl(self) -> str:
        """Its package URL (https://github.com/package-url/purl-spec)."""
        kind = {"PyPI": "pypi", "Go": "golang"}[self.ecosystem]
        return f"pkg:{kind}/{self.name}@{self.version}"


def python_packages(root: Path, path: str) -> list[Package]:
    """The packages of a lock that `uv pip compile` or pip wrote. Raises CannotRun when there are none."""
    text = _text(root, path)
    found = [
        Package("PyPI", re.sub(r"[-_.]+", "-", match[1]).lower(), match[2], path, text.count("\n", 0, match.start()) + 1)
        for match in _PIN.finditer(text)
    ]
    if not found:
        raise CannotRun(f"{path} pins no package")
    return sorted(found)


def go_packages(root: Path, path: str) -> list[Package]:
    """The modules of a go.mod, direct and indirect, after its replacements; and Go's own library at the version it asks for."""
    found: dict[str, Package] = {}
    replaced: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(_text(root, path).splitlines(), 1):
        if match := _REPLACE.match(line):
            replaced[match[1]] = (match[2], match[3])
        elif match := _REQUIRE.match(line):
            found[match[1]] = Package("Go", match[1], match[2], path, number)
    out = []
    for name, package in found.items():
        other, version = replaced.get(name, (name, package.version))
        out.append(Package("Go", other, version, path, package.line))
    if not out:
        raise CannotRun(f"{path} requires no module")
    return sorted(out)


def _text(root: Path, path: str) -> str:
    try:
        return (root / path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRun(f"{path} cannot be read: {error}") from None
