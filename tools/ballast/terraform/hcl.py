"""Terraform's own files as blocks and expressions with their places, parsed by python-hcl2.

Only what a reader of modules needs: nothing is evaluated. Expressions keep their source text and their parse tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import hcl2
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from ballast.repo import Position, Problem


class Unreadable(ValueError):
    """A file that is no HCL; `problem` says where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.position}: {problem.message}")
        self.problem = problem


@dataclass(frozen=True)
class Expression:
    """An expression: its text, its place (line and column from 1), and python-hcl2's parse tree of it."""

    text: str
    path: str
    line: int
    column: int
    tree: Tree[Token] = field(repr=False, compare=False)

    @cached_property
    def references(self) -> tuple[str, ...]:
        """What it names, as `var.name`, `output.keys`, `aws_vpc.this.id`; names bound by a `for` are left out."""
        return tuple(_references(self.tree, frozenset()))

    @cached_property
    def plain(self) -> str:
        """Its text without comments, and with single spaces: two expressions that differ in layout alone have one."""
        return " ".join(str(token) for token in _tokens(self.tree) if token.type != "NL_OR_COMMENT").strip()

    @property
    def literal(self) -> str | None:
        """What a string without interpolation says, else None."""
        tokens = list(_tokens(self.tree))
        quoted = len(tokens) > 1 and tokens[0].type == tokens[-1].type == "DBLQUOTE"
        if not quoted or any(token.type != "STRING_CHARS" for token in tokens[1:-1]):
            return None
        return "".join(tokens[1:-1]).replace('\\"', '"').replace("\\\\", "\\")


@dataclass(frozen=True)
class Block:
    """A block with its labels; `start` and `end` are offsets of its whole text."""

    kind: str
    labels: tuple[str, ...]
    path: str
    line: int
    start: int
    end: int
    attributes: dict[str, Expression] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    spans: dict[str, tuple[int, int]] = field(default_factory=dict, repr=False)
    """Offsets of each attribute with its name."""

    def each(self, kind: str) -> Iterator[Block]:
        """Blocks directly inside of one kind."""
        return (block for block in self.blocks if block.kind == kind)

    @property
    def label(self) -> str:
        """Its first label; empty without."""
        return self.labels[0] if self.labels else ""

    @property
    def position(self) -> Position:
        """Where it begins."""
        return Position(self.path, self.line)


@lru_cache(maxsize=512)
def parse(text: str, path: str) -> Block:
    """The body of a file as a block without kind. Raises Unreadable with the place."""
    try:
        tree = hcl2.parses_to_tree(text)
    except UnexpectedInput as error:
        line, column = max(getattr(error, "line", 1), 1), max(getattr(error, "column", 1), 1)
        message = "this is no HCL: Terraform expects something else here"
        raise Unreadable(Problem(Position(path, line, column), "terraform/hcl", message, "`terraform fmt` says more")) from None
    return _block(tree.children[0], text, path, "", (), 1, 0, len(text))


def read(folder: Path, pattern: str, name: str | None = None) -> list[Block]:
    """The bodies of a folder's files by name; paths in them begin with `name` (default: the folder itself)."""
    prefix = f"{folder.as_posix() if name is None else name}/".removeprefix("./")
    return [parse(path.read_text(errors="replace"), f"{prefix}{path.name}") for path in sorted(folder.glob(pattern))]


def _block(
    body: Tree[Token] | Token, text: str, path: str, kind: str, labels: tuple[str, ...], line: int, start: int, end: int
) -> Block:
    assert isinstance(body, Tree)
    attributes: dict[str, Expression] = {}
    spans: dict[str, tuple[int, int]] = {}
    blocks: list[Block] = []
    for item in body.children:
        if not isinstance(item, Tree):
            continue
        if item.data == "attribute":
            name, _, value = item.children
            attributes[_words(name)] = expression(_tree(value), text, path)
            spans[_words(name)] = (item.meta.start_pos, item.meta.end_pos)
        elif item.data == "block":
            inner = next(c for c in item.children if isinstance(c, Tree) and c.data == "body")
            words = [_words(c) for c in item.children if isinstance(c, Tree) and c.data in ("identifier", "string", "keyword")]
            where = item.meta
            blocks.append(_block(inner, text, path, words[0], tuple(words[1:]), where.line, where.start_pos, where.end_pos))
    return Block(kind, labels, path, line, start, end, attributes, tuple(blocks), spans)


