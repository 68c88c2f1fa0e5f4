"""Packages come into an image at whatever version there is, or leave what nobody needs.

A build of tomorrow is then another one. Lists and caches of package managers make an image larger and say nothing that is true
a day later; recommended packages are more to keep up to date.

Mend: for apt, `apt-get install --no-install-recommends name=version`, and `rm -rf /var/lib/apt/lists/*` in the same RUN; for
pip, `--require-hashes -r FILE` and `--no-cache-dir`; for npm, `npm ci`.

      FROM scratch
      USER 65534:65534
    - RUN pip install flask
    + RUN pip install --no-cache-dir --require-hashes -r requirements.lock
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.secrets.supply.dockerfile import Dockerfile, Instruction

_APT = re.compile(r"\bapt(?:-get)?\b(?:\s+-\S+)*\s+install\b(?P<rest>.*)", re.DOTALL)
_PIP = re.compile(r"\bpip3?\b(?:\s+-\S+)*\s+install\b(?P<rest>.*)", re.DOTALL)
_CACHED = ("cache", "tmpfs")


@check("images/packages", on=Dockerfile)
def packages(file: Dockerfile) -> Iterator[Finding]:
    """Every command of every RUN."""
    for instruction in file.instructions:
        if instruction.keyword == "RUN":
            for command in instruction.commands:
                for said, mend, severity in (*_apt(instruction, command), *_pip(instruction, command), *_others(command)):
                    yield file.finding(instruction, said, mend, severity)


Said = tuple[str, str, Severity]


def _apt(instruction: Instruction, command: str) -> Iterator[Said]:
    if re.match(r"apt(?:-get)?\b.*\b(?:dist-)?upgrade\b", command):
        yield "an upgrade makes of the pinned base another one", "take a newer base", Severity.ERROR
    match = _APT.search(command)
    if match is None:
        return
    names = [word for word in match["rest"].split() if not word.startswith(("-", "$"))]
    if loose := [name for name in names if "=" not in name and not name.startswith((".", "/"))]:
        yield (
            f"{', '.join(loose)} at whatever version there is",
            f"{loose[0]}=VERSION (apt-cache policy {loose[0]})",
            Severity.ERROR,
        )
    if "--no-install-recommends" not in command and "APT::Install-Recommends" not in instruction.script:
        yield "recommended packages come along", "apt-get install --no-install-recommends", Severity.WARNING
    mounts = [value for name, value in instruction.flags if name == "mount"]
    if "/var/lib/apt/lists" not in instruction.script and not any("/var/lib/apt" in mount for mount in mounts):
        yield "apt's lists stay in the layer", "rm -rf /var/lib/apt/lists/* in the same RUN", Severity.WARNING
    if not re.search(r"(?:^|\s)(?:-\w*y\w*|--yes|--assume-yes|-q=2)(?:\s|$)", command):
        yield "apt-get would ask, and nobody answers", "apt-get install --yes", Severity.ERROR


def _pip(instruction: Instruction, command: str) -> Iterator[Said]:
    match = _PIP.search(command)
    if match is None:
        return
    rest = match["rest"]
    local = all(word.startswith(("-", ".", "/", "$")) for word in rest.split())
    if "--require-hashes" not in rest and not (local and "-r" not in rest.split()):
        yield "pip takes what it is given, by name", "pip install --require-hashes -r requirements.lock", Severity.ERROR
    cached = "PIP_NO_CACHE_DIR" in instruction.script or any(name == "mount" for name, _ in instruction.flags)
    if "--no-cache-dir" not in rest and not cached:
        yield "pip's cache stays in the layer", "pip install --no-cache-dir", Severity.WARNING


def _others(command: str) -> Iterator[Said]:
    if re.match(r"npm\b.*\binstall\b(?!.*\bci\b)", command):
        yield "npm install takes newer versions than the lock's", "npm ci", Severity.ERROR
    if re.match(r"apk\b.*\badd\b", command) and "--no-cache" not in command:
        yield "apk's index stays in the layer", "apk add --no-cache", Severity.WARNING
    if re.match(r"(?:sudo|su)\b", command):
        yield "sudo is of no use in a build, and a way up in what runs", "USER, between the steps", Severity.ERROR
