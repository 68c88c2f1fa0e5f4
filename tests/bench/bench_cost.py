"""What a thousand SLOs cost a real Prometheus: our rules, Sloth's, and Pyrra's formulas, over the same history.

Each side gets a Prometheus of its own with a month of history (raw counters, and what its rules would have recorded), which
goes on scraping the same counters. Its own metrics tell what one evaluation of all rules takes; where it cannot keep up, what
it did manage is scaled to all. Equal intervals are strict on us: what may wait is evaluated once a minute by our rules, so the
other comparisons take groups at the intervals that their makers give them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import httpx
import yaml

from ballast.repo import read_slo_files
from ballast.slo import Context, compile_files, prometheus_rules
from ballast.slo.cost import Assumptions, SloCost, cost_of, total_cost
from ballast.stack import Prometheus, Scrape, Stack, tool
from tests.bench import pyrra
from tests.bench.blocks import multiply
from tests.bench.figures import Figure

COMMAND = "make bench ARGS=cost"
CODES, PODS, SCRAPE = ("200", "201", "202", "404", "503"), 4, 30
SERIES = len(CODES) * PODS
DAYS, BLOCK_HOURS = 31, 54
EVALUATE = 30
"""Seconds between evaluations of every group while it is measured."""

SPEC = """version: prometheus/v1
service: bench
slos:
"""
SLO = """  - name: s{n}
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(requests_total{{app="s{n}",code=~"5.."}}[{{{{.window}}}}]))
        total_query: sum(rate(requests_total{{app="s{n}"}}[{{{{.window}}}}]))
    alerting: {{name: S{n}}}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one evaluation of all rules: CPU seconds, samples read and written, seconds by group. Memory in bytes."""

    cpu: float
    read: float
    written: float
    groups: Mapping[str, float]
    resident: float
    heap: float

    @property
    def seconds(self) -> float:
        """`prometheus_rule_group_last_duration_seconds`, summed."""
        return sum(self.groups.values())


def run(quick: bool) -> list[Figure]:
    """A thousand SLOs (100 when quick), each of 20 series scraped every 30 s."""
    slos = 100 if quick else 1000
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as folder, _serve(slos) as target, Stack(Path(folder) / "stack") as stack:
        work = Path(folder)
        rules, predicted = _rules(work, slos)
        history = _history(work, slos, target)
        for side, file in rules.items():
            scrapes = [Scrape("bench", [target])]
            prometheus = Prometheus(
                stack.directory / side,
                scrapes=scrapes,
                scrape_interval=SCRAPE,
                evaluation_interval=EVALUATE,
                flags=[f"--storage.tsdb.max-block-duration={BLOCK_HOURS}h"],  # or it would merge our blocks meanwhile
            )
            shutil.copytree(history, prometheus.data)
            stack.start(prometheus)
            costs[side] = _measure(prometheus, file)
            prometheus.stop()
            shutil.rmtree(prometheus.directory)
    return _figures(costs, predicted, slos)


def _rules(work: Path, slos: int) -> tuple[dict[str, Path], SloCost]:
    """A rule file a side, without intervals or all the same; and what ours are predicted to cost."""
    spec = work / "spec.yaml"
    spec.write_text(SPEC + "".join(SLO.format(n=n) for n in range(slos)))
    documents, problems = read_slo_files([spec])
    assert not problems, problems
    compiled = compile_files([(d.path, d.model) for d in documents], Context(fast=f"{EVALUATE}s", slow=f"{EVALUATE}s"))
    files = {side: work / f"{side}.yaml" for side in ("nothing", "ours", "sloth", "pyrra")}
    files["nothing"].write_text("groups: []\n")
    files["ours"].write_text(prometheus_rules(compiled[0].groups))
    subprocess.run([tool("sloth"), "generate", "-i", spec, "-o", files["sloth"]], check=True, capture_output=True)
    theirs = (pyrra.groups(f"s{n}", "requests_total", f'app="s{n}"', 'code=~"5.."', 99.9, quick=True) for n in range(slos))
    files["pyrra"].write_text(yaml.dump({"groups": list(chain.from_iterable(theirs))}, Dumper=yaml.CSafeDumper))
    given = Assumptions(SERIES, SCRAPE, failing=PODS)
    return files, total_cost(cost_of(one, given) for one in compiled[0].slos)


def _figures(costs: Mapping[str, Cost], predicted: SloCost, slos: int) -> list[Figure]:
    ours, sloth, theirs, idle = (costs[side] for side in ("ours", "sloth", "pyrra", "nothing"))
    note = f"{slos} SLOs x {SERIES} series, scraped every {SCRAPE} s; load average {os.getloadavg()[0]:.1f}"
    quick = "Pyrra: four weeks, performanceOverAccuracy"

    def ratio(what: str, one: float, other: float, goal: float | None = None, note: str = "") -> Figure:
        return Figure(f"{what}, ours / {'Pyrra' if note == quick else 'Sloth'}'s", one / other, "x", COMMAND, goal, note=note)

    def net(cost: Cost) -> float:
        return cost.cpu - idle.cpu

    def at(cost: Cost, fast: float, slow: float) -> float:
        """CPU a second, shared out over its groups by their times, the long windows every `slow` seconds."""
        late = sum(t for name, t in cost.groups.items() if name.endswith(("/slow", "-increase"))) / cost.seconds
        return net(cost) * ((1 - late) / fast + late / slow)

    burn, increase = pyrra.BURN_INTERVAL, pyrra.INCREASE_INTERVAL
    read = predicted.sampled / ours.read
    cpu = predicted.evaluation / net(ours)
    figures = [
        ratio("evaluation CPU at equal intervals", net(ours), net(sloth), 0.2, note),
        ratio("evaluation time at equal intervals", ours.seconds, sloth.seconds, None, "wall clock: other work counts too"),
        ratio("samples read at equal intervals", ours.read, sloth.read, 0.1),
        ratio("evaluation CPU, pages every 5 s (as configured)", at(ours, 5, 60), at(sloth, 5, 5), 0.1),
        ratio("evaluation CPU, pages every 30 s", at(ours, 30, 60), at(sloth, 30, 30), 0.15),
        ratio("evaluation CPU at equal intervals", net(ours), net(theirs), None, quick),
        ratio("evaluation CPU, pages every 30 s", at(ours, 30, 60), at(theirs, burn, increase), None, quick),
        Figure("samples read by our rules, predicted / measured", read, "x", COMMAND),
        Figure("evaluation CPU of our rules, predicted / measured", cpu, "x", COMMAND, note="the machine's factor"),
    ]
    for side, cost in costs.items():
        heap = f"heap in use {cost.heap / 1e6:.0f} MB"
        figures.append(Figure(f"{side}: memory resident", cost.resident / 1e6, "MB", COMMAND, note=heap))
        if side != "nothing":
            figures += [
                Figure(f"{side}: evaluation CPU", 1000 * net(cost) / slos, "ms/SLO", COMMAND),
                Figure(f"{side}: samples read by an evaluation", cost.read / slos, "/SLO", COMMAND),
                Figure(f"{side}: series written", cost.written / slos, "/SLO", COMMAND),
            ]
    return figures


@contextmanager
def _serve(slos: int) -> Iterator[str]:
    """The counters, live: yields the scrape target."""
    who = [(n, pod) for n in range(slos) for pod in range(PODS)]
    heads = {code: [f'requests_total{{app="s{n}",code="{code}",pod="{pod}"}}' for n, pod in who] for code in CODES}

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = time.time()
            body = "".join(f" {_value(code, now):.2f}\n".join([*head, ""]) for code, head in heads.items()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _value(code: str, at: float) -> float:
    """A counter that has grown steadily since long ago."""
    return (at - 1.7e9) * (0.01 if code >= "500" else 30)


def _history(work: Path, slos: int, target: str) -> Path:
    """Blocks of what was scraped and what either side recorded, up to now: of one series of each kind, then multiplied."""
    now, history = int(time.time()) // SCRAPE * SCRAPE, work / "history.om"
    identity = {"sloth_id": "bench-s0", "sloth_service": "bench", "sloth_slo": "s0"}
    own, scraped = {"slo": "s0", **identity}, {"app": "s0", "pod": "0", "job": "bench", "instance": target}
    recorded: list[tuple[str, dict[str, str], int]] = [
        ("slo:tile_total:rate30m", {**own, "slo_part": "whole"}, 1800),
        ("slo:tile_errors:rate30m", {**own, "slo_part": "whole"}, 1800),
        ("slo:tile_total:begun", {**own, "slo_part": "begun"}, 60),
        ("slo:tile_errors:begun", {**own, "slo_part": "begun"}, 60),
        ("slo:sli_error:ratio_rate5m", {**identity, "sloth_window": "5m"}, SCRAPE),
    ]
    with history.open("w") as file:
        for name, labels, step in recorded:
            times = range((now - DAYS * 86400) // step * step, now, step)
            file.write(f"# TYPE {name} unknown\n")
            file.writelines(f"{name}{_braces(labels)} {0.001 + t % 977 * 1e-7:.7f} {t}\n" for t in times)
        file.write("# TYPE requests:increase5m unknown\n")
        times = range(now - DAYS * 86400, now, SCRAPE)
        labels = {"app": "s0", "slo": "s0", "code": CODES[0]}
        file.writelines(f"requests:increase5m{_braces(labels)} {9000 + t % 7:.0f} {t}\n" for t in times)
        file.write("# TYPE requests unknown\n# TYPE requests_total unknown\n")
        for code in (CODES[0], CODES[-1]):
            labels = {**scraped, "code": code}
            file.writelines(f"requests_total{_braces(labels)} {_value(code, t):.2f} {t}\n" for t in times)
        file.write("# EOF\n")
    prometheus = Prometheus(work / "history")
    prometheus.backfill(history, block_hours=BLOCK_HOURS)
    history.unlink()

    def expand(labels: dict[str, str]) -> Iterator[dict[str, str]]:
        codes = [labels.get("code", "")] if labels.get("code") != CODES[0] else CODES[:-1]
        pods = range(PODS) if "pod" in labels else (0,)
        for n in range(slos):
            for code in codes:
                for pod in pods:
                    found = {k: v.replace("s0", f"s{n}") for k, v in labels.items()} | {"code": code, "pod": str(pod)}
                    yield {k: v for k, v in found.items() if k in labels}

    for block in prometheus.data.iterdir():
        if (block / "index").exists():
            multiply(block, expand)
    return prometheus.data


def _braces(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}"


def _measure(prometheus: Prometheus, rules: Path) -> Cost:
    """Evaluate all of `rules` once so that blocks are in memory, then once more."""
    prometheus.rule_files = [rules]
    prometheus.reload()
    count = sum(len(group["rules"]) for group in prometheus.get("/api/v1/rules")["groups"])
    wait = EVALUATE if count else 10
    time.sleep(wait + 2)
    before, _ = _own_metrics(prometheus)
    time.sleep(wait)
    after, groups = _own_metrics(prometheus)
    failed = [rule for group in prometheus.get("/api/v1/rules")["groups"] for rule in group["rules"] if rule["health"] == "err"]
    assert not failed, failed[0]
    names = ("process_cpu_seconds_total", "prometheus_engine_query_samples_total", "prometheus_rule_evaluations_total")
    cpu, read, done = (after.get(name, 0.0) - before.get(name, 0.0) for name in names)
    scale = count / done if count else 1.0  # what it could not keep up with
    if not 0.95 < scale < 1.05:
        print(
            f"  {rules.stem}: {done:.0f} of {count} rules were evaluated, the dear ones least: the machine is too busy",
            file=sys.stderr,
        )
    written = after.get("prometheus_rule_group_last_evaluation_samples", 0.0)
    return Cost(
        cpu * scale,
        read * scale,
        written,
        groups,
        after["process_resident_memory_bytes"],
        after["go_memstats_heap_inuse_bytes"],
    )


def _own_metrics(prometheus: Prometheus) -> tuple[dict[str, float], dict[str, float]]:
    """Prometheus' own metrics, summed over their labels; and how long each rule group took, in seconds."""
    sums: dict[str, float] = {}
    groups: dict[str, float] = {}
    for line in httpx.get(f"{prometheus.url}/metrics", trust_env=False, timeout=30).text.splitlines():
        if line.startswith("#"):
            continue
        series, value = line.rsplit(" ", 1)
        name, _, labels = series.partition("{")
        sums[name] = sums.get(name, 0.0) + float(value)
        if name == "prometheus_rule_group_last_duration_seconds":
            groups[labels.partition(";")[2].removesuffix('"}')] = float(value)
    return sums, groups
