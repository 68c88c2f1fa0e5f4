"""Data for a dashboard that has none: series that fit what its queries select, in a real Prometheus.

What a query does with them is Prometheus' own doing. Series that rules of the repository around the dashboard record come from
a simulated history (`recorded`); any other is made up from its name: counters, histograms, gauges. All is seeded by names and
ends at a fixed time, so the same dashboard gives the same picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random

import numpy as np

from ballast.dashboards.model import Dashboard
from ballast.dashboards.preview.ask import own_span
from ballast.dashboards.preview.events import annotations_of
from ballast.dashboards.preview.openmetrics import Floats, Made, write
from ballast.dashboards.preview.recorded import recorded
from ballast.dashboards.preview.repeat import repeated
from ballast.dashboards.preview.span import SCRAPE, Span
from ballast.dashboards.preview.variables import Given, Values, choose, fill
from ballast.dashboards.promql import Selector, facts
from ballast.repo import CannotRun, find_root, load
from ballast.slo import CompiledSlo, compile_repository
from ballast.stack import Prometheus, Stack

END = 1767614400.0
"""2026-01-05 12:00 UTC: when synthetic data ends."""
COUNTED = {"rate", "irate", "increase", "resets"}
MOST_SERIES = 48
"""Of one metric."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COARSE = 240.0
_WORDS = {
    "method": ("GET", "POST"), "code": ("200", "201", "404", "503"), "status": ("200", "404", "503"),
    "route": ("/", "/items", "/orders"), "path": ("/", "/items", "/orders"), "handler": ("/", "/items", "/orders"),
    "instance": ("one:8080", "two:8080"), "namespace": ("default", "monitoring"),
    "pod": ("api-0", "api-1", "worker-0"), "cluster": ("eu-1",), "job": ("app",),
    "mode": ("idle", "user", "system", "iowait"), "cpu": ("0", "1"), "device": ("eth0",),
    "result": ("success", "error"), "topic": ("orders", "alerts"), "severity": ("page", "ticket"),
    "alertstate": ("firing",), "quantile": ("0.5", "0.9", "0.99"), "alertname": ("HighErrorRate",),
    "service": ("shop", "search"), "container": ("app", "sidecar"), "node": ("node-1", "node-2"),
}  # fmt: skip
_PLACES = ("instance", "pod", "node", "cluster")
_LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LABEL_VALUES = re.compile(r"label_values\(\s*(?:(.*),)?\s*(\w+)\s*\)", re.DOTALL)
_PART = re.compile(r"_(bucket|sum|count)$")


@dataclass(slots=True)
class Wanted:
    """A metric that queries select: how, with which labels (and values), and how many seconds back."""

    name: str
    counted: bool = False
    histogram: bool = False
    labels: dict[str, set[str]] = field(default_factory=dict)
    matchers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    reach: float = 0.0
    selectors: int = 0


@contextmanager
def synthetic(dashboards: Sequence[Dashboard], near: Path, span: Span, given: Given) -> Iterator[str]:
    """The URL of a Prometheus that holds data for these dashboards until the block ends.

    `near` is where to look for a repository whose SLOs the dashboards may show, `given` are variables' values. CannotRun where
    Prometheus is not there (`scripts/toolchain.sh prometheus` builds it).
    """
    found: dict[str, Wanted] = {}
    for dashboard in dashboards:
        collect(dashboard, span, choose(dashboard, given, lambda *_: []), found)
    slos = _slos(near)
    ruled = {rule.record for slo in slos for group in slo.groups for rule in group.rules if hasattr(rule, "record")}
    ruled |= {"ALERTS"} if slos else set()
    names = {name for name in found if name in ruled}
    reach = {name: wanted.reach for name, wanted in found.items()}
    asked = [
        (label, value) for name in names for label, held in found[name].matchers.items() for op, value in held if op == "="
    ]
    ids = {value for label, value in asked if label == "sloth_id"}
    services = {value for label, value in asked if label == "service"}
    every = not ids | services or "overview" in {d.uid for d in dashboards}
    chosen = [slo for slo in slos if every or slo.id in ids or slo.service in services]
    with Stack() as stack:
        server = Prometheus(stack.directory / "prometheus")
        made = [m for wanted in found.values() if wanted.name not in names for m in invent(wanted, span)]
        made += recorded(chosen, names, span.end, span.length, reach) if names else []
        path = stack.directory / "synthetic.om"
        if write(path, made):
            server.backfill(path, block_hours=1488)
        path.unlink()
        yield stack.start(server).url


def _slos(near: Path) -> list[CompiledSlo]:
    try:
        return [slo for compiled in compile_repository(load(find_root(near))) for slo in compiled.slos]
    except CannotRun:
        return []


