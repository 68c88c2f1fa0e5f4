"""Numbers as Grafana writes them, in its units."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_SI = ("", "K", "Mil", "Bil", "Tri")
_RATES = {
    "reqps": "req/s", "rps": "req/s", "ops": "ops/s", "eps": "evt/s", "wps": "wr/s", "iops": "io/s", "cps": "c/s",
    "mps": "msg/s", "recps": "rec/s", "pps": "p/s", "hertz": "Hz", "watt": "W", "volt": "V", "amp": "A",
}  # fmt: skip
_BYTES = {
    "bytes": ("B", 1024), "decbytes": ("B", 1000), "binBps": ("B/s", 1024), "Bps": ("B/s", 1000), "bits": ("b", 1024),
    "decbits": ("b", 1000), "bps": ("b/s", 1000), "binbps": ("b/s", 1024),
}  # fmt: skip
_LARGER = {
    "kbytes": ("bytes", 1024), "mbytes": ("bytes", 1024**2), "gbytes": ("bytes", 1024**3),
    "deckbytes": ("decbytes", 1e3), "decmbytes": ("decbytes", 1e6), "KBs": ("Bps", 1e3), "MBs": ("Bps", 1e6),
}  # fmt: skip
_TIMES = ((31536000.0, "year"), (604800.0, "week"), (86400.0, "day"), (3600.0, "hour"), (60.0, "min"))
_SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6, "ns": 1e-9, "m": 60.0, "h": 3600.0, "d": 86400.0, "dtdurations": 1.0,
            "dtdurationms": 1e-3, "clocks": 1.0, "clockms": 1e-3, "seconds": 1.0}  # fmt: skip
_SUFFIXES = {
    "celsius": "°C",
    "fahrenheit": "°F",
    "degree": "°",
    "rotrpm": " rpm",
    "dB": " dB",
    "currencyUSD": " $",
    "currencyEUR": " €",
}


def written(value: float, unit: str = "", decimals: int | None = None) -> str:
    """The text of `value` in Grafana's `unit`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    kind, _, own = unit.partition(":")
    if own and kind in ("suffix", "prefix"):
        plain = _plain(value, decimals)
        return plain + own if kind == "suffix" else own + plain
    if unit == "percentunit":
        return _plain(value * 100, decimals) + "%"
    if unit == "percent":
        return _plain(value, decimals) + "%"
    if unit in _SECONDS:
        return _time(value * _SECONDS[unit], decimals)
    if unit in _LARGER:
        unit, value = _LARGER[unit][0], value * _LARGER[unit][1]
    if unit in _BYTES:
        name, base = _BYTES[unit]
        binary = "i" if base == 1024 else ""
        return _scaled(
            value, base, [f" {name}", *(f" {p}{binary}{name}" for p in ("K" if binary else "k", "M", "G", "T", "P"))], decimals
        )
    if unit in _RATES:
        return _scaled(value, 1000, [f" {_RATES[unit]}", *(f"{p} {_RATES[unit]}" for p in ("K", "M", "G"))], decimals)
    if unit == "short":
        return _scaled(value, 1000, [f" {p}".rstrip() for p in _SI], decimals)
    if unit in ("bool", "bool_yes_no", "bool_on_off"):
        return {"bool": "True False", "bool_yes_no": "Yes No", "bool_on_off": "On Off"}[unit].split()[value == 0]
    if unit.startswith("dateTime"):
        return _date(value)
    return _plain(value, decimals) + _SUFFIXES.get(unit, "")


def _plain(value: float, decimals: int | None) -> str:
    if decimals is not None:
        shown = f"{value:.{decimals}f}"
        return shown.removeprefix("-") if float(shown) == 0 else shown
    if abs(value) >= 1e15:
        return f"{value:.2e}"
    shown = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return f"{value:.2e}" if "e" in shown and abs(value) < 1e-6 else f"{value:.6f}".rstrip("0") if "e" in shown else shown


def _scaled(value: float, base: float, names: list[str], decimals: int | None) -> str:
    i = 0
    while abs(value) >= base and i < len(names) - 1:
        value, i = value / base, i + 1
    return _plain(value, decimals) + names[i]


def _time(value: float, decimals: int | None) -> str:
    for size, name in _TIMES:
        if abs(value) >= size:
            shown = _plain(value / size, decimals)
            return f"{shown} {name}" + ("" if float(shown) == 1 else "s")
    for size, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if abs(value) >= size:
            return f"{_plain(value / size, decimals if name == 's' else None)} {name}"
    return f"{_plain(value, decimals if value else None)} s"


def _date(milliseconds: float) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds:g}"
