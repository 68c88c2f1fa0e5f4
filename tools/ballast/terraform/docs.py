"""Tables of a module's inputs and outputs, written between the markers of its README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ballast.findings import generator
from ballast.repo import Repository

if TYPE_CHECKING:
    from ballast.terraform.hcl import Block, Expression

BEGIN, END = "<!-- BEGIN inputs and outputs -->", "<!-- END inputs and outputs -->"
MODULES = "terraform/modules"
_BETWEEN = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)


@generator("terraform/readme", owns=(f"{MODULES}/*/README.md",), reads=(f"{MODULES}/*/variables.tf", f"{MODULES}/*/outputs.tf"))
def readmes(repository: Repository) -> dict[str, str]:
    """Each module's README: what stands outside the markers is as it was. A README without markers is left as it is."""
    found = {}
    for path in sorted(repository.root.glob(f"{MODULES}/*/README.md")):
        found[path.relative_to(repository.root).as_posix()] = with_tables(path.parent, path.read_text())
    return found


def with_tables(module: Path, readme: str) -> str:
    """The README with its tables as the module's files have them; as it was when those are no HCL (a check says that)."""
    from ballast.terraform import hcl

    if not _BETWEEN.search(readme):
        return readme
    try:
        blocks = [block for file in hcl.read(module, "*.tf") for block in file.blocks]
    except hcl.Unreadable:
        return readme
    text = "\n".join([BEGIN, *_tables(blocks), END])
    return _BETWEEN.sub(lambda _: text, readme, count=1)


def _tables(blocks: list[Block]) -> Iterator[str]:
    inputs = [block for block in blocks if block.kind == "variable"]
    outputs = [block for block in blocks if block.kind == "output"]
    if inputs:
        yield from ("| input | type | default | what it is |", "|---|---|---|---|")
    for block in inputs:
        given = block.attributes.get("default")
        default = "required" if given is None else _code(given)
        yield f"| `{block.label}` | {_code(block.attributes.get('type'))} | {default} | {_words(block)} |"
    if inputs and outputs:
        yield ""
    if outputs:
        yield from ("| output | what it is |", "|---|---|")
    for block in outputs:
        sensitive = " Sensitive." if block.attributes.get("sensitive") is not None else ""
        yield f"| `{block.label}` | {_words(block)}{sensitive} |"


def _words(block: Block) -> str:
    text = block.attributes.get("description")
    return _cell((text.literal or text.text) if text else "")


def _code(value: Expression | None) -> str:
    return f"`{_cell(one_line(value.text))}`" if value else ""


def one_line(text: str) -> str:
    """A type or value written over several lines, on one: line ends between elements become commas, comments go."""
    text = re.sub(r"[ \t]*(?:#|//)[^\n\"]*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"([{\[(])\s*\n\s*", lambda m: m[1] + (" " if m[1] == "{" else ""), text)
    text = re.sub(r",?\s*\n\s*([}\])])", lambda m: (" " if m[1] == "}" else "") + m[1], text)
    return re.sub(r"[ \t]+", " ", re.sub(r",?[ \t]*\n\s*", ", ", text))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
