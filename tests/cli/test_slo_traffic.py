"""`ballast slo traffic` and `ballast slo cost`, as a user runs them; the traffic from a real Prometheus."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ballast.cli import build_app
from ballast.repo import CannotRun
from ballast.stack import Prometheus, Stack

SPEC = """version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    low_traffic: {expected: 0.02, minimum_bad: 2}
    sli:
      availability: {metric: http_requests_total, selector: 'job="shop"'}
  - name: mean
    objective: 99
    sli: {raw: {error_ratio_query: 'avg_over_time(failing[{{.window}}])'}}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SPEC)
    return path


def ballast(*words: str | Path) -> Result:
    return CliRunner().invoke(build_app("slo"), ["slo", *map(str, words)])


def test_declared_traffic(spec: Path) -> None:
    done = ballast("traffic", spec, "--output", "json")
    found = json.loads(done.stdout)
    (advice,) = found["slos"]
    assert (done.exit_code, advice["rate"], advice["one_pages"]) == (0, 0.02, 0.0)
    assert found["unknown"] == [{"slo": "shop/mean", "why": "its SLI is a ratio and counts no events"}]


def test_as_text_at_a_rate(spec: Path) -> None:
    done = ballast("traffic", spec, "--rate", "0.02", "--slo", "availability")
    assert done.exit_code == 0
    assert "A single failure does not page." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_quietest_hour_of_a_real_prometheus(spec: Path, tmp_path: Path) -> None:
    now = int(time.time())
    rows, value = [], 0.0
    for at in range(now - 30 * 3600, now, 60):
        value += 60 * (0.05 if now - at < 12 * 3600 else 0.5)
        rows.append(f'http_requests_total{{job="shop"}} {value:.2f} {at}\n')
    (tmp_path / "history.om").write_text("# TYPE http_requests_total unknown\n" + "".join(rows) + "# EOF\n")
    with Stack(tmp_path / "stack") as stack:
        prometheus = Prometheus(stack.directory / "prometheus")
        prometheus.backfill(tmp_path / "history.om", block_hours=48)
        stack.start(prometheus)
        done = ballast("traffic", spec, "--prometheus", prometheus.url, "--slo", "availability", "--output", "json")
    (advice,) = json.loads(done.stdout)["slos"]
    assert advice["rate"] == pytest.approx(0.05, rel=0.02)


def test_one_sentence_where_nothing_answers(spec: Path) -> None:
    done = ballast("traffic", spec, "--prometheus", "http://127.0.0.1:9", "--slo", "availability")
    assert isinstance(done.exception, CannotRun)
    assert "does not answer as a Prometheus" in str(done.exception)


def test_cost(spec: Path) -> None:
    done = ballast("cost", spec, "--output", "json")
    found = json.loads(done.stdout)
    assert [one["slo"] for one in found["slos"]] == ["shop/availability", "shop/mean"]
    assert found["total"]["series"] == sum(one["series"] for one in found["slos"])
    assert max(map(len, ballast("cost", spec).stdout.splitlines())) <= 90