def collect(dashboard: Dashboard, span: Span, values: Values, found: dict[str, Wanted]) -> None:
    """Add what a dashboard's queries and variables select."""
    for copy in repeated(dashboard.panels, values):
        scope = {**values, **copy.scope}
        for target in copy.panel.targets:
            if target.language == "promql" and target.expr:
                range_ = own_span(copy.panel, span)
                filled = fill(target.expr, scope, range_, range_.step(600))
                known = facts(filled)
                extra = set(known.labels.only or ()) | set(_LEGEND.findall(target.legend))
                for selector in known.selectors:
                    _want(found, selector, extra, selector.span + (span.end - range_.start))
    for annotation in annotations_of(dashboard):
        for selector in facts(fill(annotation.expr, values)).selectors if annotation.language == "promql" else ():
            _want(found, selector, set(), selector.span + span.length)
    for variable in dashboard.variables:
        asked = _LABEL_VALUES.fullmatch(variable.query.strip()) if variable.type == "query" else None
        for selector in facts(fill(asked[1] or "", values)).selectors if asked else ():
            _want(found, selector, {asked[2]} if asked else set(), span.length)


def _want(found: dict[str, Wanted], selector: Selector, extra: set[str], reach: float) -> None:
    if not re.fullmatch(r"[a-zA-Z_:][\w:]*", selector.name):
        return
    part = _PART.search(selector.name)
    base = selector.name[: part.start()] if part else selector.name
    histogram = part is not None and (part[1] == "bucket" or base in found or not base.endswith("s_total"))
    key = base if histogram else selector.name
    wanted = found.setdefault(key, Wanted(key))
    wanted.histogram |= histogram
    wanted.counted |= selector.function in COUNTED or selector.name.endswith("_total")
    wanted.reach = max(wanted.reach, reach)
    wanted.selectors += 1
    for label in extra - {"le", "__name__"}:
        wanted.labels.setdefault(label, set())
    for label, op, value in selector.matchers:
        if label not in ("le", "__name__"):
            op = "=~" if value == ".*" else op  # a variable whose values only these series will tell
            wanted.matchers.setdefault(label, []).append((op, value))
            wanted.labels.setdefault(label, set())


def invent(wanted: Wanted, span: Span) -> Iterator[Made]:
    """The series of a metric: every combination of its labels' values, up to a limit."""
    choices = {label: _values(wanted, label) for label in sorted(wanted.labels)}
    most = MOST_SERIES if not wanted.histogram else MOST_SERIES // 8
    while np.prod([len(v) for v in choices.values()], dtype=float) > most:
        longest = max(choices, key=lambda label: (label in _PLACES and len(choices[label]) > 1, len(choices[label])))
        choices[longest] = choices[longest][:-1]
    start = span.end - max(wanted.reach, span.length) - 900
    near = max(span.end - span.length - 900, start)
    at = np.concatenate([np.arange(start, near, COARSE), np.arange(near, span.end + 1, SCRAPE)])
    for combination in product(*choices.values()):
        labels = dict(zip(choices, combination, strict=True))
        if wanted.histogram:
            yield from _histogram(wanted.name, labels, at)
        else:
            yield Made(wanted.name, labels, at, _line(wanted, labels, at))


def _values(wanted: Wanted, label: str) -> list[str]:
    """Values of a label: one for each positive matcher, and the usual ones where a query asks for no particular value."""
    usual = _WORDS.get(label, (f"{label}-a", f"{label}-b"))
    matchers = wanted.matchers.get(label, [])
    found = [value for op, value in matchers if op == "=" and value]
    for expression in (value for op, value in matchers if op == "=~"):
        alternatives = re.split(r"[|()]+", expression)
        guesses = (*alternatives, *(re.sub(r"\\?\.[*+]?", filler, expression) for filler in ("0", "3", "")))
        fits = [value for value in (*found, *usual) if _fits(expression, value)] or [
            v for v in guesses if v and _fits(expression, v)
        ]
        found += fits[:4]
    positive = sum(op in ("=", "=~") for op, _ in matchers)
    found += usual if positive < wanted.selectors else ()
    barred = [value for op, value in matchers if op == "!=" and value]
    if barred:  # what is left out is what there is most of
        found = [*barred, *(value for value in found if value not in ("success", "200"))]
    patterns = [value for op, value in matchers if op == "!~"]
    kept = [value for value in dict.fromkeys(found) if not any(_fits(pattern, value) for pattern in patterns)]
    return kept[:6] or [usual[0]]


def _fits(expression: str, value: str) -> bool:
    try:
        return re.fullmatch(expression, value) is not None
    except re.error:
        return False


def _rng(name: str, labels: dict[str, str]) -> Random:
    return Random(f"{name} {sorted(labels.items())}")


