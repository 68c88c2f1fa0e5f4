"""What Prometheus spends on evaluating our rules and Sloth's for the same SLOs, over the same history.

A real Prometheus gets days of history (raw counters, and what each side's rules would have recorded), evaluates one of the two
rule files for a while, and its own counters tell what that cost: CPU seconds and samples. Nothing is scraped meanwhile; the
history reaches some minutes into the future, so that all windows are full.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from ballast.repo import read_slo_files
from ballast.slo import Context, compile_files, prometheus_rules
from ballast.stack import Prometheus, Stack, tool
from tests.bench.figures import Figure

COMMAND = "make bench ARGS=cost"
SERIES, FAILING, SCRAPE = 20, 4, 30
RAW_DAYS, RECORDED_DAYS = 3, 30
AHEAD = 900

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
    """Per second of wall clock: CPU seconds, samples that queries read, rule evaluations."""

    cpu: float
    samples: float
    evaluations: float


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
        with Stack(work / "stack") as stack:
            prometheus = Prometheus(stack.directory / "prometheus", evaluation_interval=10)
            _write(history, slos)
            prometheus.backfill(history, block_hours=24 * (RECORDED_DAYS + 1))
            history.unlink()
            stack.start(prometheus)
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


def _write(path: Path, slos: int) -> None:
    """OpenMetrics with what was scraped and what either side recorded, up to `AHEAD` seconds from now."""
    end = int(time.time()) // 60 * 60 + AHEAD
    with path.open("w") as file:
        for lines in (_counters(slos, end), _recorded(slos, end)):
            file.writelines(lines)
        file.write("# EOF\n")


def _counters(slos: int, end: int) -> Iterator[str]:
    yield "# TYPE requests unknown\n"
    times = range(end - RAW_DAYS * 86400, end, SCRAPE)
    for n in range(slos):
        for series in range(SERIES):
            code = 500 + series if series < FAILING else 200 + series
            step = 0.01 if series < FAILING else 30
            head = f'requests_total{{app="s{n}",code="{code}"}}'
            yield "".join(f"{head} {(t - times.start) * step:.2f} {t}\n" for t in times)


def _recorded(slos: int, end: int) -> Iterator[str]:
    first = end - RECORDED_DAYS * 86400
    for name, step, window in (
        ("slo:tile_total:rate30m", 60, ""),
        ("slo:tile_errors:rate30m", 60, ""),
        ("slo:sli_error:ratio_rate5m", SCRAPE, ',sloth_window="5m"'),
    ):
        yield f"# TYPE {name} unknown\n"
        for n in range(slos):
            labels = f'sloth_id="bench-s{n}",sloth_service="bench",sloth_slo="s{n}"{window}'
            own = f'{labels},slo="s{n}"' if not window else labels
            yield "".join(f"{name}{{{own}}} {0.001 + t % 977 * 1e-7:.7f} {t}\n" for t in range(first, end - AHEAD, step))


def _measure(prometheus: Prometheus, rules: list[Path], seconds: float) -> Cost:
    """Evaluate `rules` for `seconds`; the first evaluations, which load blocks, are not counted."""
    prometheus.rule_files = rules
    prometheus.reload()
    time.sleep(12)
    before, began = _counters_of(prometheus), time.monotonic()
    time.sleep(seconds)
    after, took = _counters_of(prometheus), time.monotonic() - began
    assert after["prometheus_rule_evaluation_failures_total"] == 0
    return Cost(
        *(
            (after[name] - before[name]) / took
            for name in (
                "process_cpu_seconds_total",
                "prometheus_engine_query_samples_total",
                "prometheus_rule_evaluations_total",
            )
        )
    )


def _counters_of(prometheus: Prometheus) -> dict[str, float]:
    """Prometheus' own metrics, summed over their labels."""
    sums: dict[str, float] = {"prometheus_rule_evaluation_failures_total": 0, "prometheus_rule_evaluations_total": 0}
    for line in httpx.get(f"{prometheus.url}/metrics", trust_env=False, timeout=30).text.splitlines():
        if not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name = series.split("{")[0]
            sums[name] = sums.get(name, 0.0) + float(value)
    return sums
