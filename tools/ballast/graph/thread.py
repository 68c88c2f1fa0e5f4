"""One thread of the graph: what a thing is for (upwards) and what it stands on (downwards), as a set and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from ballast.graph.model import PARTS, Graph, Kind, Link, Node
from ballast.repo import CannotRun

ASIDE = ("links to", "sends to", "includes")
"""Where such a link leads is shown, and not what comes after it: those are other threads."""
BACK = {
    "promises": "is promised by",
    "is watched by": "watches",
    "is protected by": "protects",
    "is counted in": "counts for",
    "is handled by": "handles",
    "is shown on": "shows",
    "has the section": "is part of",
    "has the panel": "is part of",
    "reads": "is read by",
    "comes from": "exposes",
    "exposes metrics as": "has the metrics of",
    "runs in": "runs",
    "links to": "is linked from",
    "sends to": "is followed from",
    "includes": "is included by",
    "is operated by": "operates",
}
NAMES = 8  # that a group shows before it counts
SINGLE = 4  # things up to which each has its own branch


@dataclass(slots=True)
class Group:
    """Things of one kind that a thing leads to (or that lead to it) in one way."""

    verb: str
    kind: Kind
    nodes: list[Node]


def one(graph: Graph, kind: Kind, name: str) -> Node:
    """A thing by its name or title. Raises CannotRun with the nearest names where there is none."""
    from difflib import get_close_matches

    found = graph.find(kind, name) or next((n for n in graph.of(kind) if n.title == name), None)
    if found is None:
        near = get_close_matches(name, [n.name for n in graph.of(kind)], 3, 0.5)
        raise CannotRun(f"there is no {kind} {name}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
    return found


def part_of(graph: Graph, start: Node) -> set[str]:
    """Ids of the whole thread: its start, all above and all below it."""
    found = {start.id}
    for down in (False, True):
        seen = {start.id}
        _collect(graph, [start], down, seen, _service(graph, start))
        found |= seen
    return found


def _collect(graph: Graph, nodes: list[Node], down: bool, seen: set[str], service: str) -> None:
    pending = list(nodes)
    while pending:
        for group in groups(graph, pending.pop(), down, seen, service):
            if group.verb not in ASIDE:
                pending += group.nodes


def groups(graph: Graph, node: Node, down: bool, seen: set[str], service: str) -> list[Group]:
    """What comes next and was not seen yet, in the order of kinds; it counts as seen now."""
    found: dict[tuple[str, Kind], Group] = {}
    for other, link in _next(graph, node, down):
        if other.id in seen or _elsewhere(graph, node, other, service, down):
            continue
        seen.add(other.id)
        group = found.setdefault((link.verb, other.kind), Group(link.verb, other.kind, []))
        group.nodes.append(other)
    return sorted(found.values(), key=lambda g: g.verb in ASIDE)


def _next(graph: Graph, node: Node, down: bool) -> Iterator[tuple[Node, Link]]:
    for other in graph.after(node) if down else graph.before(node):
        yield other, graph.link(node.id, other.id) if down else graph.link(other.id, node.id)


def _elsewhere(graph: Graph, node: Node, other: Node, service: str, down: bool) -> bool:
    """A metric that many services expose comes, within one service's thread, from that service alone."""
    return (
        down
        and node.kind == "metric"
        and bool(other.facts.get("service"))
        and other.name != service
        and graph.net.has_edge(node.id, f"exporter:{service}")
    )


def _service(graph: Graph, start: Node) -> str:
    """The service that a thread is about; "" where it is about none or many."""
    if start.kind == "service":
        return start.name
    if start.facts.get("service") or start.kind == "slo":
        return start.facts.get("service") or start.name.partition("/")[0]
    seen = {start.id}
    _collect(graph, [start], False, seen, "")
    names = [graph.nodes[n].name for n in seen if graph.nodes[n].kind == "service"]
    return names[0] if len(names) == 1 else ""


