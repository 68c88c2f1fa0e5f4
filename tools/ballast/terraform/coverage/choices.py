"""Finds where a module decides, and writes each decision as an expression that Terraform can answer beside the module.

A conditional may stand in a loop, in a resource with for_each, in a dynamic block, or in one side of another conditional: the
expression repeats those around it. An output of it in a copy of the module then says, run by run, which side was taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lark import Token, Tree

from ballast.repo import Position
from ballast.terraform.hcl import Block, Expression

if TYPE_CHECKING:
    from ballast.terraform.coverage.items import Module

SKIPPED = {"lifecycle", "provisioner", "connection", "validation"}
"""Blocks whose conditions are covered by making them fail, or that speak of `self`."""
DECIDING = ("locals", "resource", "data", "module", "output", "provider")


@dataclass(frozen=True, slots=True)
class Choice:
    """A place where the module decides.

    `value` is an expression that yields the decisions taken as a list of bools: one for each element where it stands in a
    loop, none where nothing was decided. `sides` are those that some input could reach. `empties` names the variable that
    would have to be empty for the side `false`, if it is one: a run in which that is refused covers the side.
    """

    name: str
    value: str
    position: Position
    sides: tuple[bool, ...]
    empties: str = ""

    def side(self, taken: bool) -> str:
        """The key of one side."""
        return f"{self.name}: {str(taken).lower()}"


@dataclass(frozen=True, slots=True)
class Loop:
    """`for … in … :`, with an `if` where only some elements come through."""

    intro: str
    only: str = ""

    def around(self, inner: str) -> str:
        """A list with the inner list's elements for each turn."""
        return f"flatten([\n{self.intro}\n{inner}{f' if ({self.only})' if self.only else ''}\n])"


@dataclass(frozen=True, slots=True)
class Guard:
    """One side of another conditional: nothing is decided unless that side is taken."""

    condition: str
    side: bool

    def around(self, inner: str) -> str:
        """The inner list, or none of it."""
        test = f"({self.condition})" if self.side else f"!({self.condition})"
        return f"[for ballast_side in try({inner}, []) : ballast_side if {test}]"


type Frame = Loop | Guard


def find(module: Module) -> Iterator[Choice]:
    """Every decision of the module, in the order of its files."""
    for block in module.blocks:
        if block.kind in DECIDING:
            yield from _block(module, block, _name(block), ())


def _block(module: Module, block: Block, name: str, frames: tuple[Frame, ...]) -> Iterator[Choice]:
    for key in ("for_each", "count"):
        if (many := block.attributes.get(key)) is None:
            continue
        measured = f"length({_lines(many.text)})" if key == "for_each" else f"tonumber({_lines(many.text)})"
        full, empties = _emptiness(module, many.tree)
        sides = () if module.constant(many) else (True,) if full else (True, False)
        yield _choice(f"{name} has {key} > 0, line {many.line}", f"[{measured} > 0]", frames, many, sides, empties)
        yield from _conditionals(module, many, name, frames)
        frames = (*frames, _each(block, key, many))
    for key, value in block.attributes.items():
        if key not in ("for_each", "count", "iterator"):
            yield from _conditionals(module, value, f"local.{key}" if block.kind == "locals" else name, frames)
    for inner in block.blocks:
        if inner.kind not in SKIPPED:
            yield from _block(module, inner, name, frames)


def _each(block: Block, key: str, many: Expression) -> Loop:
    """The turns of a block that is repeated: `each`, `count`, or a dynamic block's iterator under its own name."""
    if key == "count":
        return Loop(f"for count in [for ballast_i in range({_lines(many.text)}) : {{ index = ballast_i }}] :")
    name = "each"
    if block.kind == "dynamic":
        name = block.attributes["iterator"].text if "iterator" in block.attributes else block.label
    return Loop(f"for {name} in [for ballast_k, ballast_v in {_lines(many.text)} : {{ key = ballast_k, value = ballast_v }}] :")


def _conditionals(module: Module, value: Expression, name: str, frames: tuple[Frame, ...]) -> Iterator[Choice]:
    yield from _walk(module, value.tree, value, name, frames)


