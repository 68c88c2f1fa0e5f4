"""What Prometheus spends on evaluating our rules and Sloth's for the same SLOs, over the same history.

A real Prometheus gets days of history (raw counters, and what each side's rules would have recorded), goes on scraping the same
counters, evaluates one of the two rule files for a while, and its own metrics tell what that cost: CPU seconds and samples.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from ballast.repo import read_slo_files
from ballast.slo import Context, compile_files, prometheus_rules
from ballast.stack import Prometheus, Scrape, Stack, tool
from tests.bench.figures import Figure

COMMAND = "make bench ARGS=cost"
SERIES, FAILING, SCRAPE = 20, 4, 30
RAW_DAYS, RECORDED_DAYS = 3, 30

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
    """Per second of wall clock: CPU seconds, samples that queries read."""

    cpu: float
    samples: float


def run(quick: bool) -> list[Figure]:
    """Sloth and Ballast at equal intervals, and Ballast as it is configured against Sloth every 30 s."""
    slos, seconds = (4, 22) if quick else (20, 62)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        spec = work / "spec.yaml"
        spec.write_text(SPEC + "".join(SLO.format(n=n) for n in range(slos)))
        ours = _ours(spec, work / "ours.yaml", Context(fast="10s", slow="10s"))
        configured = _ours(spec, work / "configured.yaml", Context())
        sloth = work / "sloth.yaml"
        subprocess.run([tool("sloth"), "generate", "-i", spec, "-o", sloth], check=True, capture_output=True)
        history = work / "history.om"
        now = int(time.time()) // 60 * 60
        with _serve(slos) as target, Stack(work / "stack") as stack:
            prometheus = Prometheus(
                stack.directory / "prometheus",
                scrapes=[Scrape("bench", [target])],
                scrape_interval=SCRAPE,
                evaluation_interval=10,
            )
            _write(history, slos, now, target)
            prometheus.backfill(history, block_hours=24 * (RECORDED_DAYS + 1))
            history.unlink()
            stack.start(prometheus)
            time.sleep(2 * SCRAPE)  # so that the shortest windows hold two samples again
            idle = _measure(prometheus, [], 10)
            theirs_cost = _measure(prometheus, [sloth], seconds)
            ours_cost = _measure(prometheus, [ours], seconds)
            configured_cost = _measure(prometheus, [configured], max(seconds, 61))
    note = f"{slos} SLOs x {SERIES} series, scraped every {SCRAPE} s; load average {os.getloadavg()[0]:.1f}"
    # Measured every 10 s; Sloth's rules are taken to run every 30 s, the scrape interval.
    theirs_30 = (theirs_cost.cpu - idle.cpu) / 3
    return [
        _figure("evaluation CPU, ours / Sloth's, equal intervals", _ratio(ours_cost.cpu, theirs_cost.cpu, idle.cpu), 0.2, note),
        _figure("samples read, ours / Sloth's, equal intervals", ours_cost.samples / theirs_cost.samples, 0.2, note),
        _figure(
            "evaluation CPU, ours as configured (5 s and 1 min) / Sloth's every 30 s",
            (configured_cost.cpu - idle.cpu) / theirs_30,
            None,
            "pages are evaluated six times as often",
        ),
        Figure(
            "evaluation CPU of Sloth's rules", 1000 * 10 * (theirs_cost.cpu - idle.cpu) / slos, "ms/SLO", COMMAND, note=note
        ),
        Figure("evaluation CPU of our rules", 1000 * 10 * (ours_cost.cpu - idle.cpu) / slos, "ms/SLO", COMMAND, note=note),
    ]


def _figure(name: str, value: float, goal: float | None, note: str) -> Figure:
    return Figure(name, value, "x", COMMAND, goal=goal, note=note)


def _ratio(ours: float, theirs: float, idle: float) -> float:
    return (ours - idle) / (theirs - idle)


def _ours(spec: Path, rules: Path, context: Context) -> Path:
    documents, problems = read_slo_files([spec])
    assert not problems, problems
    compiled = compile_files([(d.path, d.model) for d in documents], context)
    rules.write_text(prometheus_rules(compiled[0].groups))
    return rules


@contextmanager
def _serve(slos: int) -> Iterator[str]:
    """The counters, live: yields the scrape target."""

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = "".join(f"{head} {_value(code, time.time()):.2f}\n" for head, code in _counters(slos)).encode()
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


def _counters(slos: int) -> Iterator[tuple[str, int]]:
    """Each counter's name with labels, and its status code."""
    for n in range(slos):
        for series in range(SERIES):
            code = 500 + series if series < FAILING else 200 + series
            yield f'requests_total{{app="s{n}",code="{code}"}}', code


def _value(code: int, at: float) -> float:
    """A counter that has grown steadily since long ago."""
    return (at - 1.7e9) * (0.01 if code >= 500 else 30)


def _write(path: Path, slos: int, now: int, target: str) -> None:
    """OpenMetrics with what was scraped and what either side recorded, up to now."""
    with path.open("w") as file:
        file.write("# TYPE requests unknown\n")
        for head, code in _counters(slos):
            labelled = head.removesuffix("}") + f',instance="{target}",job="bench"}}'
            times = range(now - RAW_DAYS * 86400, now, SCRAPE)
            file.write("".join(f"{labelled} {_value(code, t):.2f} {t}\n" for t in times))
        for name, step, window, slo in (
            ("slo:tile_total:rate30m", 60, ',slo_part="whole"', True),
            ("slo:tile_errors:rate30m", 60, ',slo_part="whole"', True),
            ("slo:sli_error:ratio_rate5m", SCRAPE, ',sloth_window="5m"', False),
        ):
            file.write(f"# TYPE {name} unknown\n")
            for n in range(slos):
                labels = (
                    f'slo="s{n}",' if slo else ""
                ) + f'sloth_id="bench-s{n}",sloth_service="bench",sloth_slo="s{n}"{window}'
                times = range(now - RECORDED_DAYS * 86400, now, step)
                kept = (t for t in times if not slo or t % 1800 == 0)
                file.write("".join(f"{name}{{{labels}}} {0.001 + t % 977 * 1e-7:.7f} {t}\n" for t in kept))
        file.write("# EOF\n")


def _measure(prometheus: Prometheus, rules: list[Path], seconds: float) -> Cost:
    """Evaluate `rules` for `seconds`; the first evaluations, which load blocks, are not counted."""
    prometheus.rule_files = rules
    prometheus.reload()
    time.sleep(12)
    before, began = _counters_of(prometheus), time.monotonic()
    time.sleep(seconds)
    after, took = _counters_of(prometheus), time.monotonic() - began
    failed = [rule for group in prometheus.get("/api/v1/rules")["groups"] for rule in group["rules"] if rule["health"] == "err"]
    assert not failed, failed[0]
    names = ("process_cpu_seconds_total", "prometheus_engine_query_samples_total")
    return Cost(*((after[name] - before[name]) / took for name in names))


def _counters_of(prometheus: Prometheus) -> dict[str, float]:
    """Prometheus' own metrics, summed over their labels."""
    sums: dict[str, float] = {}
    for line in httpx.get(f"{prometheus.url}/metrics", trust_env=False, timeout=30).text.splitlines():
        if not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name = series.split("{")[0]
            sums[name] = sums.get(name, 0.0) + float(value)
    return sums
