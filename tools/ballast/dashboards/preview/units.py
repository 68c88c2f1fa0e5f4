"""Numbers as Grafana writes them, for the units that our dashboards use and the like."""

from __future__ import annotations

import math

_SCALES = {"short": ("", " K", " Mil", " Bil"), "reqps": (" req/s", " K req/s", " M req/s"), "eps": (" ev/s", " K ev/s"),
           "ops": (" ops/s", " K ops/s"), "wps": (" wr/s", " K wr/s")}  # fmt: skip
_TIMES = ((31536000, "years"), (604800, "weeks"), (86400, "days"), (3600, "hours"), (60, "mins"))
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB")


def written(value: float, unit: str = "", decimals: int | None = None) -> str:
    """The text of `value` in Grafana's `unit`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if unit.startswith("suffix:"):
        return _plain(value, decimals) + unit.removeprefix("suffix:")
    if unit.startswith("prefix:"):
        return unit.removeprefix("prefix:") + _plain(value, decimals)
    if unit == "percentunit":
        return _plain(value * 100, decimals) + "%"
    if unit == "percent":
        return _plain(value, decimals) + "%"
    if unit == "s":
        return _time(value, decimals)
    if unit == "bytes":
        return _scaled(value, 1024, [f" {b}" for b in _BYTES], decimals)
    if unit in _SCALES:
        return _scaled(value, 1000, list(_SCALES[unit]), decimals)
    return _plain(value, decimals)


def _plain(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _scaled(value: float, base: float, names: list[str], decimals: int | None) -> str:
    i = 0
    while abs(value) >= base and i < len(names) - 1:
        value, i = value / base, i + 1
    return _plain(value, decimals) + names[i]


def _time(value: float, decimals: int | None) -> str:
    for size, name in _TIMES:
        if abs(value) >= size:
            return f"{_plain(value / size, decimals)} {name}"
    if value and abs(value) < 1:
        return f"{_plain(value * 1000, 0 if abs(value) >= 0.01 else 2)} ms"
    return f"{_plain(value, decimals)} s"
