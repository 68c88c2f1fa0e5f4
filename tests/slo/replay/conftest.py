"""A week of the checkout service, in a Prometheus of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ballast.repo import SloFile
from ballast.slo import CompiledSlo, Context, compile_file
from ballast.slo.replay import Server, openmetrics
from tests.slo.replay.history import write

AVAILABILITY = {"metric": "http_requests_total", "selector": 'service="checkout"'}
LATENCY = {"metric": "http_request_duration_seconds", "selector": 'service="checkout"', "threshold": 0.25}


def spec(name: str = "availability", objective: float = 99.9, **more: object) -> CompiledSlo:
    """An SLO of the history, compiled."""
    sli: dict[str, object] = {"availability": AVAILABILITY} if name == "availability" else {"latency": LATENCY}
    slo = {"name": name, "objective": objective, "sli": sli, **more}
    file = SloFile.model_validate({"version": "prometheus/v1", "service": "checkout", "slos": [slo]})
    return compile_file(file, Context()).slos[0]


@pytest.fixture(scope="session")
def week_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("week") / "history.om"
    write(file)
    return file


@pytest.fixture(scope="session")
def week(week_file: Path) -> Iterator[Server]:
    with openmetrics(week_file) as server:
        yield server