def expression(tree: Tree[Token], text: str, path: str) -> Expression:
    """The expression that a parse tree of `text` stands for."""
    where = tree.meta
    return Expression(text[where.start_pos : where.end_pos].strip(), path, where.line, where.column, tree)


def _tree(node: Tree[Token] | Token) -> Tree[Token]:
    return node if isinstance(node, Tree) else Tree("token", [node])


def _tokens(node: Tree[Token]) -> Iterator[Token]:
    for token in node.scan_values(lambda _: True):
        assert isinstance(token, Token)
        yield token


def _words(node: Tree[Token] | Token) -> str:
    if isinstance(node, Token):
        return str(node)
    return "".join(map(str, _tokens(node))).strip('"')


def _references(node: Tree[Token] | Token, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Token):
        return
    if node.data in ("for_tuple_expr", "for_object_expr"):
        intro = next(c for c in node.children if isinstance(c, Tree) and c.data == "for_intro")
        *_, collection = (c for c in intro.children if isinstance(c, Tree) and c.data != "new_line_or_comment")
        yield from _references(collection, bound)
        inner = bound | for_names(node)
        for child in node.children:
            if child is not intro:
                yield from _references(child, inner)
        return
    if node.data in ("get_attr_expr_term", "index_expr_term", "attr_splat_expr_term", "full_splat_expr_term"):
        steps: list[str] = []
        here: Tree[Token] | Token = node
        while isinstance(here, Tree) and here.data in ("get_attr_expr_term", "index_expr_term"):
            inside, step = here.children[0], here.children[1]
            if here.data == "get_attr_expr_term":
                steps.append(_words(step).removeprefix("."))
            elif (name := _quoted(step)) is not None:
                steps.append(name)
            else:
                yield from _references(step, bound)
            here = _unwrapped(inside)
        if isinstance(here, Tree) and here.data == "identifier":
            if _words(here) not in bound:
                yield ".".join([_words(here), *reversed(steps)])
            return
        yield from (r for child in _tree(here).children for r in _references(child, bound))
        return
    if node.data == "function_call":
        for child in node.children[1:]:
            yield from _references(child, bound)
        return
    if node.data == "object_elem_key":
        key = _unwrapped(node.children[0])
        if isinstance(key, Tree) and key.data == "identifier":  # `name = …` in an object is a key, `(name) = …` is not
            return
    if node.data == "identifier":
        if _words(node) not in bound:
            yield _words(node)
        return
    if node.data in ("get_attr", "for_intro"):
        return
    for child in node.children:
        yield from _references(child, bound)


def for_names(node: Tree[Token]) -> frozenset[str]:
    """The names that a `for` expression binds."""
    intro = next(c for c in node.children if isinstance(c, Tree) and c.data == "for_intro")
    names = [c for c in intro.children if isinstance(c, Tree) and c.data == "identifier"]
    return frozenset(_words(n) for n in names)


def _quoted(step: Tree[Token] | Token) -> str | None:
    words = _words(step)
    return words[2:-2] if words.startswith('["') and words.endswith('"]') and '"' not in words[2:-2] else None


def _unwrapped(node: Tree[Token] | Token) -> Tree[Token] | Token:
    """The identifier (or other term) within nested single-child `expr_term`s."""
    while isinstance(node, Tree) and node.data == "expr_term" and len(node.children) == 1:
        node = node.children[0]
    return node
