"""Where a key of a release's values is written: the line of the module's file that has it, within the right parents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from lark import Token, Tree

from ballast.repo import Position
from ballast.terraform import hcl


def place_of(repo: Path, folder: Path, path: Sequence[str]) -> Position | None:
    """The position of the last key of `path` in the module at `folder`; None where no object there has such a key."""
    best: tuple[int, Position] | None = None
    for chain, file, line, column in _keys(folder):
        if chain[-1] != path[-1]:
            continue
        score = _shared(chain[:-1], path[:-1])
        if best is None or score > best[0]:
            name = file.relative_to(repo).as_posix() if file.is_relative_to(repo) else file.as_posix()
            best = score, Position(name, line, column)
    return best[1] if best else None


def _shared(chain: Sequence[str], path: Sequence[str]) -> int:
    """How many parents of the path the chain names, nearest first; a parent may be missing (merge, for, a local)."""
    score, left = 0, list(path)
    for name in reversed(chain):
        if name in left:
            del left[len(left) - 1 - left[::-1].index(name) :]
            score += 2
        else:
            score -= 1
    return score


@lru_cache(maxsize=256)
def _keys(folder: Path) -> tuple[tuple[tuple[str, ...], Path, int, int], ...]:
    found: list[tuple[tuple[str, ...], Path, int, int]] = []
    for path in sorted(folder.glob("*.tf")):
        block = hcl.parse(path.read_text(errors="replace"), path.name)
        for local in block.each("locals"):
            for name, value in local.attributes.items():
                found += [((name, *chain), path, line, column) for chain, line, column in _walk(value.tree, ())]
        for inner in block.blocks:
            if inner.kind in ("resource", "module"):
                for name, value in inner.attributes.items():
                    found += [((name, *chain), path, line, column) for chain, line, column in _walk(value.tree, ())]
    return tuple(found)


def _walk(node: Tree[Token] | Token, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    if isinstance(node, Token):
        return
    if node.data == "object_elem":
        key = node.children[0]
        name = "".join(str(t) for t in key.scan_values(lambda _: True)) if isinstance(key, Tree) else str(key)
        chain = (*above, name.strip().strip('"'))
        yield chain, node.meta.line, node.meta.column
        for child in node.children[1:]:
            yield from _walk(child, chain)
        return
    for child in node.children:
        yield from _walk(child, above)
