"""Burn-rate tables that are too short for real use and just right to be watched. An SLO that uses one says so in its labels."""

from __future__ import annotations

from ballast.repo import BurnRate, SloFile

SHORT = [
    BurnRate(severity="page", long="5m", short="30s", factor=14.4),
    BurnRate(severity="page", long="30m", short="1m", factor=6),
    BurnRate(severity="ticket", long="2h", short="10m", factor=3),
    BurnRate(severity="ticket", long="6h", short="30m", factor=1),
]
"""The standard factors on windows about a twelfth as long: a full outage pages after seconds and resolves in a minute."""

TINY = [
    BurnRate(severity="page", long="30s", short="5s", factor=14.4),
    BurnRate(severity="ticket", long="10m", short="1m", factor=3),
]
"""For tests, with everything scraped and evaluated each second."""

LABEL = {"windows": "demo"}


def with_table(file: SloFile, slo: str, table: list[BurnRate]) -> SloFile:
    """The same file with `table` as the burn rates of its SLO named `slo`, labelled as what it is."""
    slos = [s.model_copy(update={"burn_rates": table, "labels": s.labels | LABEL}) if s.name == slo else s for s in file.slos]
    return file.model_copy(update={"slos": slos})
