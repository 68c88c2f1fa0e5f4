"""Declarations of Terraform modules and roots that nothing reads.

Read by lines, as `terraform fmt` lays files out: parsing them all would take ten times as long as the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import join, normpath

from ballast.repo import Position

BLOCK = re.compile(r'^(variable|output|data|locals|module)((?: "[\w-]+")*) \{(?:[^\n]*\}$|\n.*?^\})', re.DOTALL | re.MULTILINE)
LOCAL = re.compile(r"^  ([\w-]+) +=", re.MULTILINE)
SOURCE = re.compile(r'\bsource\s*=\s*"(\.[^"]*)"')
STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|(?:#|//)[^\n]*|/\*.*?\*/', re.DOTALL)
DEPENDS = re.compile(r"\bdepends_on\s*=\s*\[[^\]]*\]")
READ = re.compile(r"(?<![\w.-])(var|local|data\.[\w-]+)\.([\w-]+)")
CALLED = re.compile(r"(?<![\w.-])module\.([\w-]+)(?:\[[^\]]*\])*(?:\.([\w-]+))?")


@dataclass(frozen=True, slots=True)
class Unused:
    """A declaration (`var.zones`, `local.images`, `output.roles`) at its place."""

    name: str
    position: Position


def unused(files: Mapping[str, str]) -> Iterator[Unused]:
    """Variables, locals and data sources that their own folder does not read, and outputs that no caller does.

    `files`: text of `.tf` and `.tftest.hcl` files by path with `/`. Outputs count in modules that another folder calls; a
    caller's tests are readers, a module's own are not. A call that is named as a whole reads all outputs; in `depends_on`
    nothing of it is read.
    """
    declared: dict[str, list[Unused]] = {}
    calls: dict[str, dict[str, str]] = {}
    own: dict[str, set[str]] = {}
    outputs: dict[str, set[tuple[str, str]]] = {}
    for path, text in files.items():
        folder = path.rpartition("/")[0].removesuffix("/tests")
        seen = STRING_OR_COMMENT.sub(_blank, text)
        outputs.setdefault(folder, set()).update((m[1], m[2] or "*") for m in CALLED.finditer(DEPENDS.sub("", seen)))
        if path.endswith(".tf"):
            blocks = list(BLOCK.finditer(seen))
            declared.setdefault(folder, []).extend(one for block in blocks for one in _declared(block, path, seen))
            for block in (b for b in blocks if b[1] == "module"):
                if source := SOURCE.search(block[0]):
                    calls.setdefault(folder, {})[block[2].strip(' "')] = normpath(join(folder, source[1]))
            elsewhere = BLOCK.sub(lambda b: "" if b[1] == "variable" else b[0], seen)  # a validation is no use
            own.setdefault(folder, set()).update(f"{m[1]}.{m[2]}" for m in READ.finditer(elsewhere))
    called = {source for by_name in calls.values() for source in by_name.values()}
    taken = {
        (calls[folder][call], output)
        for folder, reads in outputs.items()
        for call, output in reads
        if call in calls.get(folder, {})
    }
    for folder, names in declared.items():
        for one in names:
            kind, _, name = one.name.partition(".")
            if kind != "output":
                if one.name not in own[folder]:
                    yield one
            elif folder in called and not taken & {(folder, name), (folder, "*")}:
                yield one


def _blank(found: re.Match[str]) -> str:
    """A string as it is; of a comment its lines only, so that places stay."""
    return found[0] if found[0].startswith('"') else "\n" * found[0].count("\n")


def _declared(block: re.Match[str], path: str, text: str) -> Iterator[Unused]:
    kind, labels = block[1], re.findall(r"[\w-]+", block[2])
    line = text.count("\n", 0, block.start()) + 1
    if kind == "locals":
        for found in LOCAL.finditer(block[0]):
            yield Unused(f"local.{found[1]}", Position(path, line + block[0].count("\n", 0, found.start())))
    elif kind != "module":
        yield Unused(".".join(["var" if kind == "variable" else kind, *labels]), Position(path, line))
