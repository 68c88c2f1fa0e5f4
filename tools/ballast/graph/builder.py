"""Collects nodes and links in any order; links are followed when everything is known."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from posixpath import dirname, join, normpath

from ballast.findings import Tree
from ballast.graph.model import Dead, Graph, Kind, Link, Node
from ballast.repo import Position, Repository, load

Matcher = tuple[str, str, str]
"""Label, operator, value."""
_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\w+")


@dataclass(slots=True)
class Recorded:
    """Series that a rule records: by fixed label, those that have a value of it and those without."""

    ids: list[str] = field(default_factory=list)
    by: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    labelled: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    bare: dict[str, set[str]] = field(default_factory=dict)

    def add(self, node: str, labels: dict[str, str]) -> None:
        """Remember a rule's series."""
        self.ids.append(node)
        self.bare.clear()
        for name, value in labels.items():
            self.by[name][value].add(node)
            self.labelled[name].add(node)

    def matching(self, matchers: Iterable[Matcher]) -> Iterable[str]:
        """Those that a selector may return: each `=` on a label that the rule fixes must agree with it.

        The label that leaves the fewest comes first: its few are asked the rest, and not all series of the name.
        """
        asked = (
            (self.by[name].get(value, set()), self._without(name))
            for name, op, value in matchers
            if op == "=" and name in self.by
        )
        allowed = sorted(asked, key=lambda sets: len(sets[0]) + len(sets[1]))
        if not allowed:
            return self.ids
        (agree, bare), *rest = allowed
        return sorted(node for node in agree | bare if all(node in some or node in others for some, others in rest))

    def _without(self, name: str) -> set[str]:
        """Those without the label."""
        if name not in self.bare:
            self.bare[name] = set(self.ids) - self.labelled[name]
        return self.bare[name]


