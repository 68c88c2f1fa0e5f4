"""The files of a repository as checks see them: listed once, read once, found by glob."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path

from ballast.findings.model import Finding
from ballast.repo import CannotRun, Position, Severity

# Looked into only outside Git, where nothing says what is ignored.
IGNORED = {".git", ".ballast", "build", "node_modules", "__pycache__", ".terraform", ".venv"}


class File:
    """One file: `path` is relative to the root, with `/` between its parts."""

    def __init__(self, root: Path, path: str, data: bytes | None = None) -> None:
        self.root = root
        self.path = path
        if data is not None:  # known already, or not to be had from the disk
            self.__dict__["data"] = data

    def __repr__(self) -> str:
        return f"File({self.path!r})"

    @cached_property
    def data(self) -> bytes:
        """What it holds. Raises CannotRun where it cannot be read (or has gone since the files were listed)."""
        try:
            return (self.root / self.path).read_bytes()
        except OSError as error:
            raise CannotRun(f"{self.path} cannot be read: {error.strerror}") from None

    @cached_property
    def text(self) -> str:
        """What it holds, as UTF-8; a byte that is none shows as U+FFFD."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def lines(self) -> list[str]:
        """Its lines without their ends; line 1 is `lines[0]`."""
        return self.text.split("\n")

    @cached_property
    def digest(self) -> str:
        """A hash of its content (BLAKE2b, 128 bits)."""
        return hashlib.blake2b(self.data, digest_size=16).hexdigest()

    def finding(
        self,
        message: str,
        *,
        line: int = 1,
        column: int = 1,
        width: int = 0,
        mend: str = "",
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        """A finding in this file, for a check to yield; line and column from 1."""
        return Finding("", Position(self.path, line, column), message, mend, severity, width)


class Files(tuple[File, ...]):
    """Several files for a tool that takes many at once (`on=Files`)."""

    __slots__ = ()

    @property
    def paths(self) -> list[str]:
        """Their paths, for a command line run in the root."""
        return [file.path for file in self]


class Tree:
    """A repository's files: tracked ones, and new ones that Git does not ignore. Outside Git: all but the usual caches."""

    def __init__(self, root: Path, files: Iterable[File]) -> None:
        self.root = root
        self._files = {file.path: file for file in files}

    @classmethod
    def read(cls, root: Path) -> Tree:
        """List the files under `root`; contents are read when asked for."""
        root = root.resolve()
        return cls(root, (File(root, path) for path in _listing(root)))

    def __iter__(self) -> Iterator[File]:
        return iter(self._files.values())

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def __getitem__(self, path: str) -> File:
        return self._files[path]

    def match(self, *globs: str) -> list[File]:
        """Files whose path matches one of the globs, by path. `*` and `?` stay within a folder, `**/` crosses any number."""
        patterns = [_pattern(glob) for glob in globs]
        return [file for path, file in self._files.items() if any(p.fullmatch(path) for p in patterns)]

    def only(self, *globs: str) -> Tree:
        """The same files, seen through the globs: a check cannot read what it did not declare."""
        return Tree(self.root, self.match(*globs))


class Chosen(Tree):
    """Files that somebody chose, wherever they lie: whatever the globs, all of them match."""

    def match(self, *globs: str) -> list[File]:
        """All of them."""
        return list(self)


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a path matches one of the globs (as in `Tree.match`)."""
    return any(_pattern(glob).fullmatch(path) for glob in globs)


def _listing(root: Path) -> list[str]:
    """Paths of all files, sorted."""
    git = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(git, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        names = [p.relative_to(root).as_posix() for p in _walk(root)]
    else:
        names = [name for name in done.stdout.decode("utf-8", "surrogateescape").split("\0") if name]
    return sorted({name for name in names if (root / name).is_file()})


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name not in IGNORED:
                yield from _walk(path)
        else:
            yield path


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """`**/` any folders or none, a final `**` everything below, `*` and `?` within a name, `{a,b}` either."""
    out, depth, i = "", 0, 0
    while i < len(glob):
        if glob.startswith("**/", i):
            out, i = out + "(?:[^/]+/)*", i + 3
            continue
        if glob.startswith("**", i):
            out, i = out + ".*", i + 2
            continue
        char = glob[i]
        if char == "{":
            out, depth = out + "(?:", depth + 1
        elif char == "}" and depth:
            out, depth = out + ")", depth - 1
        elif char == "," and depth:
            out += "|"
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char))
        i += 1
    return re.compile(out)
