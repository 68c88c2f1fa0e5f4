"""Generated files: what the generators make of the repository, against what is there; and writing it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ballast.findings.registry import Generator, generators
from ballast.findings.tree import Tree, matches
from ballast.repo import CannotRun

Kind = Literal["new", "changed", "stale"]


@dataclass(frozen=True, slots=True)
class Change:
    """A generated file that is not as it should be. A `stale` one is made by no generator any more (`text` is empty)."""

    path: str
    kind: Kind
    generator: str
    text: str = ""
    line: int = 1
    """The first line that differs."""


def owned() -> tuple[str, ...]:
    """Globs of all files that generators write."""
    return tuple(glob for generator in generators() for glob in generator.owns)


def compare(
    repository: Any, tree: Tree, which: Sequence[Generator] | None = None, progress: Callable[[str], None] | None = None
) -> list[Change]:
    """Run the generators and say what differs from the tree, by path. Raises CannotRun when two write the same file."""
    made: dict[str, tuple[str, str]] = {}
    which = generators() if which is None else which
    for generator in which:
        if progress:
            progress(generator.id)
        for path, text in generator.run(repository).items():
            if path in made:
                raise CannotRun(f"{path} is written by two generators, {made[path][0]} and {generator.id}: a defect of Ballast")
            made[path] = generator.id, text
    changes = []
    for path, (by, text) in made.items():
        if path not in tree:
            changes.append(Change(path, "new", by, text))
        elif tree[path].data != text.encode():
            changes.append(Change(path, "changed", by, text, _first_difference(tree[path].text, text)))
    for file in tree.match(*owned()):
        owner = _owner(file.path)
        if file.path not in made and owner in which:
            changes.append(Change(file.path, "stale", owner.id))
    return sorted(changes, key=lambda change: change.path)


def write(root: Path, changes: Sequence[Change]) -> None:
    """Write the new and changed files: all beside their places first, then each by rename. Stale files are left alone."""
    parts: list[tuple[Path, Path]] = []
    try:
        for change in changes:
            if change.kind == "stale":
                continue
            path = root / change.path
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            parts.append((part, path))
            part.write_text(change.text)
        for part, path in parts:
            part.replace(path)
    except OSError as error:
        raise CannotRun(f"generated files could not be written: {error.strerror}: {error.filename}") from None
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)


def stale_hint(change: Change) -> str:
    """What to do about a file that nothing makes any more. Nothing is deleted by Ballast."""
    name = Path(change.path).name
    return (
        f"`{change.generator}` no longer makes it: bring its source back, or keep it out of the way with "
        f"`mkdir -p archive && git mv {change.path} archive/{name}`"
    )


def _owner(path: str) -> Generator:
    """The generator to which a file belongs: the one with the longest glob, where a folder of one lies in another's."""
    return max(
        (g for g in generators() if matches(path, g.owns)), key=lambda g: max(len(o) for o in g.owns if matches(path, [o]))
    )


def _first_difference(old: str, new: str) -> int:
    pairs = zip(old.split("\n"), new.split("\n"), strict=False)
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), min(old.count("\n"), new.count("\n")) + 1)