class Builder:
    """What readers fill in. Names of targets need not be known yet."""

    def __init__(self, tree: Tree, repository: Repository) -> None:
        self.tree = tree
        self.repository = repository
        self.settings = repository.settings
        self.nodes: dict[str, Node] = {}
        self.links: list[Link] = []
        self.dead: list[Dead] = []
        self.scraped: dict[str, Position] = {}
        self.exposed: list[tuple[str, tuple[str, ...]]] = []
        """Exporters (ids), and the metrics of each as patterns in which only `*` is special."""
        self._urls: list[tuple[str, str, str, Position]] = []
        self._reads: list[tuple[str, str, tuple[Matcher, ...], bool, Position]] = []
        self._recorded: dict[str, Recorded] = defaultdict(Recorded)

    def node(self, kind: Kind, name: str, at: Position, title: str = "", **facts: str) -> str:
        """Add a thing, or more facts of one that is known; its id. What differs between two places is told in a row."""
        node = self.nodes.get(f"{kind}:{name}")
        if node is None:
            node = self.nodes[f"{kind}:{name}"] = Node(kind, name, at.path, at.line, title)
        for key, value in facts.items():
            known = node.facts.get(key, "")
            if value and value not in known.split(", "):
                node.facts[key] = f"{known}, {value}" if known else value
        return node.id

    def link(self, source: str, verb: str, target: str, at: Position, *, past: bool = False) -> None:
        """`source` leads to the id `target`. Without a source there is no link, without a target it is a dead one."""
        self.links.append(Link(source, target, verb, at.path, at.line, at.column, past))

    def url(self, source: str, verb: str, url: str, at: Position) -> None:
        """`source` leads to whatever of ours the URL or path means; what is outside is not followed."""
        self._urls.append((source, verb, url, at))

    def read(self, source: str, metric: str, matchers: Sequence[Matcher], at: Position, *, past: bool = False) -> None:
        """`source` has a query that selects the metric."""
        if metric:
            self._reads.append((source, metric, tuple(matchers), past, at))

    def record(self, metric: str, labels: dict[str, str], at: Position) -> str:
        """A rule records a metric with these fixed labels: a node for each SLO, or one where no SLO is named."""
        service, slo = labels.get("sloth_service", labels.get("service", "")), labels.get("slo", "")
        scope = f"{service}/{slo}" if service and slo else ""
        name = f"{metric}@{scope}" if scope else metric
        known = f"record:{name}" in self.nodes
        node = self.node("record", name, at, title=metric, slo=scope)
        if not known:
            self._recorded[metric].add(node, {k: v for k, v in labels.items() if k in ("slo", "sloth_id", "sloth_service")})
        if scope:
            self.link(f"slo:{scope}", "is counted in", node, at)
        return node

    def graph(self) -> Graph:
        """Follow everything."""
        for source, metric, matchers, past, at in self._reads:
            if metric in self._recorded:
                for target in self._recorded[metric].matching(matchers):
                    self.link(source, "reads", target, at, past=past)
            else:
                self.link(source, "reads", self.node("metric", metric, at), at)
        self._expose()
        for source, verb, url, at in self._urls:
            self._follow(source, verb, url, at)
        sound = []
        for link in self.links:
            if link.source in self.nodes and link.target in self.nodes:
                sound.append(link)
            elif link.source in self.nodes:
                kind, _, name = link.target.partition(":")
                self.dead.append(
                    Dead(link.source, link.target, f"there is no {kind} {name}", link.path, link.line, link.column)
                )
        return Graph(self.nodes, sound, self.dead, self.scraped)

    def _expose(self) -> None:
        """Each metric to the exporters whose patterns it fits."""
        patterns = [
            (exporter, re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in names)))
            for exporter, names in self.exposed
            if names
        ]
        for node in [node for node in self.nodes.values() if node.kind == "metric"]:
            for exporter, pattern in patterns:
                if pattern.fullmatch(node.name):
                    self.link(node.id, "comes from", exporter, Position(node.path, node.line))

    def _follow(self, source: str, verb: str, url: str, at: Position) -> None:
        targets, why = self._targets(url, at.path)
        for target in targets:
            if target != source:
                self.link(source, verb, target, at)
        if why:
            self.dead.append(Dead(source, url, why, at.path, at.line, at.column))

    def _targets(self, url: str, from_path: str) -> tuple[list[str], str]:
        """Ids that a URL means, and what is wrong where it should mean one of ours and does not."""
        uid = self._dashboard(url)
        if uid:
            if "$" in uid:
                # A variable in front of the name of a variable's value may be any text that such a link is made of.
                pattern = re.compile(".+".join(re.escape(part) for part in _VARIABLE.split(uid)))
                found = [n.id for n in self.nodes.values() if n.kind == "dashboard" and pattern.fullmatch(n.name)]
                return found, "" if found else f"no dashboard has a uid like {uid}"
            if f"dashboard:{uid}" in self.nodes:
                return [f"dashboard:{uid}"], ""
            return [], f"no dashboard has the uid {uid}"
        path, heading = self._page(url, from_path)
        if not path:
            return [], ""
        name = path.rpartition("/")[2].removesuffix(".md")
        if f"runbook:{name}" not in self.nodes or self.nodes[f"runbook:{name}"].path != path:
            return [], "" if path in self.tree else f"there is no page {path}"
        if heading and f"section:{name}#{heading}" not in self.nodes:
            return [f"runbook:{name}"], f"{path} has no section #{heading}"
        return [f"section:{name}#{heading}" if heading else f"runbook:{name}"], ""

    def _dashboard(self, url: str) -> str:
        """The uid in a link to a dashboard of ours: on our Grafana, or without a host."""
        host = self.settings.dashboard_url.partition("/d/")[0]
        rest = url.removeprefix(host) if host else url
        return re.split(r"[/?#]", rest[3:])[0] if rest.startswith("/d/") else ""

    def _page(self, url: str, from_path: str) -> tuple[str, str]:
        """The path and heading in a link to a runbook, relative or by the settings' address."""
        base = self.settings.runbook_url.partition("{alert}")[0]
        path, _, heading = url.partition("#")
        path = path.partition("?")[0]
        if base and path.startswith(base):
            return f"runbooks/{path.removeprefix(base)}", heading
        if "://" in path or path.startswith(("/", "mailto:")) or not path.endswith(".md"):
            return "", ""
        full = normpath(join(dirname(from_path), path)) if from_path.endswith(".md") else path
        return (full, heading) if full.startswith("runbooks/") else ("", "")


Reader = Callable[[Builder], None]


@dataclass(frozen=True, slots=True)
class Registered:
    """A reader, and the files that it reads."""

    run: Reader
    reads: tuple[str, ...]


_readers: dict[str, Registered] = {}


def reader(name: str, *, reads: Sequence[str]) -> Callable[[Reader], Reader]:
    """Register the function below, `(Builder) -> None`, as what reads one kind of thing from files matching `reads`.

    A module of `ballast.graph.readers` with this decorator takes part; nothing else has to change.
    """

    def register(run: Reader) -> Reader:
        _readers[name] = Registered(run, tuple(reads))
        return run

    return register


def readers() -> dict[str, Registered]:
    """All readers by name."""
    package = import_module("ballast.graph.readers")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_readers.items()))


def sources() -> tuple[str, ...]:
    """Globs of all files that the graph is made of."""
    return tuple(dict.fromkeys(glob for entry in readers().values() for glob in entry.reads))


def build(tree: Tree) -> Graph:
    """Read everything. Raises CannotRun where there is no `alerts/`."""
    builder = Builder(tree, load(tree.root))
    for entry in readers().values():
        entry.run(builder)
    return builder.graph()
