"""Pyrra's rules for an SLO, written out from its formulas, because it cannot be installed as a Go module.

Source: pyrra-dev/pyrra, slo/rules.go at commit 00b38d08 (burn rates, increases with and without `performanceOverAccuracy`),
for an SLO over four weeks, as its examples have it. Left out are its generic rules (`--generic-rules`), which are optional.
"""

from __future__ import annotations

from typing import Any

# severity, for, long, short, factor: for four weeks.
WINDOWS = (("critical", "2m", "1h", "5m", 14), ("critical", "15m", "6h", "30m", 7), ("warning", "1h", "1d", "2h", 2), ("warning", "3h", "4d", "6h", 1))  # fmt: skip  # noqa: E501
BURN_INTERVAL, INCREASE_INTERVAL = 30, 150
"""Seconds between evaluations, as Pyrra writes them into its groups: (weeks + 1) x 30 for the second."""


def groups(name: str, metric: str, selector: str, errors: str, objective: float, *, quick: bool) -> list[dict[str, Any]]:
    """The rule groups of a ratio SLO. `quick` is `performanceOverAccuracy`: four weeks from 5-minute increases."""
    base = metric.removesuffix("_total")
    labels = {"slo": name, **dict(part.split("=") for part in selector.replace('"', "").split(","))}
    failed, target = f"{selector},{errors}", objective / 100
    burn: list[dict[str, Any]] = [
        {
            "record": f"{base}:burnrate{window}",
            "expr": f"sum(rate({metric}{{{failed}}}[{window}])) / sum(rate({metric}{{{selector}}}[{window}]))",
            "labels": labels,
        }
        for window in ("5m", "30m", "1h", "2h", "6h", "1d", "4d")
    ]
    burn += [
        {
            "alert": "ErrorBudgetBurn",
            "expr": f'{base}:burnrate{short}{{{selector},slo="{name}"}} > ({factor} * (1-{target:.12g})) and '
            f'{base}:burnrate{long}{{{selector},slo="{name}"}} > ({factor} * (1-{target:.12g}))',
            "for": hold,
            "labels": {**labels, "severity": severity, "short": short, "long": long},
        }
        for severity, hold, long, short, factor in WINDOWS
    ]
    absent = {"alert": "SLOMetricAbsent", "expr": f"absent({metric}{{{selector}}}) == 1", "for": "2m", "labels": labels}
    if not quick:
        whole = {
            "record": f"{base}:increase4w",
            "expr": f"sum by (code) (increase({metric}{{{selector}}}[4w]))",
            "labels": labels,
        }
        return [_group(name, burn), _group(f"{name}-increase", [whole, absent])]
    part = {"record": f"{base}:increase5m", "expr": f"sum by (code) (increase({metric}{{{selector}}}[5m]))", "labels": labels}
    whole = {
        "record": f"{base}:increase4w",
        "expr": f'sum by (code) (sum_over_time({base}:increase5m{{{selector},slo="{name}"}}[4w:5m]))',
        "labels": labels,
    }
    return [_group(name, [*burn, part, absent]), _group(f"{name}-increase", [whole])]


def _group(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "rules": rules}
