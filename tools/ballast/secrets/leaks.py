"""Look for secrets where they may have been left: files, the index, the history, plans and state, archives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ballast.findings import File, Finding
from ballast.repo import CannotRun, Position, Severity
from ballast.secrets.allowed import FILE, Exceptions, read_allowed, too_long
from ballast.secrets.archives import MOST_BYTES, TooLarge, members
from ballast.secrets.git import Blob, contents, first_commit, history, ignored, staged
from ballast.secrets.scan import WHAT, Hit
from ballast.secrets.seen import Seen, git_hash

LEFT_BEHIND = ("*.tfstate", "*.tfstate.*", "*.tfplan", "*.plan.json", "build/**", ":!build/bench/**", ":!.ballast/**")
"""Ignored files that are looked at all the same (Git's pathspecs)."""
MEND = (
    "revoke it where it was issued, then take it out (a secret is read from Vault); if it is none, add its fingerprint to "
    f"{FILE} with a reason, an owner and a last day"
)


@dataclass(slots=True)
class Search:
    """One search of a repository. `today` None: exceptions hold whatever their last day (`ballast validate`).

    `findings` grows with each of the methods; `looked` counts files and objects.
    """

    root: Path
    exceptions: Exceptions
    today: date | None
    findings: list[Finding] = field(default_factory=list)
    looked: int = 0
    _told: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, root: Path, today: date | None) -> Search:
        """With the exceptions that the repository's own file has."""
        path = root / FILE
        try:
            text = path.read_text() if path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise CannotRun(f"{FILE} cannot be read: {error}") from None
        return cls(root, read_allowed(text), today)

    def files(self, files: Iterable[File]) -> None:
        """Files of the working tree."""
        todo = [(file, git_hash(file.data)) for file in files if not (file.root / file.path).is_symlink()]
        with Seen(self.root) as seen:
            known = seen.known(name for _, name in todo)
            for file, name in todo:
                for hit in known[name] if name in known else seen.look(name, file.data):
                    self._tell(file.path, hit)
        self.looked += len(todo)

    def index(self) -> None:
        """What the next commit would bring."""
        for blob, hits in self._objects(staged(self.root)):
            for hit in hits:
                self._tell(blob.path, hit)

    def past(self) -> None:
        """Every commit that a branch, tag or stash reaches; a secret that was told already is not told again."""
        for blob, hits in self._objects(history(self.root)):
            for hit in hits:
                if hit.fingerprint in self._told or self._allowed(blob.path, hit):
                    continue
                commit = first_commit(self.root, blob.hash) if blob.path else ""
                self._tell(f"{commit or blob.hash[:10]}:{blob.path or 'message'}", hit)

    def left_behind(self) -> None:
        """State, plans and rendered files that Git ignores."""
        self.paths(Path(name) for name in ignored(self.root, LEFT_BEHIND))

    def paths(self, paths: Iterable[Path]) -> None:
        """Files and folders of any kind: archives (an image's too) are opened. Raises CannotRun for a path that is none."""
        with Seen(self.root) as seen:
            for path in paths:
                whole = self.root / path
                if not whole.exists():
                    raise CannotRun(f"{path} does not exist")
                for each in sorted(p for p in whole.rglob("*") if p.is_file()) if whole.is_dir() else [whole]:
                    self._file(seen, each, str(path / each.relative_to(whole)) if whole.is_dir() else str(path))

    def data(self, name: str, data: bytes) -> None:
        """Something that is no file, and what is in it."""
        with Seen(self.root) as seen:
            self._members(seen, name, data)

    def _members(self, seen: Seen, name: str, data: bytes) -> None:
        for inner, content in members(name, data):
            self.looked += 1
            if isinstance(content, TooLarge):
                self._unproven(inner)
                continue
            key = git_hash(content)
            known = seen.known([key])
            for hit in known[key] if key in known else seen.look(key, content):
                self._tell(inner, hit)

    def _file(self, seen: Seen, path: Path, name: str) -> None:
        try:
            if path.stat().st_size > 16 * MOST_BYTES:
                self._unproven(name)
            else:
                self._members(seen, name, path.read_bytes())
        except OSError as error:
            raise CannotRun(f"{name} cannot be read: {error.strerror}") from None

    def _objects(self, blobs: Iterable[Blob]) -> Iterator[tuple[Blob, list[Hit]]]:
        by_hash = {blob.hash: blob for blob in blobs}
        self.looked += len(by_hash)
        with Seen(self.root) as seen:
            known = seen.known(by_hash)
            for name, _, data in contents(self.root, (h for h in by_hash if h not in known)):
                known[name] = seen.look(name, data)
        for name, hits in known.items():
            if hits:
                yield by_hash[name], hits

    def _allowed(self, path: str, hit: Hit) -> bool:
        return self.exceptions.allow(path, hit.shape, hit.fingerprint, self.today)

    def _tell(self, path: str, hit: Hit) -> None:
        bare = path.partition(":")[2] or path
        if self._allowed(path, hit) or self._allowed(bare, hit):
            return
        self._told.add(hit.fingerprint)
        said = f"{WHAT[hit.shape]}: {hit.hint}; shape {hit.shape}, fingerprint {hit.fingerprint}"
        self.findings.append(Finding("", Position(path, hit.line, hit.column), said, MEND, width=hit.width, secret=True))

    def _unproven(self, name: str) -> None:
        self.findings.append(
            Finding("", Position(name), "too large to be looked at", "split it, or scan it elsewhere", unproven=True)
        )

    def exceptions_file(self, *, unused: bool = False) -> None:
        """What is wrong with the exceptions; `unused` (after a search of everything): those that nothing needs any more."""
        for where, why in self.exceptions.problems:
            self.findings.append(Finding("secrets/allowed", where, why, f"the head of {FILE} shows an entry"))
        if self.today is None:
            return
        for entry in self.exceptions.ended(self.today):
            said = f"this exception ended on {entry.expires}"
            mend = "take the secret out, or look at it again and set a new day"
            self.findings.append(Finding("secrets/allowed", entry.position, said, mend))
        for entry in too_long(self.exceptions.entries, self.today):
            said = f"this exception would not be looked at before {entry.expires}"
            self.findings.append(Finding("secrets/allowed", entry.position, said, "set a day within a year"))
        if unused:
            ended = {entry.position for entry in self.exceptions.ended(self.today)}
            for entry in self.exceptions.entries:
                if not entry.github and entry.position not in self.exceptions.used | ended:
                    said = "nothing needs this exception any more"
                    self.findings.append(
                        Finding("secrets/allowed", entry.position, said, "remove it", severity=Severity.WARNING)
                    )
