"""Keys of objects that no module reads: Terraform drops in silence what an object's declared type lacks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from lark import Token, Tree

from ballast.terraform import hcl
from ballast.terraform.hcl import Block

type Node = Tree[Token] | Token
_TOLD = re.compile(r'^[ \t]*(?:module|variable)[ \t]+"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key at a place that the declared type does not have; `near` is the key that was probably meant, or ""."""

    path: str
    line: int
    column: int
    key: str
    argument: str
    near: str


def unknown_keys(files: Mapping[str, str]) -> Iterator[UnknownKey]:
    """In calls of local modules, and in tfvars files beside a root's variables. `files`: text by path with `/`.

    Only objects that are written out are looked at: what comes from elsewhere is checked where it is written. Raises
    `hcl.Unreadable`.
    """
    folders: dict[str, list[Block]] = {}
    for path, text in files.items():
        if path.endswith(".tfvars") or (path.endswith(".tf") and _TOLD.search(text)):
            folders.setdefault(path.rpartition("/")[0], []).append(hcl.parse(text, path))
    for folder, bodies in folders.items():
        types = _types(bodies)
        for body in bodies:
            if body.path.endswith(".tfvars"):
                yield from _arguments(body, types)
            for call in body.each("module"):
                source = call.attributes["source"].literal if "source" in call.attributes else None
                if source and source.startswith("."):
                    yield from _arguments(call, _types(folders.get(_joined(folder, source), [])))


def _types(bodies: list[Block]) -> dict[str, Tree[Token]]:
    return {b.label: b.attributes["type"].tree for body in bodies for b in body.each("variable") if "type" in b.attributes}


def _arguments(block: Block, types: Mapping[str, Tree[Token]]) -> Iterator[UnknownKey]:
    for name, value in block.attributes.items():
        if name in types:
            yield from _compare(types[name], value.tree, block.path, name)


def _compare(declared: Node, value: Node, path: str, argument: str) -> Iterator[UnknownKey]:
    """Walk a type and a literal side by side."""
    kind, inner = _type(declared)
    value = _term(value)
    if isinstance(value, Token):
        return
    if value.data == "conditional":
        _, *sides = _parts(value)
        for side in sides:
            yield from _compare(declared, side, path, argument)
    elif kind == "optional" and inner:
        yield from _compare(inner[0], value, path, argument)
    elif kind == "object" and value.data == "object" and inner:
        known = dict(_elements(inner[0]))
        for element in _parts(value):
            key = _key(element)
            if key is None:
                continue
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                yield UnknownKey(path, element.meta.line, element.meta.column, key, argument, near[0] if near else "")
            else:
                yield from _compare(known[key], _parts(element)[-1], path, f"{argument}.{key}")
    elif kind == "map" and value.data == "object" and inner:
        for element in _parts(value):
            yield from _compare(inner[0], _parts(element)[-1], path, f"{argument}.{_key(element) or '*'}")
    elif kind == "map" and value.data == "for_object_expr" and inner:
        yield from _compare(inner[0], [p for p in _parts(value) if p.data != "for_cond"][-1], path, f"{argument}.*")
    elif kind in ("list", "set") and value.data == "tuple" and inner:
        for element in _parts(value):
            yield from _compare(inner[0], element, path, f"{argument}[]")


def _type(node: Node) -> tuple[str, list[Tree[Token]]]:
    """A type constructor and its arguments: `map`, `object`, `optional`; a plain type has none."""
    node = _term(node)
    if isinstance(node, Tree) and node.data == "function_call":
        name, *rest = _parts(node)
        return _word(name), _parts(rest[0]) if rest else []
    return "", []


def _elements(node: Node) -> Iterator[tuple[str, Node]]:
    node = _term(node)
    if isinstance(node, Tree):
        for element in _parts(node):
            if (key := _key(element)) is not None:
                yield key, _parts(element)[-1]


def _key(element: Tree[Token]) -> str | None:
    """A key that is written out: `name`, `"name"`; None for `(expression)` and for strings with interpolation."""
    if element.data != "object_elem":
        return None
    key = _term(_parts(element)[0])
    if isinstance(key, Tree) and key.data == "object_elem_key":
        key = _term(key.children[0])
    if not isinstance(key, Tree) or key.data not in ("identifier", "string", "keyword"):
        return None
    word = _word(key)
    return None if "${" in word else word.strip('"')


def _term(node: Node) -> Node:
    """What stands within parentheses-free nesting of terms."""
    while isinstance(node, Tree) and node.data == "expr_term" and len(node.children) == 1:
        node = node.children[0]
    return node


def _parts(node: Tree[Token]) -> list[Tree[Token]]:
    return [c for c in node.children if isinstance(c, Tree) and c.data != "new_line_or_comment"]


def _word(node: Tree[Token]) -> str:
    return "".join(str(token) for token in node.scan_values(lambda _: True))


def _joined(folder: str, source: str) -> str:
    parts: list[str] = []
    for part in (*PurePosixPath(folder).parts, *PurePosixPath(source).parts):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