def text(graph: Graph, start: Node, width: int = 80) -> list[str]:
    """The thread as a tree, no line wider than `width` (names that are wider alone are not broken)."""
    lines = [f"{start.kind} {start.label}", *_indented(_words(start), "", width)]
    service = _service(graph, start)
    for down, title in ((False, "▲ what it is for"), (True, "▼ what it stands on")):
        body = _branches(graph, [start], down, {start.id}, service, "", width)
        if body:
            lines += ["", title, *body]
    for dead in graph.dead:
        if dead.source == start.id:
            lines += ["", *wrap(f"✗ {dead.path}:{dead.line}: {dead.why}", width)]
    return lines


def _branches(graph: Graph, nodes: list[Node], down: bool, seen: set[str], service: str, indent: str, width: int) -> list[str]:
    merged: dict[tuple[str, Kind], Group] = {}
    for node in nodes:
        for group in groups(graph, node, down, seen, service):
            known = merged.setdefault((group.verb, group.kind), Group(group.verb, group.kind, []))
            known.nodes += _recorded(graph, group.nodes, down, seen) if group.kind == "record" else group.nodes
    branches = [
        (group.verb, part) for group in sorted(merged.values(), key=lambda g: g.verb in ASIDE) for part in _parts(group)
    ]
    lines: list[str] = []
    for number, (verb, part) in enumerate(branches):
        last = number == len(branches) - 1
        before, after = indent + ("└─ " if last else "├─ "), indent + ("   " if last else "│  ")
        lines += _lines(verb if down else BACK.get(verb, verb), part, before, after, width)
        if verb not in ASIDE:
            lines += _branches(graph, part, down, seen, service, after, width)
    return lines


def _recorded(graph: Graph, nodes: list[Node], down: bool, seen: set[str]) -> list[Node]:
    """With the series that these are recorded from (or that are recorded from these), so that all stand in one branch."""
    found = list(nodes)
    for node in found:
        for other, _ in _next(graph, node, down):
            if other.kind == "record" and other.id not in seen:
                seen.add(other.id)
                found.append(other)
    return found


def _parts(group: Group) -> list[list[Node]]:
    alone = group.kind not in PARTS and group.kind != "metric" and len(group.nodes) <= SINGLE and group.verb not in ASIDE
    return [[node] for node in group.nodes] if alone else [group.nodes]


def _lines(verb: str, nodes: list[Node], before: str, after: str, width: int) -> list[str]:
    kind = nodes[0].kind
    verb, word = verb.removesuffix(f" the {kind}"), WORDS.get(kind, kind)
    if len(nodes) == 1:
        return [f"{before}{verb} {word} {nodes[0].label}", *_indented(_words(nodes[0]), after, width)]
    names = list(dict.fromkeys(node.label for node in nodes))
    rest = len(names) - NAMES
    shown = ", ".join(names[:NAMES]) + (f" and {rest} more" if rest > 0 else "")
    head = f"{verb} {len(nodes)} {word if word.endswith('series') else f'{word}s'}: {shown}"
    return _wrapped(head, before, after + "  ", width)


def _words(node: Node) -> str:
    facts = [node.facts[key] for key in SHOWN.get(node.kind, ()) if node.facts.get(key)]
    place = node.place if node.kind != "metric" else ""  # it is written nowhere, only read
    return " · ".join(filter(None, [place, *facts]))


WORDS: dict[Kind, str] = {"record": "recorded series", "slo": "SLO"}
SHOWN: dict[Kind, tuple[str, ...]] = {
    "service": ("owner",),
    "slo": ("objective", "window"),
    "alert": ("severity", "tier", "owner"),
    "runbook": ("result", "rehearsed"),
}


def _indented(words: str, indent: str, width: int) -> list[str]:
    return _wrapped(words, indent + "  ", indent + "  ", width) if words else []


def _wrapped(words: str, first: str, then: str, width: int) -> list[str]:
    """Lines of at most `width`; a name is never broken."""
    return wrap(words, width, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False)
