"""Runbooks: their sections, the queries in them, and the links between pages."""

from __future__ import annotations

import re
from textwrap import dedent

from ballast.alerts.query import query
from ballast.findings.builtin.links import links
from ballast.findings.pages import anchor
from ballast.graph.builder import Builder, reader
from ballast.graph.readers.rules import selectors
from ballast.repo import Position
from ballast.runbooks import Runbook, last_records, record_files
from ballast.runbooks.page import READS, runbooks

INDEXES = ("runbooks/README.md", "runbooks/PLATFORM.md")
_URL = re.compile(r"https?://[^\s)>\"'`]+|(?<![\w/.])/d/[\w-]+")


@reader("runbooks", reads=(*READS, *record_files(), *INDEXES))
def pages(builder: Builder) -> None:
    """Every page; the folder's README only for what it links to."""
    records = last_records(builder.tree)
    for file in builder.tree.match(*READS):
        for page in runbooks(file):
            record = records.get(page.name)
            result = {"rehearsed": str(record.day), "result": record.result} if record else {"result": "never rehearsed"}
            front = page.front
            facts = {"owner": front.owner, "service": front.service, "status": front.status} if front else {}
            if front and front.alerts:
                facts["alerts"] = ", ".join(front.alerts)
            form = {"form": "procedure"} if page.procedure else {}
            builder.node("runbook", page.name, Position(file.path), title=page.title, **facts, **form, **result)
            if front and page.procedure:
                builder.link(f"service:{front.service}", "is operated by", f"runbook:{page.name}", Position(file.path))
            _sections(builder, page)
    for file in builder.tree.match(INDEXES[0]):
        index = builder.node("runbook", "README", Position(file.path), title="Runbooks", form="index")
        for link in links(file):
            line = file.text.count("\n", 0, link.start) + 1
            builder.url(index, "links to", link.target, Position(file.path, line))


def _sections(builder: Builder, page: Runbook) -> None:
    """A node a heading; what stands in it is where its line is."""
    path, here = page.source.path, f"runbook:{page.name}"
    places: list[tuple[int, str]] = [(0, here)]
    for section in page.sections:
        at = Position(path, section.line)
        steps = sum(step.section == section.title for step in page.steps)
        facts = {"steps": str(steps)} if steps else {}
        node = builder.node("section", f"{page.name}#{anchor(section.title)}", at, title=section.title, **facts)
        builder.link(here, "has the section", node, at)
        places.append((section.line, node))

    def owner(line: int) -> str:
        return next(node for first, node in reversed(places) if first <= line)

    for block in page.blocks:
        line = block.line
        if block.language != "promql" or page.archived:
            continue
        for text in block.text.split("\n\n"):
            found = query(dedent(text))
            for selector, _ in selectors(found.root) if found.root else ():
                builder.read(owner(line), selector.name, selector.matchers, Position(path, line, block.indent + 1))
            line += text.count("\n") + 2
    for link in links(page.source):
        line = page.source.text.count("\n", 0, link.start) + 1
        builder.url(owner(line), "sends to", link.target, Position(path, line))
    for number, text in page.prose:
        for match in _URL.finditer(text):
            builder.url(owner(number), "sends to", match[0].rstrip(".,;"), Position(path, number, match.start() + 1))
