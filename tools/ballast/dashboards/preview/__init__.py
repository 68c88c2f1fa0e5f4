"""Draws a dashboard without Grafana: asks Prometheus what its panels ask, and makes PNG and HTML of the answers."""

from ballast.dashboards.preview.ask import Sources
from ballast.dashboards.preview.page import Picture, page, pictures, write
from ballast.dashboards.preview.run import Request, changed_files, draw_files
from ballast.dashboards.preview.span import Span, moment, rate_interval, round_interval
from ballast.dashboards.preview.synthetic import END, synthetic

__all__ = [
    "END",
    "Picture",
    "Request",
    "Sources",
    "Span",
    "changed_files",
    "draw_files",
    "moment",
    "page",
    "pictures",
    "rate_interval",
    "round_interval",
    "synthetic",
    "write",
]