def _walk(
    module: Module, node: Tree[Token] | Token, value: Expression, name: str, frames: tuple[Frame, ...]
) -> Iterator[Choice]:
    if isinstance(node, Token):
        return
    if node.data in ("for_tuple_expr", "for_object_expr"):
        yield from _loop(module, node, value, name, frames)
    elif node.data == "conditional":
        test, then, otherwise = (c for c in node.children if isinstance(c, Tree) and c.data != "new_line_or_comment")
        yield _conditional(module, test, value, name, frames)
        yield from _walk(module, test, value, name, frames)
        yield from _walk(module, then, value, name, (*frames, Guard(_source(value, test), True)))
        yield from _walk(module, otherwise, value, name, (*frames, Guard(_source(value, test), False)))
    elif node.data == "template_if_start":
        test = next(c for c in node.children if isinstance(c, Tree))
        yield _conditional(module, test, value, name, frames)
    else:
        for child in node.children:
            yield from _walk(module, child, value, name, frames)


def _loop(module: Module, node: Tree[Token], value: Expression, name: str, frames: tuple[Frame, ...]) -> Iterator[Choice]:
    parts = [c for c in node.children if isinstance(c, Tree)]
    intro = next(c for c in parts if c.data == "for_intro")
    only = next((c for c in parts if c.data == "for_cond"), None)
    yield from _walk(module, intro, value, name, frames)
    head = Loop(_source(value, intro))
    if only is not None:
        yield from _walk(module, only, value, name, (*frames, head))
        head = Loop(head.intro, _source(value, only).strip().removeprefix("if"))
    for part in parts:
        if part is not intro and part is not only:
            yield from _walk(module, part, value, name, (*frames, head))


def _conditional(module: Module, test: Tree[Token], value: Expression, name: str, frames: tuple[Frame, ...]) -> Choice:
    text = _source(value, test)
    place = Expression(text, value.path, test.meta.line, test.meta.column, test)
    inner = f"[tobool({_lines(text)})]"
    sides = () if module.constant(place) else (True, False)
    return _choice(f"{name}: {' '.join(text.split())}, line {place.line}", inner, frames, place, sides)


def _choice(
    name: str, inner: str, frames: tuple[Frame, ...], place: Expression, sides: tuple[bool, ...], empties: str = ""
) -> Choice:
    for frame in reversed(frames):
        inner = frame.around(inner)
    return Choice(name, f"try({inner}, [])", Position(place.path, place.line, place.column), sides, empties)


def _emptiness(module: Module, node: Tree[Token] | Token, depth: int = 0) -> tuple[bool, str]:
    """Whether a collection has at least one element whatever its inputs, and else the variable that it is as empty as."""
    while isinstance(node, Tree) and node.data == "expr_term":
        node = next((c for c in node.children if isinstance(c, Tree) and c.data != "new_line_or_comment"), node.children[0])
    if isinstance(node, Token) or depth > 20:
        return False, ""
    parts = [c for c in node.children if isinstance(c, Tree) and c.data != "new_line_or_comment"]
    match node.data:
        case "object" | "tuple":
            return bool(parts), ""
        case "for_tuple_expr" | "for_object_expr" if all(part.data != "for_cond" for part in parts):
            intro = [c for c in parts[0].children if isinstance(c, Tree) and c.data != "new_line_or_comment"]
            return _emptiness(module, intro[-1], depth + 1)
        case "function_call" if _word(parts[0]) in (
            "toset",
            "tomap",
            "tolist",
            "keys",
            "values",
            "merge",
            "concat",
            "setunion",
        ):
            inside = (
                [c for c in parts[1].children if isinstance(c, Tree) and c.data != "new_line_or_comment"] if parts[1:] else []
            )
            found = [_emptiness(module, argument, depth + 1) for argument in inside]
            return any(full for full, _ in found), found[0][1] if len(found) == 1 else ""
        case "get_attr_expr_term":
            head, name = _word(parts[0]), _word(parts[1]).removeprefix(".")
            if head == "local" and name in module.locals:
                return _emptiness(module, module.locals[name].tree, depth + 1)
            return False, name if head == "var" else ""
    return False, ""


def _word(node: Tree[Token]) -> str:
    return "".join(str(token) for token in node.scan_values(lambda _: True))


def _source(value: Expression, node: Tree[Token]) -> str:
    """The source of a part of an expression: its tree's offsets are those of the file, its text begins at its own."""
    shift = value.tree.meta.start_pos
    return value.text[node.meta.start_pos - shift : node.meta.end_pos - shift]


def _lines(text: str) -> str:
    return f"(\n{text}\n)"


def _name(block: Block) -> str:
    return ".".join([block.kind, *block.labels] if block.kind != "resource" else block.labels)
