"""terraform/prices.csv: list prices of providers, each with its region, date and source.

A price that is not there is not known; it is never guessed from another region.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, get_args

from ballast.repo import CannotRun

FILE = "terraform/prices.csv"
Unit = Literal["hour", "month", "gb", "gb-month"]
HOURS = 730
"""Hours of a month, as the clouds' own calculators count (8,760 / 12)."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars without tax for one `unit` of an item; `date` is when `source` said so."""

    provider: str
    region: str
    item: str
    unit: Unit
    usd: Decimal
    date: date
    source: str

    @property
    def monthly(self) -> Decimal:
        """Dollars a month for one of it (for what is counted in gigabytes: for one gigabyte)."""
        return self.usd * HOURS if self.unit == "hour" else self.usd


class Prices:
    """Prices by provider, region and item."""

    def __init__(self, prices: list[Price]) -> None:
        self._by_key = {(p.provider, p.region, p.item): p for p in prices}

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Price]:
        return iter(self._by_key.values())

    def find(self, provider: str, region: str, item: str) -> Price | None:
        """The price, if it is known."""
        return self._by_key.get((provider, region, item))


def read_prices(root: Path) -> Prices:
    """The repository's prices; none when it has no such file. Raises CannotRun where a line cannot be read."""
    path = root / FILE
    try:
        text = path.read_text()
    except FileNotFoundError:
        return Prices([])
    return Prices(parse(text))


def parse(text: str, path: str = FILE) -> list[Price]:
    """The prices of a file's text. Raises CannotRun with the line of the first that cannot be read or is there twice."""
    names = [field.name for field in fields(Price)]
    rows = csv.reader(io.StringIO(text))
    if next(rows, None) != names:
        raise CannotRun(f"{path}:1:1: the first line must be {','.join(names)}")
    found: dict[tuple[str, str, str], Price] = {}
    for row in rows:
        where = f"{path}:{rows.line_num}:1"
        try:
            provider, region, item, unit, usd, day, source = row
            price = Price(provider, region, item, _unit(unit), Decimal(usd), date.fromisoformat(day), source)
        except (ValueError, InvalidOperation):
            raise CannotRun(f"{where}: write {','.join(names)} with one of {', '.join(get_args(Unit))} as unit") from None
        if not price.usd.is_finite() or price.usd < 0:
            raise CannotRun(f"{where}: {usd} is no price")
        if not source.startswith("https://"):
            raise CannotRun(f"{where}: a price needs the page it is from")
        if (provider, region, item) in found:
            raise CannotRun(f"{where}: {provider} {region} {item} has a price already")
        found[provider, region, item] = price
    return list(found.values())


def _unit(text: str) -> Unit:
    for unit in get_args(Unit):
        if text == unit:
            return unit  # type: ignore[no-any-return]
    raise ValueError(text)


def write_prices(root: Path, prices: list[Price]) -> None:
    """Replace the file as a whole."""
    path = root / FILE
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.name for field in fields(Price)])
    writer.writerows(astuple(price) for price in prices)
    part = path.with_name(path.name + ".part")
    part.write_text(out.getvalue())
    part.replace(path)
