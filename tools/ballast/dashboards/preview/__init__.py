"""Draws a dashboard without Grafana: asks Prometheus what its panels ask, and makes PNG and HTML of the answers."""

from ballast.dashboards.preview.ask import Asked, Span, ask, rate_interval, round_interval
from ballast.dashboards.preview.page import preview

__all__ = ["Asked", "Span", "ask", "preview", "rate_interval", "round_interval"]