def _wave(rng: Random, at: Floats) -> Floats:
    """About 1: a daily rhythm, slower and faster waves, noise."""
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 0.05, at.size)
    smooth = np.convolve(noise, np.ones(5) / 5, "same")
    phases = [rng.uniform(0, 6.28) for _ in range(2)]
    wave: Floats = (
        1 + 0.2 * np.sin(at / 13751 + 1) + 0.08 * np.sin(at / 1800 + phases[0]) + 0.04 * np.sin(at / 420 + phases[1]) + smooth
    )
    return np.maximum(wave, 0.05)


def _weight(labels: dict[str, str]) -> float:
    """How much of the traffic these labels have: failures are few."""
    weight = 1.0
    for label, value in labels.items():
        if label in ("code", "status", "status_code") and value[:1] in "45":
            weight *= 0.02 if value[0] == "4" else 0.004
        elif value in ("error", "failed", "failure"):
            weight *= 0.005
        else:
            weight *= 0.3 + Random(f"{label}{value}").random()
    return weight


def _summed(rate: Floats, at: Floats) -> Floats:
    """A counter with this rate a second."""
    counted: Floats = np.concatenate([[0.0], np.cumsum(rate[1:] * np.diff(at))])
    return counted


def _line(wanted: Wanted, labels: dict[str, str], at: Floats) -> Floats:
    name, rng = wanted.name, _rng(wanted.name, labels)
    wave = _wave(rng, at)
    bad = re.search(r"fail|error|drop|reject|lost|retr", name) is not None
    if wanted.counted:
        if name.endswith("cpu_seconds_total"):
            share = {"idle": 0.7, "user": 0.18, "system": 0.08}.get(labels.get("mode", "user"), 0.03)
            return _summed(share * wave, at)
        size = 40_000.0 if "bytes" in name else 0.2 if name.endswith("seconds_total") else 12.0
        counted = _summed(wave * size * _weight(labels) * (3e-5 if bad else 1), at)
        return np.floor(counted) if bad and "seconds" not in name else counted
    if name == "up" or name.endswith(("_up", "_ready", "_info", "_healthy", "_successful")) or name == "ALERTS":
        return np.ones(at.size)
    if "timestamp" in name or name.endswith("_time_seconds"):
        return np.full(at.size, END - rng.uniform(2, 40) * 86400)
    high, low = _gauge(name, bad)
    return np.maximum(low + (high - low) * rng.uniform(0.3, 0.7) * wave, 0)


def _gauge(name: str, bad: bool) -> tuple[float, float]:
    """Upper and lower end of a gauge, from its name."""
    if "_max_fds" in name:
        return 1024.0, 1024.0
    if re.search(r"total_bytes|bytes_total|limit|capacity|size_bytes|MemTotal", name):
        return (1.7e10, 1.6e10) if "bytes" in name.lower() or "Mem" in name else (70_000.0, 60_000.0)
    for words, scale in (
        ("ratio", (0.02, 0.0) if bad else (1.0, 0.5)), ("percent", (90.0, 10.0)), ("bytes", (6e8, 1e8)),
        ("interval", (30.0, 30.0)), ("seconds", (0.4, 0.05)), ("fds", (90.0, 30.0)), ("goroutines", (160.0, 60.0)),
        ("rate", (60.0, 10.0)), ("queue", (9.0, 0.0)),
    ):  # fmt: skip
        if words in name.lower():
            return scale
    return (3.0, 0.0) if bad else (60.0, 10.0)


def _histogram(name: str, labels: dict[str, str], at: Floats) -> Iterator[Made]:
    """Durations (or sizes) of a log-normal kind whose middle moves with time; a second, slow kind of a few per cent."""
    rng = _rng(name, labels)
    rate = _wave(rng, at) * 12 * _weight(labels)
    unit = 1e5 if "bytes" in name or "size" in name else 1.0
    middle = np.log(rng.uniform(0.02, 0.09)) + 0.35 * np.sin(at / 4100 + rng.uniform(0, 6))
    slow = 0.018 + 0.006 * np.sin(at / 2900 + 1)
    for bound in (*BOUNDS, np.inf):
        share = (1 - slow) * _below(np.log(bound) - middle, 0.55) + slow * _below(np.log(bound) - np.log(0.8), 0.5)
        le = "+Inf" if bound == np.inf else f"{bound * unit:g}" if unit > 1 else f"{bound}"
        yield Made(f"{name}_bucket", {**labels, "le": le}, at, _summed(rate * share, at))
    yield Made(f"{name}_count", labels, at, _summed(rate, at))
    yield Made(f"{name}_sum", labels, at, _summed(rate * (np.exp(middle + 0.15) * (1 - slow) + 0.9 * slow) * unit, at))


def _below(distance: Floats, spread: float) -> Floats:
    """The share of a normal distribution below (logistic approximation)."""
    share: Floats = 1 / (1 + np.exp(-np.clip(distance / spread * 1.702, -60, 60)))
    return share


__all__ = ["END", "collect", "invent", "synthetic"]
