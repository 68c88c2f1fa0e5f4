"""Witnesses: who keeps heads of the log where those who hold the log cannot change them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ballast.audit.head import Signed
from ballast.audit.verify import Seen
from ballast.repo import CannotRun

GIT, REMOTE = "BALLAST_AUDIT_GIT", "BALLAST_AUDIT_GIT_REMOTE"


class Witness(Protocol):
    """`heads` returns what it holds of a log, and notes on what is there and is no head. Both raise CannotRun."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    def put(self, signed: Signed) -> str:
        """Keep a head; says where. The same head twice changes nothing."""
        ...

    def heads(self, log: str) -> tuple[list[Seen], list[str]]:
        """All that it holds of this log."""
        ...


def key_of(signed: Signed) -> str:
    """What a head is called among those of its log; they sort by length."""
    return f"{signed.head.size:012}-{signed.head.root[:16]}"


def seen(document: bytes, log: str, where: str, *, outside: bool = True) -> Seen | str:
    """A witness's document, or a note that it is none about this log."""
    try:
        signed = Signed.read(json.loads(document))
    except ValueError:
        return f"{where} is no head of an audit log"
    if signed.head.log != log:
        return f"{where} is about another log ({signed.head.log})"
    return Seen(signed, where, outside)


def sorted_out(found: list[Seen | str]) -> tuple[list[Seen], list[str]]:
    """Heads and notes."""
    return [one for one in found if isinstance(one, Seen)], [one for one in found if isinstance(one, str)]


@dataclass(frozen=True, slots=True)
class GitTags:
    """Annotated tags `audit/<log>/<head>` on a blob that holds the head.

    `remote` is where they are pushed and read: a server that lets nobody move or delete them (.github/rulesets). Without one
    they are this machine's, and prove nothing against whoever holds it.
    """

    repository: Path
    remote: str = ""

    @property
    def name(self) -> str:
        """For people."""
        return f"git tags of {self.remote or 'this repository'}"

    def put(self, signed: Signed) -> str:
        """Make the tag, and push it."""
        document = json.dumps(signed.document(), sort_keys=True).encode() + b"\n"
        blob = self._git("hash-object", "-w", "--stdin", text=document).decode().strip()
        tag = f"audit/{signed.head.log}/{key_of(signed)}"
        if not self._git("for-each-ref", f"refs/tags/{tag}").strip():
            who = ("-c", "user.name=ballast audit", "-c", "user.email=audit@localhost", "-c", "tag.gpgSign=false")
            words = f"{signed.head.size} entries of the audit log {signed.head.log}\n\n{signed.head.root}\n"
            self._git(*who, "tag", "-a", "-F", "-", tag, blob, text=words.encode())
        if self.remote:
            self._git("push", "--quiet", self.remote, f"refs/tags/{tag}")
        return f"tag {tag}"

    def heads(self, log: str) -> tuple[list[Seen], list[str]]:
        """Those of the remote, fetched into a repository that is thrown away; this repository's without a remote."""
        if not self.remote:
            return self._read(self.repository, log)
        url = self.remote
        if re.fullmatch(r"[\w.-]+", url):
            url = self._git("remote", "get-url", url).decode().strip()
        with tempfile.TemporaryDirectory(prefix="ballast-audit-") as folder:
            place = GitTags(Path(folder))
            place._git("init", "--quiet", "--bare")
            if "://" not in url and not re.match(r"[^/]+:", url):
                url = str((self.repository / url).resolve())
            spec = f"+refs/tags/audit/{log}/*:refs/tags/audit/{log}/*"
            place._git("fetch", "--quiet", "--no-tags", url, spec)
            return self._read(Path(folder), log)

    def _read(self, repository: Path, log: str) -> tuple[list[Seen], list[str]]:
        place = GitTags(repository)
        refs = place._git("for-each-ref", "--format=%(refname)", f"refs/tags/audit/{log}").decode().split()
        found: list[Seen | str] = []
        for ref in refs:
            where = f"tag {ref.removeprefix('refs/tags/')} of {self.remote or 'this repository'}"
            try:
                document = place._git("cat-file", "blob", f"{ref}^{{blob}}")
            except CannotRun:
                document = b""
            found.append(seen(document, log, where, outside=bool(self.remote)))
        return sorted_out(found)

    def _git(self, *words: str, text: bytes = b"") -> bytes:
        environment = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
        try:
            done = subprocess.run(
                ["git", "-C", self.repository, *words], input=text, capture_output=True, timeout=120, env=environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotRun(f"git cannot be asked: {error}") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            verb = next((word for word in words if word in ("push", "fetch", "tag", "remote", "init")), words[0])
            raise CannotRun(f"git {verb} failed: {said[-1] if said else done.returncode}")
        return done.stdout


def witnesses(root: Path) -> list[Witness]:
    """Those that the environment names: `BALLAST_AUDIT_GIT_REMOTE` (in the repository `BALLAST_AUDIT_GIT`, or this one), and
    the bucket of `BALLAST_AUDIT_BUCKET`.
    """
    from ballast.audit.bucket import Bucket

    found: list[Witness] = []
    if (remote := os.environ.get(REMOTE)) or os.environ.get(GIT):
        found.append(GitTags(Path(os.environ.get(GIT) or root), remote or ""))
    if bucket := Bucket.from_environment():
        found.append(bucket)
    return found
