"""SLO files in a few words, compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from ballast.repo import read_slo_files
from ballast.slo import Compiled, Context, compile_files

CONTEXT = Context(
    runbook_url="https://runbooks.example.com/{alert}",
    dashboard_url="https://grafana.example.com/d/{service}-{slo}",
    owners={"checkout": "team-payments"},
    tiers={("checkout", "page"): "P1", ("checkout", "ticket"): "P3"},
)

Compile = Callable[..., Compiled]


@pytest.fixture
def compile_text(tmp_path: Path) -> Compile:
    """Compiles the SLOs of a service, written without their head; the file must have no error."""

    def compile_text(slos: str, service: str = "checkout", context: Context = CONTEXT, head: str = "") -> Compiled:
        path = tmp_path / f"{service}.yaml"
        path.write_text(f"version: prometheus/v1\nservice: {service}\n{dedent(head)}slos:\n{dedent(slos)}")
        documents, problems = read_slo_files([path])
        assert documents, problems
        return compile_files([(d.path, d.model) for d in documents], context)[0]

    return compile_text
