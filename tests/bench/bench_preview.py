"""The preview: synthetic data, asking, drawing; a panel at a time."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from ballast.dashboards import parse
from ballast.dashboards.preview import END, Sources, Span, pictures, synthetic
from tests.bench.figures import Figure
from tests.conftest import ROOT

COMMAND = "make bench ARGS=preview"
FILES = ("dashboards/slo/checkout-availability.json", "dashboards/red/checkout.json", "dashboards/stack.json")


def run(quick: bool) -> list[Figure]:
    """Wall milliseconds a panel for PNG and HTML, and seconds until a Prometheus with synthetic data answers."""
    span = Span(END - 6 * 3600, END)
    waited, drawn, panels = 0.0, 0.0, 0
    for name in FILES[: 1 if quick else None]:
        path = ROOT / name
        dashboard = parse(name, path.read_bytes()).dashboards[0]
        began = time.perf_counter()
        with synthetic([dashboard], path, span, {}) as url, Sources(url) as sources, tempfile.TemporaryDirectory() as folder:
            waited += time.perf_counter() - began
            began = time.perf_counter()
            for one in pictures(dashboard, sources, span):
                Path(folder, "one.png").write_bytes(one.png)
            drawn += time.perf_counter() - began
            panels += sum(not panel.folded for panel in dashboard.panels)
    note = f"{panels} panels, {len(FILES) if not quick else 1} dashboards, one theme"
    each = waited / (1 if quick else len(FILES))
    return [
        Figure("preview: asked and drawn as PNG and HTML", drawn / panels * 1e3, "ms a panel", COMMAND, note=note),
        Figure(
            "preview: synthetic data until Prometheus answers",
            each,
            "s",
            COMMAND,
            note="each dashboard has a server of its own",
        ),
    ]
