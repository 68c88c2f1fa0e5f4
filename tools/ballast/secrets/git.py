"""What Git holds: the index, every commit that a branch, tag or stash reaches, and files it was told to ignore."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ballast.repo import CannotRun, git


@dataclass(frozen=True, slots=True)
class Blob:
    """Something that Git stores: its name, and one path that it had (for a commit or tag: none)."""

    hash: str
    path: str


def staged(root: Path) -> list[Blob]:
    """What the next commit would add or change."""
    raw = git(root, "diff", "--cached", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=ACMT", "-z").split(b"\0")
    out = []
    for head, path in zip(raw[::2], raw[1::2], strict=False):
        fields = head.split()
        if fields[1] != b"160000":  # a submodule
            out.append(Blob(fields[3].decode(), path.decode("utf-8", "surrogateescape")))
    return out


def history(root: Path) -> Iterator[Blob]:
    """Every object that any ref reaches, trees included. Raises CannotRun for a shallow clone: it does not know its past."""
    if git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise CannotRun("this clone is shallow, so its history cannot be scanned: run `git fetch --unshallow`, or --no-history")
    for line in git(root, "rev-list", "--objects", "--all").splitlines():
        name, _, path = line.partition(b" ")
        yield Blob(name.decode(), path.decode("utf-8", "surrogateescape"))
    for line in git(root, "for-each-ref", "--format=%(objecttype) %(objectname)", "refs/tags").splitlines():
        kind, _, name = line.partition(b" ")
        if kind == b"tag":
            yield Blob(name.decode(), "")


def contents(root: Path, names: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
    """Name, type and content of each object that is there; trees come without theirs."""
    wanted = list(names)
    if not wanted:
        return
    kinds = _batch_check(root, wanted)
    for name, kind in kinds.items():
        if kind == "tree":
            yield name, kind, b""
    with subprocess.Popen(
        ["git", "-C", str(root), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for name, kind in kinds.items():
            if kind == "tree":
                continue
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            head = process.stdout.readline().split()
            if len(head) != 3:
                raise CannotRun(f"git lost {name} while it was read: run `git fsck`")
            data = process.stdout.read(int(head[2]))
            process.stdout.read(1)
            yield name, kind, data


def _batch_check(root: Path, names: list[str]) -> dict[str, str]:
    done = subprocess.run(
        ["git", "-C", str(root), "cat-file", "--batch-check"],
        input="\n".join(names),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotRun(f"git cat-file failed: {done.stderr.strip()}")
    kinds = {}
    for line in done.stdout.splitlines():
        fields = line.split()
        if len(fields) != 3:
            raise CannotRun(f"git has no object {fields[0]}: run `git fsck`")
        kinds[fields[0]] = fields[1]
    return kinds


def first_commit(root: Path, blob: str) -> str:
    """The commit that brought a blob, in short; "" when none can be told."""
    lines = git(root, "log", "--all", "--format=%h", "--reverse", "-m", f"--find-object={blob}").split()
    return lines[0].decode() if lines else ""


def ignored(root: Path, patterns: Sequence[str]) -> list[str]:
    """Ignored files that match: what Terraform leaves beside its roots, what was built."""
    raw = git(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", *patterns)
    return [name.decode("utf-8", "surrogateescape") for name in raw.split(b"\0") if name]
